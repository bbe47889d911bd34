"""The questions that can be asked."""

from typing import Annotated

import strawberry
from strawberry.federation import field as federated_field

from gateway.domain.address import Address
from gateway.domain.exchange import Exchange
from gateway.domain.token import Commitment
from gateway.schema.account import Account, After, AtCommitment, First, MaxAge
from gateway.schema.context import Info
from gateway.schema.cost import (
    A_PAGE,
    COMPARED_RUNES,
    COMPARED_TOKENS,
    ONE_FOR_EACH_PROVIDER,
    PAGED,
    PORTFOLIO,
    RUNE,
    TOKEN_ACCOUNT,
    WALLETS,
    asks,
    sized_by,
)
from gateway.schema.exchange import SCOPES, ExchangeWalletConnection, WalletsAsked
from gateway.schema.gateway_status import Limits, ProviderStatus
from gateway.schema.portfolio import Portfolio
from gateway.schema.reconciliation import Reconciliation
from gateway.schema.rune import Rune
from gateway.schema.token_account import TokenAccount
from gateway.schema.wallet import WalletRuneBalanceInput

OneAddress = Annotated[Address, strawberry.argument(description="Bitcoin or Solana.")]
Addresses = Annotated[
    list[Address], strawberry.argument(description="At most `limits.maxAddresses`; repeats cost nothing upstream.")
]


@strawberry.type(description="What can be asked.")
class Query:
    """Root fields."""

    @strawberry.field(description="One owner of balances, by address.")
    def account(self, info: Info, address: OneAddress) -> Account:
        return Account.checked(info, address)

    @strawberry.field(description="One per address, in the order asked.", directives=[sized_by("addresses")])
    def accounts(self, info: Info, addresses: Addresses) -> list[Account]:
        return [Account.checked(info, address) for address in addresses]

    @strawberry.field(
        description="One SPL or Token-2022 account, by its own address.", directives=[asks(TOKEN_ACCOUNT, by="address")]
    )
    async def token_account(
        self,
        info: Info,
        address: Annotated[Address, strawberry.argument(description="The token account's address, not its owner's.")],
        commitment: AtCommitment = Commitment.FINALIZED,
        max_age: MaxAge = None,
    ) -> TokenAccount:
        return await TokenAccount.read(info, address, commitment, max_age)

    @strawberry.field(
        description="One per address, in the order asked, read together.",
        directives=[asks(TOKEN_ACCOUNT, by="addresses"), sized_by("addresses")],
    )
    async def token_accounts(
        self, info: Info, addresses: Addresses, commitment: AtCommitment = Commitment.FINALIZED, max_age: MaxAge = None
    ) -> list[TokenAccount]:
        return await TokenAccount.read_all(info, addresses, commitment, max_age)

    @strawberry.field(description="Null when there is no such rune.", directives=[asks(RUNE, by="id")])
    async def rune(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="`block:tx` of its etching.")],  # noqa: A002 - the contract's name
    ) -> Rune | None:
        return await Rune.by_id(info, id)

    @federated_field(
        authenticated=True,
        requires_scopes=SCOPES,
        description="The caller's own wallets at an exchange. Needs a caller who may read them.",
        directives=[asks(WALLETS, by="exchange"), PAGED],
    )
    async def exchange_wallets(
        self,
        info: Info,
        exchange: Annotated[Exchange, strawberry.argument(description="Where the account is.")] = Exchange.SFOX,
        currencies: Annotated[
            list[str] | None, strawberry.argument(description="Only these codes, in any case.")
        ] = None,
        first: First = strawberry.UNSET,
        after: After = None,
        max_age: MaxAge = None,
    ) -> ExchangeWalletConnection:
        context = info.context
        return await WalletsAsked.checked(context, exchange, currencies, first, after, max_age).load(context)

    @strawberry.field(
        description="What accounts and exchanges hold together, read at once; the same one twice counts once. A Solana "
        "address counts with what it owns, and with what is in it where it is a token account, at the finalized slot. "
        "Exchanges need a caller who may read them.",
        directives=[PORTFOLIO],
    )
    async def portfolio(
        self,
        info: Info,
        addresses: Annotated[
            list[Address], strawberry.argument(description="At most `limits.maxAddresses`, on any chain.")
        ] = [],  # noqa: B006 - Strawberry reads the default, and the resolver changes nothing
        exchanges: Annotated[
            list[Exchange], strawberry.argument(description="Where the caller's own accounts are added.")
        ] = [],  # noqa: B006 - likewise
        max_age: MaxAge = None,
    ) -> Portfolio:
        return await Portfolio.read(info, addresses, exchanges, max_age)

    @strawberry.field(
        description="Compares what a wallet says with what the indexer says, rune by rune, by their names. A rune that "
        "only one of the two lists is zero in the other. Where the indexer cannot be read, the wallet stands alone, "
        "and the field fails with the problem's code where that leaves nothing to show or an asset without its id: an "
        "empty list means that both were read now, and list nothing. A row that no wallet sends is refused by its "
        "place.",
        directives=[COMPARED_RUNES, sized_by("wallet", or_more=True)],
    )
    async def reconcile_runes(
        self,
        info: Info,
        address: Annotated[Address, strawberry.argument(description="The wallet's taproot address.")],
        wallet: Annotated[
            list[WalletRuneBalanceInput],
            strawberry.argument(description="The `balances` of its answer, all of them: a missing rune means zero."),
        ],
    ) -> list[Reconciliation]:
        return await Reconciliation.of_runes(info, address, wallet)

    @strawberry.field(
        description="Compares Solana RPC with bloXroute for one owner, by mint, both read now. A mint that only one of "
        "the two lists is zero in the other. Where one could not be read, the other stands alone; where that leaves "
        "nothing to show, the field fails with the problem's code: an empty list means that both were read now, and "
        "list nothing.",
        directives=[COMPARED_TOKENS, A_PAGE],
    )
    async def reconcile_tokens(
        self,
        info: Info,
        owner: Annotated[Address, strawberry.argument(description="Solana; who controls the token accounts.")],
    ) -> list[Reconciliation]:
        return await Reconciliation.of_tokens(info, owner)

    @strawberry.field(description="How each provider is doing.", directives=[ONE_FOR_EACH_PROVIDER])
    async def providers(self, info: Info) -> list[ProviderStatus]:
        return [await ProviderStatus.read(info.context, health) for health in info.context.health.all()]

    @strawberry.field(description="What one request may ask for.")
    def limits(self, info: Info) -> Limits:
        return Limits.of(info.context.limits)
