"""The real readings over a source that says what a model's world says, put into the model's own words."""

import asyncio
from collections.abc import Sequence

from gateway.domain.clock import Deadline
from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind, Reading
from gateway.domain.sources import Effort, Result, Source, Terms
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings
from gateway.readings.shelf import Shelf
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.readings.turn import Turns
from gateway.upstream.metrics import Metrics
from tests.readings.clock import StandingClock
from tests.readings.oracle import FRESH_FOR, KEEP_FOR, MAX_KEYS, Asked, Expected, World

_CAPABILITY = "words_by_key"
_LONG = 20.0


class WorldlySource(Source[str, str]):
    """Says what the world says, once its gate is open; how it fails is its own affair."""

    def __init__(self, world: World) -> None:
        self.terms = Terms(Provider.XVERSE, _CAPABILITY, "mainnet", FRESH_FOR, MAX_KEYS)
        self.world = world
        self.asked: list[Asked] = []
        self.gate = asyncio.Event()
        self.gate.set()
        # An error that is no `UpstreamError`, or an answer too few, where the whole call fails as INTERNAL.
        self.crashes = False

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[str]]:
        floors = frozenset((key, (floor.kind.value, floor.value)) for key, floor in effort.floors.items())
        self.asked.append(Asked(tuple(keys), effort.may_wait, floors))
        await self.gate.wait()
        if self.world.fault is ProblemCode.INTERNAL:
            if self.crashes:
                raise ZeroDivisionError
            return []
        if self.world.fault is not None:
            raise UpstreamError(self.world.fault, Provider.XVERSE, detail="as told")
        return [self._result(key) for key in keys]

    def _result(self, key: str) -> Result[str]:
        said = self.world.said[key]
        if isinstance(said, ProblemCode):
            return UpstreamError(said, Provider.XVERSE, detail="as told")
        at = Position(PositionKind(said.place[0]), said.place[1]) if said.place else None
        return Absent("ask", at) if said.value is None else Answer(said.value, "ask", at)


class Replica:
    """Readings of a worldly source; its memory can outlive the way to the store, and the other way round."""

    def __init__(self, source: WorldlySource, fingerprints: Fingerprints, clock: StandingClock) -> None:
        self.source = source
        self.clock = clock
        self.names = Names(fingerprints)
        self.metrics = Metrics()
        self.memory = BoundedMemory(1000, clock)
        self.plane = self._plane(None)
        self.readings = Readings(source, self.plane, str)

    def attach(self, shelf: Shelf | None) -> None:
        """Go on over this shelf, with what is in memory; nothing may be under way."""
        assert not self.plane.flights
        self.plane = self._plane(shelf)
        self.readings = Readings(self.source, self.plane, str)

    def forget(self) -> None:
        """Lose the memory, as in a restart."""
        self.memory = BoundedMemory(1000, self.clock)

    def _plane(self, shelf: Shelf | None) -> Plane:
        return Plane(
            self.names,
            Store(self.memory, KEEP_FOR, shelf),
            Flights(),
            Health(self.clock, {Provider.XVERSE: True}, {}, self.metrics),
            Tally(self.metrics),
            self.clock,
            _LONG,
            Turns(shelf.link) if shelf else None,
        )

    def name(self, key: str) -> str:
        return self.names.of(self.source.terms, key)

    async def read(self, keys: Sequence[str], max_age: float | None, within: float = _LONG) -> list[Expected]:
        readings = await self.readings.read(keys, Deadline.after(self.clock, within), max_age)
        return [told(reading) for reading in readings]

    async def landed(self) -> None:
        """Wait until nothing is under way."""
        while self.plane.flights:  # noqa: ASYNC110 - whatever lands, nobody tells
            await asyncio.sleep(0)

    def counted(self) -> dict[str, int]:
        """Give what was counted since this was last asked, by what was found."""
        return {name.partition(":")[2]: count for name, count in self.plane.tally.news().items()}


def told(reading: Reading[str]) -> Expected:
    """Put a reading into the model's words."""
    provenance, problem = reading.provenance, reading.problem
    if provenance is None:
        return Expected(reading.outcome, reading.value, problem.code if problem else None)
    assert (provenance.provider, provenance.operation) == (Provider.XVERSE, "ask")
    at = provenance.position
    return Expected(
        reading.outcome,
        reading.value,
        problem.code if problem else None,
        provenance.read_at.timestamp(),
        provenance.served_from,
        (at.kind.value, at.value) if at else None,
        reading.good_until.timestamp() if reading.good_until else None,
    )
