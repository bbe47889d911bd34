"""The questions a request may ask, each answered by readings in one go for all keys of a tick."""

import asyncio
import itertools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from strawberry.dataloader import DataLoader

from gateway.domain.address import Address
from gateway.domain.clock import Deadline
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.reading import Reading
from gateway.domain.rune import Rune, RuneBalance
from gateway.domain.token import AccountKey, TokenAccount, TokenBalance
from gateway.loaders.freshness import Freshness
from gateway.readings.readings import Readings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Ask(Generic[K]):
    """A key, and the age in seconds that the caller accepts; None for the capability's default."""

    key: K
    max_age: float | None = None


Loader: TypeAlias = DataLoader[Ask[K], Reading[V]]


@dataclass(frozen=True, slots=True)
class Questions:
    """Readings of each capability, as the app put them together."""

    runes_by_address: Readings[Address, tuple[RuneBalance, ...]]
    inscriptions_by_address: Readings[Address, Mapping[str, str]]
    rune_by_id: Readings[str, Rune]
    token_account_by_address: Readings[AccountKey, TokenAccount]
    token_accounts_by_owner: Readings[AccountKey, tuple[TokenAccount, ...]]
    token_account_itself: Readings[AccountKey, tuple[TokenAccount, ...]]
    tokens_by_owner: Readings[Address, tuple[TokenBalance, ...]]
    wallets_by_credential: Readings[Credential, tuple[ExchangeWallet, ...]]


def _loader(
    readings: Readings[K, V],
    deadline: Deadline,
    freshness: Freshness,
    default_age: float | None,
    *,
    private: bool = False,
) -> Loader[K, V]:
    async def load(asks: list[Ask[K]]) -> list[Reading[V]]:
        ages: dict[float | None, list[Ask[K]]] = {}
        for ask in asks:
            ages.setdefault(default_age if ask.max_age is None else ask.max_age, []).append(ask)
        read = await asyncio.gather(
            *(readings.read([ask.key for ask in alike], deadline, max_age) for max_age, alike in ages.items())
        )
        alike_first = [ask for alike in ages.values() for ask in alike]
        found = dict(zip(alike_first, itertools.chain.from_iterable(read), strict=True))
        for reading in found.values():
            freshness.note(reading, private=private)
        return [found[ask] for ask in asks]

    return DataLoader(load_fn=load)


class Loaders:
    """One request's loaders: an answer read once in a request stays what it is until the response is made.

    Each is made when it is first asked for: most requests, and nearly all events, need one of them or none.
    """

    def __init__(self, questions: Questions, deadline: Deadline, default_age: float | None = None) -> None:
        """`default_age`, in seconds, is accepted where a question names none; None for each capability's own."""
        self._questions = questions
        self._default_age = default_age
        self.renew(deadline)

    def renew(self, deadline: Deadline) -> None:
        """Forget what was read, for the next event of a subscription."""
        self.deadline = deadline
        self.freshness = Freshness()
        self._made: dict[Readings[Any, Any], Loader[Any, Any]] = {}

    @property
    def runes_by_address(self) -> Loader[Address, tuple[RuneBalance, ...]]:
        return self._loader(self._questions.runes_by_address)

    @property
    def inscriptions_by_address(self) -> Loader[Address, Mapping[str, str]]:
        return self._loader(self._questions.inscriptions_by_address)

    @property
    def rune_by_id(self) -> Loader[str, Rune]:
        return self._loader(self._questions.rune_by_id)

    @property
    def token_account_by_address(self) -> Loader[AccountKey, TokenAccount]:
        return self._loader(self._questions.token_account_by_address)

    @property
    def token_accounts_by_owner(self) -> Loader[AccountKey, tuple[TokenAccount, ...]]:
        return self._loader(self._questions.token_accounts_by_owner)

    @property
    def token_account_itself(self) -> Loader[AccountKey, tuple[TokenAccount, ...]]:
        return self._loader(self._questions.token_account_itself)

    @property
    def tokens_by_owner(self) -> Loader[Address, tuple[TokenBalance, ...]]:
        return self._loader(self._questions.tokens_by_owner)

    @property
    def wallets_by_credential(self) -> Loader[Credential, tuple[ExchangeWallet, ...]]:
        return self._loader(self._questions.wallets_by_credential, private=True)

    def _loader(self, readings: Readings[K, V], *, private: bool = False) -> Loader[K, V]:
        made = self._made.get(readings)
        if made is None:
            made = self._made[readings] = _loader(
                readings, self.deadline, self.freshness, self._default_age, private=private
            )
        return made
