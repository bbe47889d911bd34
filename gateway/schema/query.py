"""The questions that can be asked."""

from typing import Annotated

import strawberry
from strawberry.federation import field as federated_field

from gateway.domain.address import Address
from gateway.domain.exchange import Exchange
from gateway.domain.token import Commitment
from gateway.schema.account import Account, After, AtCommitment, First, MaxAge, TokenAccount
from gateway.schema.context import Info
from gateway.schema.errors import CallerError, ErrorCode
from gateway.schema.exchange import SCOPES, ExchangeWalletConnection, read_wallets, wallet_page
from gateway.schema.gateway_status import Limits, ProviderStatus
from gateway.schema.page import page_request
from gateway.schema.rune import Rune

OneAddress = Annotated[Address, strawberry.argument(description="Bitcoin or Solana.")]
Addresses = Annotated[
    list[Address], strawberry.argument(description="At most `limits.maxAddresses`; repeats cost nothing upstream.")
]


def _check_addresses(info: Info, addresses: list[Address]) -> None:
    most = info.context.limits.max_addresses
    if len(addresses) > most:
        raise CallerError(ErrorCode.LIMIT_EXCEEDED, f"At most {most} addresses may be asked for at once.")


@strawberry.type(description="What can be asked.")
class Query:
    """Root fields."""

    @strawberry.field(description="One owner of balances, by address.")
    def account(self, info: Info, address: OneAddress) -> Account:
        return Account.checked(info, address)

    @strawberry.field(description="One per address, in the order asked.")
    def accounts(self, info: Info, addresses: Addresses) -> list[Account]:
        _check_addresses(info, addresses)
        return [Account.checked(info, address) for address in addresses]

    @strawberry.field(description="One SPL or Token-2022 account, by its own address.")
    async def token_account(
        self,
        info: Info,
        address: Annotated[Address, strawberry.argument(description="The token account's address, not its owner's.")],
        commitment: AtCommitment = Commitment.FINALIZED,
        max_age: MaxAge = None,
    ) -> TokenAccount:
        return await TokenAccount.read(info, address, commitment, max_age)

    @strawberry.field(description="One per address, in the order asked, read together.")
    async def token_accounts(
        self, info: Info, addresses: Addresses, commitment: AtCommitment = Commitment.FINALIZED, max_age: MaxAge = None
    ) -> list[TokenAccount]:
        _check_addresses(info, addresses)
        return await TokenAccount.read_all(info, addresses, commitment, max_age)

    @strawberry.field(description="Null when there is no such rune.")
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
    )
    async def exchange_wallets(
        self,
        info: Info,
        exchange: Annotated[Exchange, strawberry.argument(description="Where the account is.")] = Exchange.SFOX,
        currencies: Annotated[
            list[str] | None, strawberry.argument(description="Only these codes, in any case.")
        ] = None,
        first: First = None,
        after: After = None,
        max_age: MaxAge = None,
    ) -> ExchangeWalletConnection:
        request = page_request(first, after, info.context.limits)
        reading = await read_wallets(info.context, exchange, max_age)
        return wallet_page(info.context, exchange, reading, currencies, request)

    @strawberry.field(description="How each provider is doing.")
    async def providers(self, info: Info) -> list[ProviderStatus]:
        return [await ProviderStatus.read(info.context, health) for health in info.context.health.all()]

    @strawberry.field(description="What one request may ask for.")
    def limits(self, info: Info) -> Limits:
        return Limits.of(info.context.limits)
