"""A source that answers as it is told, and the plane that readings of it stand on."""

import asyncio
from collections.abc import Sequence

from gateway.domain.clock import Deadline
from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer, Position, PositionKind, Reading
from gateway.domain.sources import Effort, Result, Source, Terms
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.upstream.metrics import Metrics
from tests.readings.clock import StandingClock

FRESH_FOR = 10.0
KEEP_FOR = 3600.0
UNTOLD = "nothing special"


def terms(max_keys: int = 100, fresh_for: float = FRESH_FOR) -> Terms:
    return Terms(Provider.XVERSE, "words_by_key", "mainnet", fresh_for, max_keys)


def trouble(code: ProblemCode = ProblemCode.UNAVAILABLE, detail: str = "as told") -> UpstreamError:
    return UpstreamError(code, Provider.XVERSE, detail=detail)


def at(value: str, height: int) -> Answer[str]:
    return Answer(value, "ask", Position(PositionKind.BLOCK_HEIGHT, height))


class ToldSource(Source[str, str]):
    """Answers at once, or when its gate is opened; `asked` and `efforts` list each call."""

    def __init__(self, told: Terms | None = None) -> None:
        self.terms = told or terms()
        self.asked: list[list[str]] = []
        self.efforts: list[Effort] = []
        self.results: dict[str, Result[str]] = {}
        self.fault: Exception | None = None
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[str]]:
        self.asked.append(list(keys))
        self.efforts.append(effort)
        self.begun.set()
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return [self.results.get(key, Answer(UNTOLD, "ask")) for key in keys]


class Stand:
    """Readings of one told source over a clock that a test moves."""

    def __init__(self, source: Source[str, str] | None = None, *, timeout: float = 5, max_entries: int = 1000) -> None:
        self.clock = StandingClock()
        self.told = ToldSource()
        metrics = Metrics()
        self.plane = Plane(
            Names(Fingerprints()),
            Store(BoundedMemory(max_entries, self.clock), KEEP_FOR),
            Flights(),
            Health(self.clock, {Provider.XVERSE: True}, {}, metrics),
            Tally(metrics),
            self.clock,
            timeout,
        )
        self.readings = Readings(source or self.told, self.plane, str)

    def name(self, key: str = "k") -> str:
        """Give the name under which an answer for a key is kept."""
        return self.plane.names.of(self.told.terms, key)

    async def read(self, *keys: str, max_age: float | None = None, within: float = 5) -> list[Reading[str]]:
        return await self.readings.read(keys, Deadline.after(self.clock, within), max_age)

    async def one(self, key: str = "k", max_age: float | None = None, within: float = 5) -> Reading[str]:
        (reading,) = await self.read(key, max_age=max_age, within=within)
        return reading
