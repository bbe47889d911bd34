"""The questions a request may ask, each answered by readings in one go for all keys of a tick."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar, cast

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


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one request asks: until when, where it is noted, and the age it accepts where a question names none."""

    deadline: Deadline
    freshness: Freshness
    default_age: float | None
    # What was kept until it was read, and goes with the request.
    before: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Many(Generic[K]):
    """Keys that are asked for together, with the age that is accepted of all of them."""

    keys: Sequence[K]
    max_age: float | None


class Loader(DataLoader[Any, Any], Generic[K, V]):
    """One request's way to ask one question; `private` answers are some caller's own."""

    def __init__(self, readings: Readings[K, V], manner: _Manner, *, private: bool) -> None:
        super().__init__(load_fn=self._load)
        self._readings = readings
        self._manner = manner
        self._private = private
        self._landed: dict[K, list[Callable[[Reading[V]], None]]] = {}
        # What is being read, or was, by the age that was accepted, and by key.
        self._reads: dict[float | None, dict[K, asyncio.Future[Mapping[K, Reading[V]]]]] = {}

    def load(self, key: Ask[K]) -> Awaitable[Reading[V]]:
        """Ask for one key, together with all that is asked for in this turn of the loop."""
        return super().load(key)

    def load_all(self, keys: Sequence[K], max_age: float | None = None) -> Awaitable[list[Reading[V]]]:
        """Ask for many keys as `load` asks for one; gives their readings in order."""
        return super().load(_Many(keys, max_age))

    def at_hand(self, keys: Sequence[K], max_age: float | None = None) -> list[Reading[V]] | None:
        """Give one reading for each key, in order, without waiting; None where one of them is not at hand.

        It knows nothing of what was loaded: a request takes all of its readings this way, or none.
        """
        age = self._manner.default_age if max_age is None else max_age
        hits = self._readings.at_hand(keys, age)
        if hits is None:
            return None
        freshness = self._manner.freshness
        freshness.note_all(hits.readings, private=self._private)
        freshness.steady = min(freshness.steady, hits.steady)
        freshness.hits.append(partial(self._readings.shown, hits.different))
        return hits.readings

    def tell(self, key: K, landed: Callable[[Reading[V]], None]) -> None:
        """Have a good reading told as soon as it has been read, while others that are asked with it are waited for."""
        self._landed.setdefault(key, []).append(landed)

    def _tell(self, key: K, reading: Reading[V]) -> None:
        for landed in self._landed.get(key, ()):
            landed(reading)

    def begin_again(self) -> None:
        """Let what was read come in its turn, as if it were asked for again: nobody is asked twice."""
        self.clear_all()

    async def _load(self, asks: list[Ask[K] | _Many[K]]) -> list[Reading[V] | list[Reading[V]]]:
        default = self._manner.default_age
        ages = [default if ask.max_age is None else ask.max_age for ask in asks]
        wanted: dict[float | None, dict[K, None]] = {}
        for ask, age in zip(asks, ages, strict=True):
            wanted.setdefault(age, {}).update(dict.fromkeys(_keys(ask)))
        await self._read_all(wanted)
        found: list[Reading[V] | list[Reading[V]]] = []
        for ask, age in zip(asks, ages, strict=True):
            reads = self._reads[age]
            read = [reads[key].result()[key] for key in _keys(ask)]
            found.append(read if isinstance(ask, _Many) else read[0])
        return found

    async def _read_all(self, wanted: Mapping[float | None, Mapping[K, None]]) -> None:
        """See to it that all is read; what was read for this request, or is being read, is not asked for again."""
        reading = []
        others: set[asyncio.Future[Mapping[K, Reading[V]]]] = set()
        for age, keys in wanted.items():
            reads = self._reads.setdefault(age, {})
            new = [key for key in keys if (read := reads.get(key)) is None or read.cancelled()]
            others.update(read for key in keys if (read := reads.get(key)) is not None and not read.done())
            if new:
                future = asyncio.get_running_loop().create_future()
                reads.update(dict.fromkeys(new, future))
                reading.append(self._read(new, age, future))
        if len(reading) == 1:
            await reading[0]
        elif reading:
            await asyncio.gather(*reading)
        if others:
            await asyncio.wait(others)
            if any(other.cancelled() for other in others):
                # Who had asked is gone; somebody else still wants to know.
                await self._read_all(wanted)

    async def _read(
        self, keys: Sequence[K], age: float | None, future: "asyncio.Future[Mapping[K, Reading[V]]]"
    ) -> None:
        try:
            tell = self._tell if self._landed else None
            readings = await self._readings.read(keys, self._manner.deadline, age, tell, self._manner.before)
        except BaseException:
            future.cancel()
            raise
        self._manner.freshness.note_all(readings, private=self._private)
        future.set_result(dict(zip(keys, readings, strict=True)))


def _keys(ask: Ask[K] | _Many[K]) -> Sequence[K]:
    return ask.keys if isinstance(ask, _Many) else (ask.key,)


class Loaders:
    """One request's loaders: an answer read once in a request stays what it is until the response is made."""

    def __init__(self, questions: Questions, deadline: Deadline, default_age: float | None = None) -> None:
        """`default_age`, in seconds, is accepted where a question names none; None for each capability's own."""
        self._questions = questions
        self._default_age = default_age
        self.renew(deadline)

    def renew(self, deadline: Deadline) -> None:
        """Forget what was read, for the next event of a subscription."""
        self.deadline = deadline
        self.freshness = Freshness()
        self._manner = _Manner(deadline, self.freshness, self._default_age)
        # Few requests ask more than one or two questions.
        self._opened: dict[str, Any] = {}

    @property
    def reads_now(self) -> bool:
        """Say whether nothing that is kept will do, where a question names no age."""
        return self._default_age == 0

    def begin_again(self) -> None:
        """Let the operation be executed once more over what it has read: all comes in the order that it came in."""
        for loader in self._opened.values():
            loader.begin_again()

    @property
    def runes_by_address(self) -> Loader[Address, tuple[RuneBalance, ...]]:
        return self._loader("runes_by_address", self._questions.runes_by_address)

    @property
    def inscriptions_by_address(self) -> Loader[Address, Mapping[str, str]]:
        return self._loader("inscriptions_by_address", self._questions.inscriptions_by_address)

    @property
    def rune_by_id(self) -> Loader[str, Rune]:
        return self._loader("rune_by_id", self._questions.rune_by_id)

    @property
    def token_account_by_address(self) -> Loader[AccountKey, TokenAccount]:
        return self._loader("token_account_by_address", self._questions.token_account_by_address)

    @property
    def token_accounts_by_owner(self) -> Loader[AccountKey, tuple[TokenAccount, ...]]:
        return self._loader("token_accounts_by_owner", self._questions.token_accounts_by_owner)

    @property
    def token_account_itself(self) -> Loader[AccountKey, tuple[TokenAccount, ...]]:
        return self._loader("token_account_itself", self._questions.token_account_itself)

    @property
    def tokens_by_owner(self) -> Loader[Address, tuple[TokenBalance, ...]]:
        return self._loader("tokens_by_owner", self._questions.tokens_by_owner)

    @property
    def wallets_by_credential(self) -> Loader[Credential, tuple[ExchangeWallet, ...]]:
        return self._loader("wallets_by_credential", self._questions.wallets_by_credential, private=True)

    def _loader(self, name: str, readings: Readings[K, V], *, private: bool = False) -> Loader[K, V]:
        loader = self._opened.get(name)
        if loader is None:
            loader = self._opened[name] = Loader(readings, self._manner, private=private)
        return cast("Loader[K, V]", loader)
