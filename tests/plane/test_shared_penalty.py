"""A penalty that one replica is told of holds for all, for as long as anyone says, through the store's absence too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.replicas.link import Link
from gateway.upstream.penalty import Penalties
from tests.plane.clock import HeldClock
from tests.readings.opening import find, open_shelf_at
from tests.stores.process import StoreProcess
from tests.stores.until import until

KEYS = "balance-gateway:penalty:*"


def _length(step: int, _now: float) -> float:
    return 10.0 if step == 0 else 60.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replicas' penalties by one clock."""

    one: Penalties
    other: Penalties
    clock: HeldClock
    links: tuple[Link, Link]


@pytest.fixture
async def pair(store: StoreProcess) -> AsyncIterator[Pair]:
    clock = HeldClock(1_800_000_000.0)
    links = (open_shelf_at(store.url, 60, clock).link, open_shelf_at(store.url, 60, clock).link)
    for link in links:
        await find(link)
    one, other = (Penalties("SFOX", _length, clock.time, link) for link in links)
    yield Pair(one, other, clock, links)
    for link in links:
        await link.close()


async def test_what_one_is_told_the_other_obeys_once_it_asks(pair: Pair) -> None:
    assert await pair.one.begin("payer", None) == 10
    assert pair.other.wait("payer") == 0
    assert await pair.other.ask("payer") == 10
    assert pair.other.wait("payer") == 10
    pair.clock.now += 4
    assert (await pair.one.ask("payer"), await pair.other.ask("payer")) == (6, 6)
    pair.clock.now += 6
    assert (await pair.one.ask("payer"), await pair.other.ask("payer")) == (0, 0)


async def test_a_refusal_at_the_other_replica_right_after_it_is_the_next_step(pair: Pair) -> None:
    await pair.one.begin("payer", None)
    assert await pair.other.ask("payer") == 10
    pair.clock.now += 11
    assert await pair.other.begin("payer", None) == 60
    assert await pair.one.ask("payer") == 60


async def test_the_longer_of_two_holds_whoever_was_told_of_it(pair: Pair) -> None:
    await pair.one.begin("payer", 30)
    await pair.other.begin("payer", 20)
    # The later word stands in the store, and the longer one is not forgotten by who heard it.
    assert await pair.one.ask("payer") == 30
    assert await pair.other.ask("payer") == 20


async def test_it_is_remembered_for_as_long_again_and_then_no_more(pair: Pair, store: StoreProcess) -> None:
    await pair.one.begin("payer", 30)
    (key,) = await store.keys(KEYS)
    assert 59_000 < await store.ask("PTTL", key) <= 60_000
    await pair.one.begin("brief", 0)
    assert len(await store.keys(KEYS)) in (1, 2)


async def test_without_the_store_each_goes_by_what_it_knows(pair: Pair, store: StoreProcess) -> None:
    await pair.one.begin("payer", None)
    store.kill()
    assert await pair.other.ask("payer") == 0
    assert await pair.one.ask("payer") == 10
    assert await pair.one.begin("another", None) == 10
    assert await pair.one.ask("another") == 10
    await store.start()
    await until(lambda: _is_found(pair.links[1]))
    assert await pair.other.ask("another") == 0


async def _is_found(link: Link) -> bool:
    await find(link)
    return link.is_up


@pytest.mark.parametrize("planted", [b"", b"[]", b"[1]", b'["a",1,2]', b"\x80\x04.", b'{"until":1}'])
async def test_what_nobody_wrote_is_no_penalty(pair: Pair, store: StoreProcess, planted: bytes) -> None:
    await pair.one.begin("payer", None)
    (key,) = await store.keys(KEYS)
    await store.ask("SET", key, planted)
    assert await pair.other.ask("payer") == 0
    assert await pair.one.ask("payer") == 10
