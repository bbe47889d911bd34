"""What readings promise, told a second time and in the plainest way: the model that the real ones are held against."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Outcome, ServedFrom
from tests.readings.clock import StandingClock

FRESH_FOR, KEEP_FOR, MAX_KEYS = 10.0, 3600.0, 2
# No moment that is told lies past the calendar's end.
LONGEST_AGE = 2.0**31

# A place in the order of one kind of position.
Place: TypeAlias = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """What the provider said and when; a value of None is its word that nothing is there."""

    value: str | None
    place: Place | None
    read_at: float = 0.0

    @property
    def mark(self) -> tuple[Place | None, float]:
        return self.place, self.read_at


Said: TypeAlias = Figure | ProblemCode


@dataclass(frozen=True, slots=True)
class Expected:
    """All that a reading says."""

    outcome: Outcome
    value: str | None = None
    code: ProblemCode | None = None
    read_at: float | None = None
    served_from: ServedFrom | None = None
    place: Place | None = None
    good_until: float | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    figure: Figure | None = None
    floor: Place | None = None


@dataclass(frozen=True, slots=True)
class Landed:
    figure: Figure | None = None
    code: ProblemCode | None = None
    served_from: ServedFrom = ServedFrom.UPSTREAM


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of the source."""

    keys: tuple[str, ...]
    may_wait: bool
    floors: frozenset[tuple[str, Place]]


@dataclass(slots=True)
class Call:
    """A call under way, for a chunk of which this was kept when it began."""

    kept: dict[str, Kept]

    def asked(self, keys: Sequence[str]) -> Asked:
        figures = [each.figure for each in self.kept.values()]
        has_all = all(figure is not None and figure.value is not None for figure in figures)
        floors = frozenset((key, each.floor) for key, each in self.kept.items() if each.floor is not None)
        return Asked(tuple(keys), not has_all, floors)


@dataclass(slots=True)
class Question:
    """A read that has begun; `waits` are the keys that it waits for."""

    keys: Sequence[str]
    limit: float
    kept: dict[str, Kept]
    waits: list[str]


@dataclass
class World:
    """What the source says, key by key or for the whole call, and what all replicas share."""

    clock: StandingClock
    said: dict[str, Said] = field(default_factory=dict)
    fault: ProblemCode | None = None
    asked: list[Asked] = field(default_factory=list)
    marks: dict[str, Figure] = field(default_factory=dict)
    shelf: dict[str, Figure] = field(default_factory=dict)

    def says(self, key: str) -> Said:
        said = self.fault or self.said[key]
        return Figure(said.value, said.place, self.clock.time()) if isinstance(said, Figure) else said


class Oracle:
    """One replica as it should be: what it remembers, what it has under way, what it has counted."""

    def __init__(self, world: World, *, linked: bool = False) -> None:
        self.world = world
        self.linked = linked
        self.memory: dict[str, tuple[Figure, float]] = {}
        # Asked for in this turn of the loop, by whichever read: it leaves together.
        self.boarding: dict[str, Kept] = {}
        self.flying: dict[str, Call] = {}
        self.counted: Counter[str] = Counter()

    def begin(self, keys: Sequence[str], max_age: float | None) -> Question:
        """Begin a read that is alone in its turn of the loop."""
        question = self.board(keys, max_age)
        self.depart()
        return question

    def board(self, keys: Sequence[str], max_age: float | None) -> Question:
        """Begin a read: serve what is fresh, read again what is nearing its age, call for the rest."""
        limit = FRESH_FOR if max_age is None else min(max_age, LONGEST_AGE)
        kept = {key: self.get(key) for key in keys}
        hits = [key for key in kept if self._is_fresh(kept[key], limit)]
        self.counted["hit"] += len(hits)
        nearly = [key for key in hits if self._nears_its_age(kept[key], limit) and not self._is_asked_for(key)]
        self.counted["refresh"] += len(nearly)
        due = [key for key in kept if key not in hits]
        self.boarding |= {key: kept[key] for key in (*nearly, *due) if not self._is_asked_for(key)}
        return Question(keys, limit, kept, due)

    def depart(self) -> None:
        """End the turn: what was asked for in it leaves together, as many keys to a call as the source takes."""
        boarding = list(self.boarding.items())
        for start in range(0, len(boarding), MAX_KEYS):
            call = Call(dict(boarding[start : start + MAX_KEYS]))
            self.flying |= dict.fromkeys(call.kept, call)
        self.boarding.clear()

    def _is_asked_for(self, key: str) -> bool:
        return key in self.flying or key in self.boarding

    def calls(self) -> list[Call]:
        return list({id(call): call for call in self.flying.values()}.values())

    def land(self, call: Call, only: Sequence[str] | None = None) -> dict[str, Landed]:
        """Let the source answer a call, for `only` these of its keys where another replica asks for the others."""
        keys = list(call.kept) if only is None else list(only)
        self.world.asked.append(call.asked(keys))
        landed = {}
        for key in keys:
            said = self.world.says(key)
            landed[key] = self._put(key, said) if isinstance(said, Figure) else Landed(code=said)
        return landed

    def settle(self) -> dict[str, Landed]:
        """Let the source answer all that is under way."""
        landed: dict[str, Landed] = {}
        for call in self.calls():
            landed |= self.land(call)
        self.flying.clear()
        return landed

    def end(self, question: Question, landed: dict[str, Landed] | None) -> list[Expected]:
        """Say what the read gives; without landings, its time was up."""
        readings = {}
        for key, kept in question.kept.items():
            if key not in question.waits:
                assert kept.figure is not None
                readings[key] = self._good(kept.figure, question.limit, ServedFrom.CACHE)
                continue
            landing = Landed(code=ProblemCode.TIMEOUT) if landed is None else landed[key]
            readings[key] = self._ended(landing, kept, question.limit)
        return [readings[key] for key in question.keys]

    def get(self, key: str) -> Kept:
        local = self._local(key)
        if not self.linked:
            return Kept(local, local.place if local else None)
        mark, other = self.world.marks.get(key), self.world.shelf.get(key)
        if local is not None and (mark is None or _stands_beside(mark, local)):
            other = None
        newest = _newer(local, other)
        if newest is not None and newest is other:
            self._remember(key, newest)
        floor = mark.place if mark else None
        place = newest.place if newest else None
        return Kept(newest, place if floor is None or _is_before(floor, place) else floor)

    def _put(self, key: str, figure: Figure) -> Landed:
        local, mark = self._local(key), self.world.marks.get(key)
        if local is not None and _is_before(figure.place, local.place):
            return Landed(local, ProblemCode.BEHIND, ServedFrom.CACHE)
        if self.linked:
            if mark is not None and _is_before(figure.place, mark.place):
                return Landed(self.get(key).figure, ProblemCode.BEHIND, ServedFrom.CACHE)
            self.world.shelf[key] = figure
            # The highest position stays beside an answer without one.
            place = mark.place if mark is not None and figure.place is None else figure.place
            self.world.marks[key] = replace(figure, place=place)
        self._remember(key, figure)
        return Landed(figure)

    def _local(self, key: str) -> Figure | None:
        figure, until = self.memory.get(key, (None, 0.0))
        return figure if until > self.world.clock.monotonic() else None

    def _remember(self, key: str, figure: Figure) -> None:
        self.memory[key] = figure, self.world.clock.monotonic() + KEEP_FOR

    def _age(self, figure: Figure) -> float:
        return self.world.clock.time() - figure.read_at

    def _is_fresh(self, kept: Kept, limit: float) -> bool:
        figure = kept.figure
        if figure is None or limit == 0 or _is_before(figure.place, kept.floor):
            return False
        # One that comes from the future by more than clocks may differ has no age to tell.
        return -1 <= self._age(figure) <= _holds(figure, limit)

    def _nears_its_age(self, kept: Kept, limit: float) -> bool:
        figure = kept.figure
        return figure is not None and figure.value is not None and 4 * self._age(figure) >= 3 * limit

    def _ended(self, landing: Landed, kept: Kept, limit: float) -> Expected:
        older = landing.figure or kept.figure
        self.counted["stale" if landing.code and older else "miss"] += 1
        if older is not None and landing.code is None:
            return self._good(older, limit, landing.served_from)
        if older is not None and landing.code is ProblemCode.BEHIND and self._is_fresh(Kept(older, kept.floor), limit):
            return self._good(older, limit, ServedFrom.CACHE)
        if older is None or older.value is None:
            return Expected(Outcome.UNAVAILABLE, code=landing.code)
        served = ServedFrom.CACHE
        return Expected(Outcome.STALE, older.value, landing.code, older.read_at, served, older.place)

    def _good(self, figure: Figure, limit: float, served_from: ServedFrom) -> Expected:
        outcome = Outcome.ABSENT if figure.value is None else Outcome.FRESH
        until = figure.read_at + _holds(figure, limit)
        return Expected(outcome, figure.value, None, figure.read_at, served_from, figure.place, until)


def _stands_beside(mark: Figure, figure: Figure) -> bool:
    return mark.mark == figure.mark or (figure.place is None and mark.read_at == figure.read_at)


def _is_before(one: Place | None, other: Place | None) -> bool:
    return one is not None and other is not None and one[0] == other[0] and one[1] < other[1]


def _holds(figure: Figure, limit: float) -> float:
    return min(limit, 2.0) if figure.value is None else limit


def _newer(one: Figure | None, other: Figure | None) -> Figure | None:
    if one is None or other is None:
        return one or other
    if _is_before(one.place, other.place):
        return other
    if _is_before(other.place, one.place) or one.read_at >= other.read_at:
        return one
    return other
