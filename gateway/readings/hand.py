"""Readings that are in memory and young enough: given at once, and made once for all who are given them."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from math import inf
from typing import Any, Final, Generic, NamedTuple, TypeVar

from gateway.domain.clock import Clock
from gateway.domain.reading import Absent, Reading
from gateway.readings.age import APART, NEARLY, holds, kept_as
from gateway.readings.dressing import Dressing
from gateway.readings.entry import Entry
from gateway.readings.name import NameBook
from gateway.readings.store import Kept, Store

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Under which an entry keeps its own reading.
_HAND: Final = "at hand"


class _Made(NamedTuple):
    """An entry's reading for an accepted age: good up to `oldest`, or while fed; from `nearly` on almost too old."""

    limit: float
    by_default: bool
    reading: Reading[Any]
    oldest: float
    nearly: float
    fed_until: float
    steady: float


class Hits(NamedTuple, Generic[V]):
    """Readings that were at hand, of so many different keys.

    Until the moment `steady`, in seconds since 1970, the same would be, as long as nothing changes in memory.
    """

    readings: list[Reading[V]]
    different: int
    steady: float


class Hand(Generic[K, V]):
    """One capability's readings in memory."""

    def __init__(
        self,
        store: Store,
        names: NameBook,
        clock: Clock,
        dressing: Dressing[V],
        refresh: Callable[[Mapping[str, K], Mapping[str, Kept]], None],
    ) -> None:
        """`refresh` is told, by name, what will soon be too old, with what is kept of it."""
        self._store = store
        self._names = names
        self._clock = clock
        self._dressing = dressing
        self._refresh = refresh

    def give(self, keys: Sequence[K], limit: float, *, by_default: bool) -> Hits[V] | None:
        """Give a reading for each key, in order, if each is young enough; `by_default` also what a feed stands behind.

        They are not counted.
        """
        at_hand, name_of = self._store.at_hand, self._names.of
        now = self._clock.time()
        found: dict[str, Reading[V]] = {}
        readings: list[Reading[V]] = []
        nearly: dict[str, K] = {}
        steady = inf
        for key in keys:
            name = name_of(key)
            entry = at_hand(name)
            if entry is None:
                return None
            made: _Made | None = entry.keeps.get(_HAND)
            if made is None or made.limit != limit or made.by_default is not by_default:
                made = entry.keeps[_HAND] = self._made(entry, limit, by_default=by_default)
            age = now - entry.read_at
            if not (-APART <= age <= made.oldest or (by_default and now <= made.fed_until)):
                return None
            if age >= made.nearly and now > made.fed_until:
                nearly[name] = key
            steady = min(steady, entry.read_at + made.steady)
            found[name] = made.reading
            readings.append(made.reading)
        if nearly:
            entries = {name: entry for name in nearly if (entry := at_hand(name))}
            self._refresh(nearly, {name: Kept(entry, entry.answer.position) for name, entry in entries.items()})
        return Hits(readings, len(found), steady)

    def _made(self, entry: Entry, limit: float, *, by_default: bool) -> _Made:
        """Work out of an answer what `Ages` would ask of it, and how it reads."""
        oldest = holds(entry, limit) if limit > 0 else -inf
        nearly = inf if isinstance(entry.answer, Absent) else limit * NEARLY
        fed_until = -inf if entry.fed_until is None else entry.fed_until
        reading = self._dressing.good(entry, limit, kept_as(entry))
        # An answer leaves memory once it may stand in for nothing any more.
        steady = min(oldest, nearly, self._store.keep_for)
        return _Made(limit, by_default, reading, oldest, nearly, fed_until, steady)
