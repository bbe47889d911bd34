"""Accounts, and the token accounts that Solana owners control."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import rune as runes
from gateway.domain import token as tokens
from gateway.domain.address import Address, Chain
from gateway.domain.caller import Scope
from gateway.domain.reading import Reading as DomainReading
from gateway.domain.token import AccountKey, Commitment, TokenAccountState
from gateway.loaders.loaders import Ask
from gateway.schema.amount import Amount
from gateway.schema.connection import ConnectionOf
from gateway.schema.context import Context, Info, checked_age
from gateway.schema.cost import PAGED, RUNES, TOKEN_ACCOUNTS, TOKENS, asks
from gateway.schema.page import PageInfo, PageRequest, page_request
from gateway.schema.reading import Reading, ReadingFields, reading_fields
from gateway.schema.rune import RuneBalance, RuneConnection, RuneEdge, RuneFilter, RuneOrder, sort_key
from gateway.schema.scalars import ExactDecimal, decimal_text
from gateway.schema.token import Token, TokenBalance, TokenConnection, TokenEdge, TokenFilter

First = Annotated[
    int | None, strawberry.argument(description="How many, at most `limits.maxPageSize`; 100 where left out.")
]
After = Annotated[str | None, strawberry.argument(description="A cursor: what follows it in the list.")]
MaxAge = Annotated[
    int | None,
    strawberry.argument(description="How old the figures may be, in seconds; 0 reads now. By default what suits them."),
]
AtCommitment = Annotated[Commitment, strawberry.argument(description="How settled the slot must be.")]


@federated(keys=["address"], description="One SPL or Token-2022 account: one mint, held for one owner.")
class TokenAccount(Reading):
    """A token account with the reading of it."""

    id: strawberry.ID = strawberry.field(description="CAIP-10 account id, and the commitment it was read at.")
    address: Address = strawberry.field(description="The token account's own address, not its owner's.")
    commitment: Commitment = strawberry.field(description="How settled the slot had to be.")
    amount: Amount | None = strawberry.field(description="Null unless the outcome is FRESH or STALE.")
    ui_amount: ExactDecimal | None = strawberry.field(
        description="What a wallet shows: differs from `amount.display` for mints with interest or a UI multiplier. "
        "Null where the chain gives none."
    )
    token: Token | None = strawberry.field(description="What it holds. Null where the node did not say.")
    owner: Annotated["Account", strawberry.lazy("gateway.schema.account")] | None = strawberry.field(
        description="Who controls it. Null where the node did not say."
    )
    state: TokenAccountState | None = strawberry.field(description="Null where the node did not say.")
    is_native: bool | None = strawberry.field(description="Holds wrapped SOL.")

    @classmethod
    def of(cls, context: Context, key: AccountKey, fields: ReadingFields, account: tokens.TokenAccount | None) -> Self:
        return cls(
            **fields,
            id=strawberry.ID(f"{context.networks.account_id(key.address)}@{key.commitment.lower()}"),
            address=key.address,
            commitment=key.commitment,
            amount=Amount.of(account.amount) if account else None,
            ui_amount=decimal_text(account.ui_amount) if account and account.ui_amount is not None else None,
            token=Token.of(account.token) if account and account.token else None,
            owner=Account.of(context, account.owner) if account and account.owner else None,
            state=account.state if account else None,
            is_native=account.is_native if account else None,
        )

    @classmethod
    async def read(cls, info: Info, address: Address, commitment: Commitment, max_age: int | None) -> Self:
        return (await cls.read_all(info, [address], commitment, max_age))[0]

    @classmethod
    async def read_all(
        cls, info: Info, addresses: Sequence[Address], commitment: Commitment, max_age: int | None
    ) -> list[Self]:
        """Read token accounts together; one for each address, in order."""
        context = info.context
        context.require(Scope.BALANCES_READ)
        for address in addresses:
            context.check_solana(address)
        age = checked_age(max_age)
        keys = [AccountKey(address, commitment) for address in addresses]
        loader = context.loaders.token_account_by_address
        readings = await asyncio.gather(*(loader.load(Ask(key, age)) for key in keys))
        now = context.now
        pairs = zip(keys, readings, strict=True)
        return [cls.of(context, key, reading_fields(reading, now), reading.value) for key, reading in pairs]

    @classmethod
    async def resolve_reference(cls, info: Info, address: Address) -> Self:
        return await cls.read(info, address, Commitment.FINALIZED, None)


@strawberry.type(description="One token account in a list.")
class TokenAccountEdge:
    """An edge."""

    cursor: str = strawberry.field(description="Its place in the list: give it as `after`.")
    node: TokenAccount = strawberry.field(description="The token account.")


@strawberry.type(description="Token accounts of one owner, as they were read.")
class TokenAccountConnection(Reading):
    """A page of token accounts with the reading it is cut from."""

    nodes: list[TokenAccount] | None = strawberry.field(
        description="Null when the outcome is UNAVAILABLE, never to mean none."
    )
    edges: list[TokenAccountEdge] | None = strawberry.field(description="The same with cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(
        description="All that match, not only this page. Null when the outcome is UNAVAILABLE."
    )


_RUNES = ConnectionOf(RuneConnection, RuneEdge)
_TOKENS = ConnectionOf(TokenConnection, TokenEdge)
_TOKEN_ACCOUNTS = ConnectionOf(TokenAccountConnection, TokenAccountEdge)


@federated(keys=["address"], description="An owner of balances on one chain.")
class Account:
    """An account is its address: nothing is read until a field asks for it."""

    id: strawberry.ID = strawberry.field(description="CAIP-10 account id.")
    address: Address = strawberry.field(description="The address, in its canonical form.")
    chain: Chain = strawberry.field(description="The chain it is on.")

    @classmethod
    def of(cls, context: Context, address: Address) -> Self:
        return cls(id=strawberry.ID(context.networks.account_id(address)), address=address, chain=address.chain)

    @classmethod
    def checked(cls, info: Info, address: Address) -> Self:
        """Let a caller have an account who may read balances; raises for an address of another network."""
        info.context.require(Scope.BALANCES_READ)
        info.context.check_network(address)
        return cls.of(info.context, address)

    @classmethod
    def resolve_reference(cls, info: Info, address: Address) -> Self:
        return cls.checked(info, address)

    @strawberry.field(
        description="Runes this address owns. Null on chains without runes.",
        directives=[asks(RUNES, each="Account"), PAGED],
    )
    async def runes(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        filter_: Annotated[
            RuneFilter | None, strawberry.argument(name="filter", description="Which runes to list.")
        ] = None,
        order_by: Annotated[RuneOrder | None, strawberry.argument(description="By name where left out.")] = None,
        max_age: MaxAge = None,
    ) -> RuneConnection | None:
        if self.chain is not Chain.BITCOIN:
            return None
        request = page_request(first, after, info.context.limits)
        reading = await info.context.loaders.runes_by_address.load(Ask(self.address, checked_age(max_age)))
        return rune_page(info.context, self.address, reading, request, filter_, order_by)

    @strawberry.field(
        description="Tokens this owner holds, by mint, with what is open on OpenBook. From bloXroute. "
        "Null on chains other than Solana.",
        directives=[asks(TOKENS, each="Account"), PAGED],
    )
    async def tokens(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        filter_: Annotated[
            TokenFilter | None, strawberry.argument(name="filter", description="Which tokens to list.")
        ] = None,
        max_age: MaxAge = None,
    ) -> TokenConnection | None:
        if self.chain is not Chain.SOLANA:
            return None
        request = page_request(first, after, info.context.limits)
        reading = await info.context.loaders.tokens_by_owner.load(Ask(self.address, checked_age(max_age)))
        return _TOKENS.cut(
            reading,
            info.context.now,
            request,
            order=lambda balance: (balance.token.mint.text,),
            lets_through=filter_.chooses() if filter_ else _everything,
            node=lambda balance, _: TokenBalance.of(balance),
        )

    @strawberry.field(
        description="SPL and Token-2022 accounts this owner controls, exact. From Solana RPC. "
        "Null on chains other than Solana.",
        directives=[asks(TOKEN_ACCOUNTS, each="Account"), PAGED],
    )
    async def token_accounts(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        mint: Annotated[Address | None, strawberry.argument(description="Only accounts that hold this mint.")] = None,
        commitment: AtCommitment = Commitment.FINALIZED,
        max_age: MaxAge = None,
    ) -> TokenAccountConnection | None:
        if self.chain is not Chain.SOLANA:
            return None
        context = info.context
        request = page_request(first, after, context.limits)
        ask = Ask(AccountKey(self.address, commitment), checked_age(max_age))
        reading = await context.loaders.token_accounts_by_owner.load(ask)
        return _TOKEN_ACCOUNTS.cut(
            reading,
            context.now,
            request,
            order=lambda account: (account.address.text,),
            lets_through=lambda account: mint is None or (account.token is not None and account.token.mint == mint),
            node=lambda account, fields: TokenAccount.of(
                context, AccountKey(account.address, commitment), fields, account
            ),
        )


def rune_page(
    context: Context,
    address: Address,
    reading: DomainReading[tuple[runes.RuneBalance, ...]],
    request: PageRequest,
    wanted: RuneFilter | None = None,
    order: RuneOrder | None = None,
) -> RuneConnection:
    """Cut a page of an address's runes, by name unless another order is wanted."""
    return _RUNES.cut(
        reading,
        context.now,
        request,
        order=lambda balance: sort_key(balance, order),
        lets_through=wanted.chooses() if wanted else _everything,
        node=lambda balance, _: RuneBalance.of(balance, address),
    )


def _everything(_: object) -> bool:
    return True
