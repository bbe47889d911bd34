"""The lists of an account: what is asked of one, for all accounts of a place together."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from gateway.domain import rune as runes
from gateway.domain import token as tokens
from gateway.domain.address import Address, Chain
from gateway.domain.reading import Reading as DomainReading
from gateway.domain.token import AccountKey, Commitment
from gateway.loaders.loaders import Loader
from gateway.schema.connection import ConnectionOf, Manner
from gateway.schema.context import Context, checked_age
from gateway.schema.page import PageRequest, page_request
from gateway.schema.rune import RuneBalance, RuneConnection, RuneEdge, RuneFilter, RuneOrder, sort_key
from gateway.schema.token import TokenBalance, TokenConnection, TokenEdge, TokenFilter
from gateway.schema.token_account import TokenAccountConnection, TokenAccountEdge, held_token_account

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
C = TypeVar("C")

# What an owner's tokens have as their one order.
_BY_MINT = "by mint"

RUNES_CUT = ConnectionOf(RuneConnection, RuneEdge)
TOKENS_CUT = ConnectionOf(TokenConnection, TokenEdge)
TOKEN_ACCOUNTS_CUT = ConnectionOf(TokenAccountConnection, TokenAccountEdge)


class Holder(Protocol):
    """Whose lists are asked for."""

    address: Address
    chain: Chain


class Asked(ABC, Generic[K, V, C]):
    """What a list of accounts is asked for, checked once for all accounts of a place; null on chains that have none."""

    chain: ClassVar[Chain]
    cut: ClassVar[ConnectionOf[Any]]

    def __init__(self, request: PageRequest, age: int | None, manner: Manner[V]) -> None:
        self._request = request
        self._age = age
        self._manner = manner

    @abstractmethod
    def key(self, address: Address) -> K:
        """Give what is asked about."""

    @abstractmethod
    def loader(self, context: Context) -> Loader[K, tuple[V, ...]]:
        """Give who is asked."""

    async def load(
        self, accounts: Sequence[Holder], context: Context, ahead: Callable[[C], None] | None = None
    ) -> list[C | None]:
        """Give a list for each account that is on the chain; `ahead` is shown each as soon as it has been read."""
        loader = self.loader(context)
        asked = [each for each in accounts if each.chain is self.chain]
        keys = [self.key(each.address) for each in asked]
        # What follows a cursor, or was chosen by a filter, is kept nowhere: it would be written twice.
        is_kept = self._manner.name is not None and self._request.after is None
        if ahead is not None and is_kept and len(keys) > 1:
            for key, account in zip(keys, asked, strict=True):
                loader.tell(key, self._shower(context, account, ahead))
        return self._dressed(accounts, context, await loader.load_all(keys, self._age) if keys else ())

    def _shower(
        self, context: Context, account: Holder, ahead: Callable[[C], None]
    ) -> Callable[[DomainReading[tuple[V, ...]]], None]:
        return lambda reading: ahead(self.cut.kind(reading, context, self._request, self._manner, account.address))

    def at_hand(self, accounts: Sequence[Holder], context: Context) -> list[C | None] | None:
        """Give what `load` would, without waiting; None where something is not at hand."""
        keys = [self.key(each.address) for each in accounts if each.chain is self.chain]
        readings = self.loader(context).at_hand(keys, self._age)
        return None if readings is None else self._dressed(accounts, context, readings)

    def _dressed(
        self, accounts: Sequence[Holder], context: Context, readings: Iterable[DomainReading[tuple[V, ...]]]
    ) -> list[C | None]:
        chain, kind, request, manner, read = self.chain, self.cut.kind, self._request, self._manner, iter(readings)
        return [
            kind(next(read), context, request, manner, each.address) if each.chain is chain else None
            for each in accounts
        ]


class RunesAsked(Asked[Address, runes.RuneBalance, RuneConnection]):
    """Runes of addresses, by name unless another order is wanted."""

    chain = Chain.BITCOIN
    cut = RUNES_CUT

    @classmethod
    def checked(
        cls,
        context: Context,
        first: int | None,
        after: str | None,
        wanted: RuneFilter | None,
        order: RuneOrder | None,
        max_age: int | None,
    ) -> Self:
        return cls(page_request(first, after, context.limits), checked_age(max_age), rune_manner(wanted, order))

    def key(self, address: Address) -> Address:
        return address

    def loader(self, context: Context) -> Loader[Address, tuple[runes.RuneBalance, ...]]:
        return context.loaders.runes_by_address


class TokensAsked(Asked[Address, tokens.TokenBalance, TokenConnection]):
    """Tokens of owners, by mint."""

    chain = Chain.SOLANA
    cut = TOKENS_CUT

    @classmethod
    def checked(
        cls, context: Context, first: int | None, after: str | None, wanted: TokenFilter | None, max_age: int | None
    ) -> Self:
        manner: Manner[tokens.TokenBalance] = Manner(
            order=lambda balance: (balance.token.mint.text,),
            lets_through=wanted.chooses() if wanted else None,
            node=lambda balance, _: TokenBalance.of(balance),
            name=None if wanted else _BY_MINT,
        )
        return cls(page_request(first, after, context.limits), checked_age(max_age), manner)

    def key(self, address: Address) -> Address:
        return address

    def loader(self, context: Context) -> Loader[Address, tuple[tokens.TokenBalance, ...]]:
        return context.loaders.tokens_by_owner


class TokenAccountsAsked(Asked[AccountKey, tokens.TokenAccount, TokenAccountConnection]):
    """Token accounts of owners, by address; each has the reading of all."""

    chain = Chain.SOLANA
    cut = TOKEN_ACCOUNTS_CUT

    def __init__(
        self, request: PageRequest, age: int | None, manner: Manner[tokens.TokenAccount], commitment: Commitment
    ) -> None:
        super().__init__(request, age, manner)
        self._commitment = commitment

    @classmethod
    def checked(
        cls,
        context: Context,
        first: int | None,
        after: str | None,
        mint: Address | None,
        commitment: Commitment,
        max_age: int | None,
    ) -> Self:
        def holds(account: tokens.TokenAccount) -> bool:
            return account.token is not None and account.token.mint == mint

        manner: Manner[tokens.TokenAccount] = Manner(
            order=lambda account: (account.address.text,),
            lets_through=holds if mint else None,
            node=lambda account, cut: held_token_account(
                cut.context, AccountKey(account.address, commitment), cut.reading, account
            ),
            name=None if mint else commitment,
        )
        return cls(page_request(first, after, context.limits), checked_age(max_age), manner, commitment)

    def key(self, address: Address) -> AccountKey:
        return AccountKey(address, self._commitment)

    def loader(self, context: Context) -> Loader[AccountKey, tuple[tokens.TokenAccount, ...]]:
        return context.loaders.token_accounts_by_owner


def rune_manner(wanted: RuneFilter | None, order: RuneOrder | None) -> Manner[runes.RuneBalance]:
    return Manner(
        order=lambda balance: sort_key(balance, order),
        lets_through=wanted.chooses() if wanted else None,
        node=lambda balance, cut: RuneBalance.of(balance, cut.holder),
        name=None if wanted else order or RuneOrder.NAME,
    )


def rune_page(
    context: Context,
    address: Address,
    reading: DomainReading[tuple[runes.RuneBalance, ...]],
    request: PageRequest,
) -> RuneConnection:
    """Cut a page of an address's runes, by name."""
    return RUNES_CUT.cut(reading, context, request, rune_manner(None, None), address)
