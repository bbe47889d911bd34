"""Readings out of one process's memory, held against the model over any order of reads, time, trouble and restarts."""

import asyncio
from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from structlog.testing import capture_logs

from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode
from tests.readings.clock import StandingClock
from tests.readings.oracle import KEEP_FOR, Figure, Oracle, Place, Said, World
from tests.readings.worldly import Replica, WorldlySource

KEYS = ("a", "b", "c")
some_keys = st.lists(st.sampled_from(KEYS), min_size=1, max_size=4)
one_key = st.sampled_from(KEYS)
# None is the capability's own age, ten seconds.
ages = st.sampled_from([None, 0, 0.5, 1, 2, 3, 8, 10, 60, KEEP_FOR, 1e12])
# Quarters of a second are exact in binary; among them the ends of ages, of their last quarters, and of the keep time.
moves = st.sampled_from([0.25, 0.5, 0.75, 1, 2, 2.25, 6, 7.5, 7.75, 10, 10.25, 45, 60, 3599.75, KEEP_FOR])
places: st.SearchStrategy[Place | None] = st.one_of(
    st.none(), st.tuples(st.sampled_from(["BLOCK_HEIGHT", "SLOT"]), st.integers(1, 5))
)
figures = st.builds(Figure, st.one_of(st.none(), st.sampled_from(["one", "two", "three"])), places)
codes = st.sampled_from(ProblemCode)
said: st.SearchStrategy[Said] = st.one_of(figures, figures, codes)


async def turns() -> None:
    """Let the loop turn as often as a call takes to reach its source."""
    for _ in range(10):
        await asyncio.sleep(0)


class ReadingsOverTime(RuleBasedStateMachine):
    """The real readings and the model, asked the same."""

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.quiet = capture_logs()
        self.quiet.__enter__()
        self.clock = StandingClock()
        self.world = World(self.clock, {key: Figure(f"first of {key}", ("BLOCK_HEIGHT", 3)) for key in KEYS})
        self.source = WorldlySource(self.world)
        self.replica = Replica(self.source, Fingerprints(), self.clock)
        self.oracle = Oracle(self.world)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.replica.plane.flights.close())
            self.runner.close()
            self.quiet.__exit__(None, None, None)

    @property
    def hangs(self) -> bool:
        return not self.source.gate.is_set()

    @precondition(lambda self: not self.hangs)
    @rule(keys=some_keys, age=ages)
    def read(self, keys: Sequence[str], age: float | None) -> None:
        self.runner.run(self._read(keys, age))

    async def _read(self, keys: Sequence[str], age: float | None) -> None:
        question = self.oracle.begin(keys, age)
        expected = self.oracle.end(question, self.oracle.settle())
        assert await self.replica.read(keys, age) == expected
        await self.replica.landed()

    @precondition(lambda self: self.hangs)
    @rule(keys=some_keys, age=ages)
    def read_until_the_time_is_up(self, keys: Sequence[str], age: float | None) -> None:
        self.runner.run(self._read_until_the_time_is_up(keys, age))

    async def _read_until_the_time_is_up(self, keys: Sequence[str], age: float | None) -> None:
        expected = self.oracle.end(self.oracle.begin(keys, age), None)
        assert await self.replica.read(keys, age, within=0) == expected
        # What is read again behind an answer leaves in the turns after it.
        await turns()

    @rule(crowd=st.lists(st.tuples(some_keys, ages), min_size=2, max_size=4))
    def read_in_a_crowd(self, crowd: list[tuple[list[str], float | None]]) -> None:
        self.runner.run(self._read_in_a_crowd(crowd))

    async def _read_in_a_crowd(self, crowd: list[tuple[list[str], float | None]]) -> None:
        """Let several ask at once while the source hangs, and then let it answer: each call is shared, and full."""
        self.source.gate.clear()
        questions = [self.oracle.board(keys, age) for keys, age in crowd]
        self.oracle.depart()
        readers = [asyncio.create_task(self.replica.read(keys, age)) for keys, age in crowd]
        await turns()
        self.source.gate.set()
        landed = self.oracle.settle()
        expected = [self.oracle.end(question, landed) for question in questions]
        assert await asyncio.gather(*readers) == expected
        await self.replica.landed()

    @rule()
    def hang(self) -> None:
        self.source.gate.clear()

    @precondition(lambda self: self.hangs)
    @rule()
    def answer_at_last(self) -> None:
        self.oracle.settle()
        self.source.gate.set()
        self.runner.run(self.replica.landed())

    @rule(key=one_key, what=said)
    def change(self, key: str, what: Said) -> None:
        self.world.said[key] = what

    @rule(fault=codes, crashes=st.booleans())
    def fail(self, fault: ProblemCode, crashes: bool) -> None:  # noqa: FBT001 - the machine passes it by name
        self.world.fault = fault
        self.source.crashes = crashes

    @rule()
    def recover(self) -> None:
        self.world.fault = None

    @rule(seconds=moves)
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([0.5, 1, 1.25, 100]))
    def put_back(self, seconds: float) -> None:
        self.clock.put_back(seconds)

    @rule()
    def restart(self) -> None:
        self.runner.run(self.replica.plane.flights.close())
        # What it had asked was asked.
        for call in self.oracle.calls():
            self.world.asked.append(call.asked(list(call.kept)))
        self.source.gate.set()
        self.replica.forget()
        self.replica.attach(None)
        self.oracle = Oracle(self.world)

    @invariant()
    def asks_no_more_and_no_less(self) -> None:
        under_way = [call.asked(list(call.kept)) for call in self.oracle.calls()]
        assert self.source.asked == [*self.world.asked, *under_way]

    @invariant()
    def counts_what_it_finds(self) -> None:
        counted = {found: count for found, count in self.oracle.counted.items() if count}
        self.oracle.counted.clear()
        assert self.replica.counted() == counted


TestReadingsOverTime = ReadingsOverTime.TestCase
TestReadingsOverTime.settings = settings(max_examples=500, stateful_step_count=40, deadline=None)
