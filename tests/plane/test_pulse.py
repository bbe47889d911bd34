"""Pulses over a real store: replicas count each other, hear of circuits and drops, and tell the store from another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from gateway.readings.shelf import Shelf
from gateway.replicas.pulse import BORN, CIRCUITS, COUNTS, DROPS, REPLICAS, SINCE, Circuits, Pulse
from gateway.upstream.circuit import CircuitState
from gateway.upstream.host import Host, Hosts
from tests.plane.clock import HeldClock
from tests.readings.opening import open_shelf_at
from tests.stores.process import StoreProcess
from tests.stores.until import until

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN


@dataclass(frozen=True, slots=True)
class Beating:
    """A replica with a pulse and two hosts; its clock is its own."""

    shelf: Shelf
    pulse: Pulse
    hosts: tuple[Host, Host]
    clock: HeldClock
    dropped: list[str]

    @property
    def states(self) -> list[CircuitState]:
        return [host.circuit.state for host in self.hosts]

    def fail(self, number: int) -> None:
        """Let a host fail as often as opens its circuit."""
        for _ in range(5):
            self.hosts[number].circuit.failed(probe=False)


Starts = Callable[[], Awaitable[Beating]]


@pytest.fixture
async def start(store: StoreProcess) -> AsyncIterator[Starts]:
    """Start replicas over one store; none beats by itself."""
    async with AsyncExitStack() as stack:

        async def start() -> Beating:
            clock = HeldClock(100.0)
            shelf = open_shelf_at(store.url, 60, clock)
            stack.push_async_callback(shelf.link.close)
            hosts = Hosts(("http://one", "http://two"), clock.monotonic)
            first = hosts.choose([], lambda _: False)
            assert first is not None
            second = hosts.choose([first], lambda _: False)
            assert second is not None
            replica = Beating(shelf, Pulse(shelf.link, clock.monotonic), (first, second), clock, [])
            replica.pulse.circuits.append(Circuits(hosts.opened, hosts.heed))

            async def drop(names: list[str]) -> None:
                replica.dropped.extend(names)

            replica.pulse.on_dropped.append(drop)
            return replica

        yield start


async def _beat(*replicas: Beating) -> None:
    for replica in replicas:
        assert await replica.pulse.beat()


async def test_replicas_count_each_other_and_who_leaves_counts_no_more(start: Starts) -> None:
    one, other = await start(), await start()
    assert (one.pulse.replicas, one.pulse.whole_for()) == (0, 0)
    async with one.pulse.beating():
        await until(lambda: one.pulse.replicas == 1)
        await _beat(other)
        assert other.pulse.replicas == 2
    watching = await start()
    assert await watching.pulse.listen()
    assert watching.pulse.replicas == 1


async def test_who_is_silent_for_five_seconds_counts_no_more(start: Starts, store: StoreProcess) -> None:
    one, other, third = await start(), await start(), await start()
    await _beat(one, other)
    assert other.pulse.replicas == 2
    # Had it last been heard six seconds ago.
    (first, *_) = await store.ask("ZRANGE", REPLICAS, 0, -1)
    await store.ask("ZINCRBY", REPLICAS, -6, first)
    await _beat(third)
    assert third.pulse.replicas == 2


async def test_a_loss_does_not_let_who_comes_back_first_think_that_it_is_alone(
    start: Starts, store: StoreProcess
) -> None:
    one, other = await start(), await start()
    await _beat(one, other, one)
    store.kill()
    await store.start()
    await until(one.pulse.beat)
    assert await store.ask("ZCARD", REPLICAS) == 1
    assert one.pulse.replicas == 2


async def test_a_store_that_cannot_be_asked_is_told_as_such(start: Starts, store: StoreProcess) -> None:
    one = await start()
    await _beat(one)
    store.kill()
    assert not await one.pulse.beat()
    assert not await one.pulse.listen()
    assert one.pulse.replicas == 1
    await store.start()
    await _beat(one)
    assert one.pulse.link.is_up


async def test_what_the_store_knows_is_whole_since_its_beginning_or_since_a_replica_found_it_again(
    start: Starts, store: StoreProcess
) -> None:
    one, other = await start(), await start()
    await _beat(one)
    await store.ask("SET", SINCE, str(float(await store.ask("GET", SINCE)) - 100))
    await _beat(one, other)
    assert 100 <= one.pulse.whole_for() < 110
    assert 100 <= other.pulse.whole_for() < 110
    one.clock.now += 7
    assert 107 <= one.pulse.whole_for() < 117
    born = await store.ask("GET", BORN)
    await store.disconnect()
    store.freeze()
    assert not await _is_heard(one)
    store.thaw()
    await _beat(one, other)
    assert one.pulse.whole_for() < 50
    assert other.pulse.whole_for() < 50
    # It is the same store all the same.
    assert await store.ask("GET", BORN) == born == one.pulse.born
    assert one.pulse.since_broken() == float("inf")


async def _is_heard(replica: Beating) -> bool:
    # A beat of one that is in a hurry: the others of these tests have all the time.
    replica.pulse.link.patience = 0.05
    try:
        return await replica.pulse.beat()
    finally:
        replica.pulse.link.patience = 20


async def test_a_store_that_starts_anew_is_another(start: Starts, store: StoreProcess) -> None:
    one = await start()
    await _beat(one)
    born = one.pulse.born
    one.clock.now += 30
    await _beat(one)
    one.clock.now += 1
    store.kill()
    await store.start()
    await until(one.pulse.beat)
    assert one.pulse.born != born
    # It was last known to hold everything at the beat before.
    assert one.pulse.since_broken() == 1


async def test_a_replica_is_introduced_once_all_others_have_beaten(start: Starts) -> None:
    one = await start()
    introduced = []
    for seconds in (0, 0, 0.5, 1):
        introduced.append(one.pulse.is_introduced)
        one.clock.now += seconds
        await _beat(one)
    # At first nobody can say, then the others have not heard of it yet.
    assert [*introduced, one.pulse.is_introduced] == [True, False, False, False, True]


async def test_a_circuit_that_one_opens_is_open_for_all_until_it_closes(start: Starts) -> None:
    one, other = await start(), await start()
    one.fail(0)
    await _beat(one, other)
    assert (one.states, other.states) == ([OPEN, CLOSED], [OPEN, CLOSED])
    assert 4 < other.hosts[0].circuit.wait() <= 5
    # Hearsay is not told on.
    await _beat(other, one)
    one.hosts[0].circuit.succeeded()
    await _beat(one, other)
    assert (one.states, other.states) == ([CLOSED, CLOSED], [CLOSED, CLOSED])


async def test_a_circuit_that_stays_open_longer_is_told_anew_and_its_probe_is_due_everywhere(
    start: Starts, store: StoreProcess
) -> None:
    one, other = await start(), await start()
    one.fail(1)
    await _beat(one, other)
    one.hosts[1].circuit.failed(probe=True)
    until_first = float(await store.ask("HGET", CIRCUITS, "http://two"))
    await _beat(one)
    assert float(await store.ask("HGET", CIRCUITS, "http://two")) > until_first + 4
    other.clock.now += 5
    assert other.states == [CLOSED, HALF_OPEN]
    assert await store.ask("TTL", CIRCUITS) > 3000


async def test_what_could_not_be_told_is_told_at_the_next_beat(start: Starts, store: StoreProcess) -> None:
    one, other = await start(), await start()
    await _beat(one)
    store.kill()
    one.fail(0)
    assert not await one.pulse.beat()
    await store.start()
    await _beat(one, other)
    assert other.states == [OPEN, CLOSED]


async def test_what_is_dropped_is_heard_once_by_each_and_by_nobody_who_came_later(
    start: Starts, store: StoreProcess
) -> None:
    one, other = await start(), await start()
    await _beat(one, other)
    assert await one.shelf.drop(["some:name"]) == 0
    for _ in range(2):
        await _beat(one, other)
    assert await store.ask("TTL", DROPS) > 3000
    later = await start()
    await _beat(later)
    assert (one.dropped, other.dropped, later.dropped) == (["some:name"], ["some:name"], [])


async def test_counts_of_all_replicas_are_added_up(start: Starts, store: StoreProcess) -> None:
    for replica in (await start(), await start()):
        replica.pulse.counts = lambda: {"words:hit": 2, "words:miss": 1}
        await _beat(replica)
    assert await store.ask("HGETALL", COUNTS) == {b"words:hit": b"4", b"words:miss": b"2"}


async def test_no_task_is_left_when_the_heart_stops(start: Starts, store: StoreProcess) -> None:
    one = await start()
    before = asyncio.all_tasks()
    async with one.pulse.beating():
        await until(lambda: one.pulse.replicas == 1)
        store.kill()
    assert asyncio.all_tasks() == before
