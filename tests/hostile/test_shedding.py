"""With more to do than it can, the gateway says so at once, and goes on with what it has begun."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.typing import EventDict

from gateway.server.crowd import ConnectionLimits
from gateway.server.shedding import Places
from tests.hostile.stranger import HANGING, WHOLE, Stranger, counted, refused, stranger, until, until_refused
from tests.hostile.test_slow_readers import LARGE, SMALL_BUFFER
from tests.running import DEMO_KEY, Gateway, running_gateway

LIMITS = "{ limits { maxDepth } }"


@pytest.fixture
async def small() -> AsyncIterator[Gateway]:
    """Give a gateway of four places, three of them for strangers, whose Xverse hangs."""
    async with running_gateway(GATEWAY_TRAFFIC__OPERATIONS="4", GATEWAY_REQUEST_TIMEOUT="3") as running:
        await running.fail("xverse", "hang")
        yield running


async def _until_running(gateway: Gateway, many: int) -> None:
    async with asyncio.timeout(20):
        while await counted(gateway, "gateway_http_operations") != many:
            continue


@asynccontextmanager
async def full(gateway: Gateway, last: bytes = HANGING) -> AsyncIterator[list[Stranger]]:
    """Take every place that strangers have."""
    async with AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(stranger(gateway.url)) for _ in range(3)]
        for each, asked in zip(busy, (HANGING, HANGING, last), strict=True):
            each.send(asked)
        await _until_running(gateway, 3)
        yield busy


async def test_who_finds_no_place_waits_a_moment_and_is_told_to_come_back(
    small: Gateway, journal: list[EventDict]
) -> None:
    async with full(small) as busy:
        shed = await asyncio.gather(*(small.ask(LIMITS) for _ in range(20)))
        for each in shed:
            assert (each.status, each.codes, each.headers["Retry-After"]) == (503, ["OVERLOADED"], "1")
        async with small.http.get(f"{small.url}/healthz") as response:
            assert response.status == 200
        assert await refused(small, "overloaded") == 20
        # Those who had a place get their answer all the same.
        for one in busy:
            assert (await one.answer(b'"UNAVAILABLE"}}},')).startswith(b"HTTP/1.1 200 ")
    assert (await small.ask(LIMITS)).status == 200
    assert await counted(small, "gateway_http_operations") == 0
    assert await counted(small, "gateway_http_operations_in_line") == 0
    assert [line["times"] for line in journal if line["event"] == "http.refused"] == [1]
    assert 503 not in [line["status"] for line in journal if line["event"] == "http.request"]


async def test_strangers_leave_places_for_callers_with_a_name(small: Gateway) -> None:
    async with full(small):
        assert (await small.ask(LIMITS)).status == 503
        assert (await small.ask(LIMITS, key=DEMO_KEY)).status == 200


async def test_who_waits_in_line_is_answered_when_a_place_is_free(small: Gateway) -> None:
    hurried = HANGING.replace(b"Host:", b"X-Request-Timeout: 0.5\r\nHost:")
    async with full(small, hurried), stranger(small.url) as next_one:
        next_one.send(WHOLE)
        assert (await next_one.answer()).startswith(b"HTTP/1.1 200 ")


async def test_bodies_that_are_still_coming_take_no_place(small: Gateway) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(20):
            half = await stack.enter_async_context(stranger(small.url))
            half.send(WHOLE[:-3])
        assert (await small.ask(LIMITS)).status == 200
        assert await counted(small, "gateway_http_operations") == 0


async def test_answers_that_nobody_reads_take_no_place(journal: list[EventDict]) -> None:
    limits = ConnectionLimits(unread_time=3600, keep_alive=3600)
    async with running_gateway(limits, GATEWAY_TRAFFIC__OPERATIONS="4") as gateway, AsyncExitStack() as stack:
        for _ in range(3):
            greedy = await stack.enter_async_context(stranger(gateway.url, receives=SMALL_BUFFER))
            # The second answer cannot begin before the first has been read.
            greedy.send(LARGE * 2)
        tasks = gateway.server_state.tasks
        await until(lambda: [line["method"] for line in journal].count("POST") == 3 and len(tasks) == 3)
        await _until_running(gateway, 0)
        assert (await gateway.ask(LIMITS)).status == 200


async def test_abandoned_requests_keep_their_places_only_until_their_time_is_up(small: Gateway) -> None:
    async with full(small):
        pass
    assert (await small.ask(LIMITS)).status == 503
    await until_refused(small, "overloaded")
    await _until_running(small, 0)
    assert (await small.ask(LIMITS)).status == 200


async def test_a_place_goes_to_callers_with_a_name_first_and_in_order() -> None:
    places = Places(4)
    taken = [places.take(named=False) for _ in range(3)]
    assert all(place is not None and place.done() for place in taken)
    stranger_one, stranger_two = places.take(named=False), places.take(named=False)
    assert stranger_one is not None
    assert stranger_two is not None
    assert not stranger_one.done()
    assert places.take(named=False) is None
    known = places.take(named=True)
    assert known is not None
    assert known.done()
    places.leave()
    assert not stranger_one.done()
    places.leave()
    assert (stranger_one.done(), stranger_two.done()) == (True, False)
    places.give_up(stranger_two, named=False)
    assert places.in_line == 0
    places.give_up(stranger_one, named=False)
    again = places.take(named=False)
    assert again is not None
    assert again.done()
