"""Accounts, and the token accounts that Solana owners control."""

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any, Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import rune as runes
from gateway.domain import token as tokens
from gateway.domain.address import Address, Chain
from gateway.domain.caller import Scope
from gateway.domain.reading import Reading as DomainReading
from gateway.domain.token import AccountKey, Commitment, TokenAccountState
from gateway.execution.fragment import Keeps
from gateway.loaders.loaders import Ask
from gateway.schema.amount import Amount
from gateway.schema.connection import ConnectionOf, Manner
from gateway.schema.context import Context, Info, checked_age
from gateway.schema.cost import PAGED, RUNES, TOKEN_ACCOUNTS, TOKENS, asks
from gateway.schema.page import PageInfo, PageRequest, page_request
from gateway.schema.reading import DressedReading, Reading
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
    async def read(
        cls, info: Info, address: Address, commitment: Commitment, max_age: int | None
    ) -> "HeldTokenAccount":
        return (await cls.read_all(info, [address], commitment, max_age))[0]

    @classmethod
    async def read_all(
        cls, info: Info, addresses: Sequence[Address], commitment: Commitment, max_age: int | None
    ) -> "list[HeldTokenAccount]":
        """Read token accounts together; one for each address, in order."""
        context = info.context
        context.require(Scope.BALANCES_READ)
        for address in addresses:
            context.check_solana(address)
        age = checked_age(max_age)
        keys = [AccountKey(address, commitment) for address in addresses]
        loader = context.loaders.token_account_by_address
        readings = await asyncio.gather(*(loader.load(Ask(key, age)) for key in keys))
        pairs = zip(keys, readings, strict=True)
        return [HeldTokenAccount(context, key, reading, reading.value) for key, reading in pairs]

    @classmethod
    async def resolve_reference(cls, info: Info, address: Address) -> "HeldTokenAccount":
        return await cls.read(info, address, Commitment.FINALIZED, None)


class HeldTokenAccount(DressedReading, TokenAccount):
    """A token account as it was read, by itself or with all others of its owner; dressed where somebody looks at it."""

    def __init__(
        self,
        context: Context,
        key: AccountKey,
        reading: DomainReading[Any],
        account: tokens.TokenAccount | None,
    ) -> None:
        self.context: Context = context
        self.key = key
        self.reading = reading
        self.account = account

    @property
    def keeps(self) -> Keeps | None:
        """Where what is written of this account may be kept; among others it is written with them."""
        keeps = self.reading.keeps
        if keeps is None or self.reading.value is not self.account:
            return None
        found: Keeps | None = keeps.get(_WRITTEN)
        if found is None:
            found = keeps[_WRITTEN] = Keeps()
        return found

    @property
    def id(self) -> strawberry.ID:
        return strawberry.ID(f"{self.context.networks.account_id(self.key.address)}@{self.key.commitment.lower()}")

    @property
    def address(self) -> Address:
        return self.key.address

    @property
    def commitment(self) -> Commitment:
        return self.key.commitment

    @property
    def amount(self) -> Amount | None:
        return Amount.of(self.account.amount) if self.account else None

    @property
    def ui_amount(self) -> ExactDecimal | None:
        shown = self.account.ui_amount if self.account else None
        return None if shown is None else decimal_text(shown)

    @property
    def token(self) -> Token | None:
        return Token.of(self.account.token) if self.account and self.account.token else None

    @cached_property
    def owner(self) -> "Account | None":
        return Account.of(self.context, self.account.owner) if self.account and self.account.owner else None

    @property
    def state(self) -> TokenAccountState | None:
        return self.account.state if self.account else None

    @property
    def is_native(self) -> bool | None:
        return self.account.is_native if self.account else None


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


# What tells the written form of an account, and of tokens in their one order, from other things kept of a reading.
_WRITTEN, _BY_MINT = "written", "by mint"

RUNES_CUT = ConnectionOf(RuneConnection, RuneEdge)
TOKENS_CUT = ConnectionOf(TokenConnection, TokenEdge)
TOKEN_ACCOUNTS_CUT = ConnectionOf(TokenAccountConnection, TokenAccountEdge)


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
        return token_page(info.context, reading, request, filter_)

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
        return token_account_page(context, reading, request, commitment, mint)


def rune_page(
    context: Context,
    address: Address,
    reading: DomainReading[tuple[runes.RuneBalance, ...]],
    request: PageRequest,
    wanted: RuneFilter | None = None,
    order: RuneOrder | None = None,
) -> RuneConnection:
    """Cut a page of an address's runes, by name unless another order is wanted."""
    return RUNES_CUT.cut(
        reading,
        context,
        request,
        Manner(
            order=lambda balance: sort_key(balance, order),
            lets_through=wanted.chooses() if wanted else None,
            node=lambda balance: RuneBalance.of(balance, address),
            name=None if wanted else order or RuneOrder.NAME,
        ),
    )


def token_page(
    context: Context,
    reading: DomainReading[tuple[tokens.TokenBalance, ...]],
    request: PageRequest,
    wanted: TokenFilter | None = None,
) -> TokenConnection:
    """Cut a page of an owner's tokens, by mint."""
    return TOKENS_CUT.cut(
        reading,
        context,
        request,
        Manner(
            order=lambda balance: (balance.token.mint.text,),
            lets_through=wanted.chooses() if wanted else None,
            node=TokenBalance.of,
            name=None if wanted else _BY_MINT,
        ),
    )


def token_account_page(
    context: Context,
    reading: DomainReading[tuple[tokens.TokenAccount, ...]],
    request: PageRequest,
    commitment: Commitment,
    mint: Address | None = None,
) -> TokenAccountConnection:
    """Cut a page of an owner's token accounts, by address; each has the reading of all."""

    def holds(account: tokens.TokenAccount) -> bool:
        return account.token is not None and account.token.mint == mint

    def dressed(account: tokens.TokenAccount) -> HeldTokenAccount:
        return HeldTokenAccount(context, AccountKey(account.address, commitment), reading, account)

    return TOKEN_ACCOUNTS_CUT.cut(
        reading,
        context,
        request,
        Manner(
            order=lambda account: (account.address.text,),
            lets_through=holds if mint else None,
            node=dressed,
            name=None if mint else commitment,
        ),
    )
