"""Two replicas over one real store, held against the model: what one has read the other knows, warm or newly found."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode
from gateway.domain.reading import ServedFrom
from gateway.readings.encoding import VERSION
from gateway.readings.shelf import answer_key, mark_key
from gateway.replicas.link import Link
from tests.readings.clock import StandingClock
from tests.readings.opening import PatientLink, find, open_shelf_at, parked
from tests.readings.oracle import KEEP_FOR, Expected, Figure, Landed, Oracle, Question, Said, World
from tests.readings.test_model import KEYS, ages, codes, moves, one_key, said, some_keys
from tests.readings.worldly import Replica, WorldlySource
from tests.stores.process import StoreProcess

either = st.sampled_from([0, 1])
# As many as go into one call.
few_keys = st.lists(one_key, min_size=1, max_size=2, unique=True)


class ReplicasOverTime(RuleBasedStateMachine):
    """Two replicas, one source and one store, and a model of each."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.quiet = capture_logs()
        self.quiet.__enter__()
        self.clock = StandingClock()
        self.world = World(self.clock, {key: Figure(f"first of {key}", ("BLOCK_HEIGHT", 3)) for key in KEYS})
        self.source = WorldlySource(self.world)
        # Names of its own, so that one store serves all examples.
        fingerprints = Fingerprints()
        self.replicas = [Replica(self.source, fingerprints, self.clock) for _ in range(2)]
        self.oracles = [Oracle(self.world) for _ in range(2)]
        self.links: dict[int, PatientLink] = {}
        self.opened: list[Link] = []

    @initialize()
    def open(self) -> None:
        for number in range(2):
            self.restart(number)

    def teardown(self) -> None:
        for link in self.opened:
            self.runner.run(link.close())
        self.runner.close()
        self.quiet.__exit__(None, None, None)

    @rule(number=either)
    def lose(self, number: int) -> None:
        """Let a replica go on with what it remembers, and without the store."""
        shelf = open_shelf_at(self.url, KEEP_FOR, self.clock, PatientLink)
        assert isinstance(shelf.link, PatientLink)
        self.links[number] = shelf.link
        self.opened.append(shelf.link)
        self.replicas[number].attach(shelf)
        self.oracles[number].linked = False

    @rule(number=either)
    def find(self, number: int) -> None:
        self.runner.run(find(self.links[number]))
        self.oracles[number].linked = True

    @rule(number=either)
    def restart(self, number: int) -> None:
        self.replicas[number].forget()
        self.oracles[number].memory.clear()
        self.lose(number)
        self.find(number)

    @rule(number=either, keys=some_keys, age=ages)
    def read(self, number: int, keys: Sequence[str], age: float | None) -> None:
        self.runner.run(self._read(number, keys, age))

    async def _read(self, number: int, keys: Sequence[str], age: float | None) -> None:
        oracle, replica = self.oracles[number], self.replicas[number]
        question = oracle.begin(keys, age)
        expected = oracle.end(question, oracle.settle())
        assert await replica.read(keys, age) == expected
        await replica.landed()

    @rule(number=either, key=one_key, kind=st.sampled_from(["BLOCK_HEIGHT", "SLOT"]), evicts=st.booleans(), age=ages)
    def overtake(self, number: int, key: str, kind: str, evicts: bool, age: float | None) -> None:  # noqa: FBT001 - likewise
        """Let the other replica read a newer state; should the store forget it, nobody goes back behind it."""
        self.read(number, [key], age)
        self.world.fault = None
        self.world.said[key] = Figure("newest", (kind, 9))
        self.read(1 - number, [key], 0)
        if evicts:
            self.lose_answer(key)
        self.world.said[key] = Figure("older", (kind, 2))
        self.read(number, [key], age)

    @rule(first=either, keys=few_keys)
    def read_what_the_other_is_asking_for(self, first: int, keys: Sequence[str]) -> None:
        self.runner.run(self._overlap(first, 1 - first, keys))

    async def _overlap(self, first: int, second: int, keys: Sequence[str]) -> None:
        """Let one replica's call hang, the other come to it, and the source answer at last."""
        one, other = self.oracles[first], self.oracles[second]
        self.source.gate.clear()
        early = await self._parked(first, keys)
        held = one.begin(keys, 0)
        late = await self._parked(second, keys)
        met = other.begin(keys, 0)
        # What is read now is read later than anything that is kept.
        self.clock.advance(0.25)
        self.source.gate.set()
        landed = one.settle()
        ends = one.end(held, landed)
        heard = self._heard(other, met, landed) if one.linked and other.linked else other.settle()
        other.flying.clear()
        assert await early == ends
        assert await late == other.end(met, heard)
        for replica in self.replicas:
            await replica.landed()

    async def _parked(self, number: int, keys: Sequence[str]) -> "asyncio.Task[list[Expected]]":
        """Begin a read, and wait until it waits for the source or for the other replica."""
        reading = asyncio.create_task(self.replicas[number].read(keys, 0))
        await parked(self.links[number], lambda: bool(self.replicas[number].plane.flights))
        return reading

    def _heard(self, other: Oracle, met: Question, landed: dict[str, Landed]) -> dict[str, Landed]:
        """Say what a call brings that another replica made: what it kept, or the trouble that it met."""
        heard = {}
        for key, before in met.kept.items():
            now = other.get(key).figure
            if now is not None and (before.figure is None or now.read_at > before.figure.read_at):
                heard[key] = Landed(now, served_from=ServedFrom.CACHE)
            elif landed[key].code is None:
                # What it kept is from before what is known here, and is no news: this one asks for itself.
                heard |= other.land(other.flying[key], only=[key])
            else:
                heard[key] = Landed(code=landed[key].code)
        return heard

    @rule(key=one_key)
    def drop(self, key: str) -> None:
        name = self.replicas[0].name(key)
        for replica, oracle in zip(self.replicas, self.oracles, strict=True):
            self.runner.run(replica.plane.store.drop([name]))
            oracle.memory.pop(key, None)
        self.lose_answer(key)
        self.lose_mark(key)

    @rule(key=one_key)
    def lose_answer(self, key: str) -> None:
        """Let the store forget the least recently used, as its policy may be."""
        self._evict(answer_key(self.replicas[0].name(key), VERSION))
        self.world.shelf.pop(key, None)

    @rule(key=one_key)
    def lose_mark(self, key: str) -> None:
        self._evict(mark_key(self.replicas[0].name(key)))
        self.world.marks.pop(key, None)

    def _evict(self, key: str) -> None:
        self.runner.run(self._delete(key))

    async def _delete(self, key: str) -> None:
        await self.links[0].client.delete(key)

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

    @invariant()
    def asks_no_more_and_no_less(self) -> None:
        # Calls of one read may begin in any order.
        assert Counter(self.source.asked) == Counter(self.world.asked)

    @invariant()
    def counts_what_it_finds(self) -> None:
        for replica, oracle in zip(self.replicas, self.oracles, strict=True):
            counted = {found: count for found, count in oracle.counted.items() if count}
            oracle.counted.clear()
            assert replica.counted() == counted


def test_replicas_over_one_store_read_as_their_model_does_over_any_time(store: StoreProcess) -> None:
    class ReplicasOverTheStore(ReplicasOverTime):
        url = store.url

    run_state_machine_as_test(
        ReplicasOverTheStore,
        settings=settings(
            max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )
