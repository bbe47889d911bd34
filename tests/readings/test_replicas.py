"""What two replicas' readings say when they meet at one key at the same time."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from gateway.domain.exchange import Fingerprints
from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Outcome, ServedFrom
from tests.readings.clock import StandingClock
from tests.readings.opening import find, open_shelf_at
from tests.readings.oracle import KEEP_FOR, Figure, World
from tests.readings.worldly import Replica, WorldlySource
from tests.stores.process import StoreProcess
from tests.stores.until import until


@pytest.fixture
async def pair(store: StoreProcess) -> AsyncIterator[tuple[Replica, Replica]]:
    """Give two replicas over one store and one source."""
    clock = StandingClock()
    source = WorldlySource(World(clock, {"a": Figure("one", ("SLOT", 7)), "b": Figure("two", None)}))
    fingerprints = Fingerprints()
    replicas = []
    shelves = [open_shelf_at(store.url, KEEP_FOR, clock) for _ in range(2)]
    for shelf in shelves:
        await find(shelf.link)
        replica = Replica(source, fingerprints, clock)
        replica.attach(shelf)
        replicas.append(replica)
    yield replicas[0], replicas[1]
    for replica, shelf in zip(replicas, shelves, strict=True):
        await replica.plane.flights.close()
        await shelf.link.close()


async def test_who_waits_for_another_replica_past_the_deadline_is_told_a_timeout_once_for_all_keys(
    pair: tuple[Replica, Replica], store: StoreProcess
) -> None:
    _, other = pair
    for key in ("a", "b"):
        await store.ask("SET", f"balance-gateway:flight:{other.name(key)}", "one-that-hangs")
    asking = asyncio.create_task(other.read(["a", "b"], None))
    await until(lambda: len(other.plane.flights) == 1)
    other.clock.advance(100)
    readings = await asking
    assert [(each.outcome, each.code) for each in readings] == [(Outcome.UNAVAILABLE, ProblemCode.TIMEOUT)] * 2
    assert other.source.asked == []


async def test_a_refresh_is_one_for_all_replicas(pair: tuple[Replica, Replica]) -> None:
    one, _ = pair
    for replica in pair:
        await replica.read(["a"], None)
    one.clock.advance(8)
    one.source.world.said["a"] = Figure("refreshed", ("SLOT", 8))
    one.source.gate.clear()
    for replica in pair:
        (reading,) = await replica.read(["a"], None)
        assert (reading.outcome, reading.value) == (Outcome.FRESH, "one")
    await until(lambda: len(one.source.asked) == 2)
    one.source.gate.set()
    for replica in pair:
        await replica.landed()
        (reading,) = await replica.read(["a"], None)
        assert (reading.value, reading.served_from) == ("refreshed", ServedFrom.CACHE)
    assert [asked.keys for asked in one.source.asked] == [("a",), ("a",)]
