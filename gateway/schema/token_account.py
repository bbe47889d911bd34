"""SPL and Token-2022 accounts, as they were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import token as tokens
from gateway.domain.address import Address
from gateway.domain.caller import Scope
from gateway.domain.reading import Reading as DomainReading
from gateway.domain.token import AccountKey, Commitment, TokenAccountState
from gateway.execution.fragment import Keeps
from gateway.schema.amount import Amount
from gateway.schema.context import Context, Info, checked_age
from gateway.schema.page import PageInfo
from gateway.schema.reading import DressedReading, Reading, shown_as
from gateway.schema.scalars import ExactDecimal, decimal_text
from gateway.schema.token import Token

if TYPE_CHECKING:
    from gateway.schema.account import Account

# Tells what is written of an account from other things kept of its reading.
_WRITTEN = "written"


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
    async def read(cls, info: Info, address: Address, commitment: Commitment, max_age: int | None) -> "TokenAccount":
        return (await cls.read_all(info, [address], commitment, max_age))[0]

    @classmethod
    async def read_all(
        cls, info: Info, addresses: Sequence[Address], commitment: Commitment, max_age: int | None
    ) -> "list[TokenAccount]":
        """Read token accounts together; one for each address, in order."""
        return await TokenAccountsRead.checked(info.context, addresses, commitment, max_age).load(info.context)

    @classmethod
    async def resolve_reference(cls, info: Info, address: Address) -> "TokenAccount":
        return await cls.read(info, address, Commitment.FINALIZED, None)


class _Held(DressedReading):
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
        from gateway.schema.account import Account  # noqa: PLC0415 - the two types hold each other

        return Account.of(self.context, self.account.owner) if self.account and self.account.owner else None

    @property
    def state(self) -> TokenAccountState | None:
        return self.account.state if self.account else None

    @property
    def is_native(self) -> bool | None:
        return self.account.is_native if self.account else None


held_token_account = shown_as(TokenAccount, _Held)


@dataclass(frozen=True, slots=True)
class TokenAccountsRead:
    """Token accounts that are asked about by their own addresses, checked."""

    keys: Sequence[AccountKey]
    age: int | None

    @classmethod
    def checked(
        cls, context: Context, addresses: Sequence[Address], commitment: Commitment, max_age: int | None
    ) -> Self:
        context.require(Scope.BALANCES_READ)
        for address in addresses:
            context.check_solana(address)
        return cls([AccountKey(address, commitment) for address in addresses], checked_age(max_age))

    async def load(self, context: Context) -> list[TokenAccount]:
        loader = context.loaders.token_account_by_address
        return self._held(context, await loader.load_all(self.keys, self.age) if self.keys else [])

    def at_hand(self, context: Context) -> list[TokenAccount] | None:
        """Give what `load` would, without waiting; None where something is not at hand."""
        readings = context.loaders.token_account_by_address.at_hand(self.keys, self.age)
        return None if readings is None else self._held(context, readings)

    def _held(self, context: Context, readings: Sequence[DomainReading[tokens.TokenAccount]]) -> list[TokenAccount]:
        pairs = zip(self.keys, readings, strict=True)
        return [held_token_account(context, key, reading, reading.value) for key, reading in pairs]


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
