"""Circuits over real sockets: what opens them, what never does, and one probe at a time."""

import asyncio

import pytest

from gateway.domain.problem import ProblemCode
from gateway.upstream.circuit import CircuitState
from gateway.upstream.limit import Limit
from tests.plane.asking import asking
from tests.plane.vendor import HANGS, Said, refused, said, serve_vendor


@pytest.mark.parametrize(
    ("says", "code"),
    [(refused(500), ProblemCode.UNAVAILABLE), (refused(503), ProblemCode.UNAVAILABLE), (HANGS, ProblemCode.TIMEOUT)],
)
async def test_five_failures_in_a_row_open_it_and_nobody_is_asked(says: Said, code: ProblemCode) -> None:
    async with serve_vendor(says) as vendor, asking(vendor.url, retries=0) as thing:
        for _ in range(5):
            assert await thing.circuit() is CircuitState.CLOSED
            await thing.fails(code, seconds=0.1)
        assert await thing.circuit() is CircuitState.OPEN
        refusal = await thing.fails(ProblemCode.UNAVAILABLE)
        assert refusal.retry_after == pytest.approx(5, abs=4)
        assert (len(vendor.asked), thing.refused(ProblemCode.UNAVAILABLE)) == (5, 1)


@pytest.mark.parametrize(
    ("says", "code"),
    [
        (refused(400), ProblemCode.REJECTED),
        (refused(401), ProblemCode.UPSTREAM_UNAUTHENTICATED),
        (refused(403), ProblemCode.UPSTREAM_FORBIDDEN),
        (refused(404), ProblemCode.REJECTED),
        (refused(422), ProblemCode.REJECTED),
        (refused(429), ProblemCode.RATE_LIMITED),
        (refused(501), ProblemCode.PROTOCOL),
        (Said(b"not JSON"), ProblemCode.PROTOCOL),
        (Said(b" " * (6 * 2**20)), ProblemCode.PROTOCOL),
    ],
)
async def test_a_host_that_answers_is_there_whatever_it_says(says: Said, code: ProblemCode) -> None:
    async with serve_vendor(says) as vendor, asking(vendor.url, retries=0) as thing:
        for _ in range(7):
            await thing.fails(code)
        assert await thing.circuit() is CircuitState.CLOSED
        assert len(vendor.asked) == 7


async def test_an_answer_of_any_kind_begins_the_count_anew() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, retries=3) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE)
        vendor.says = refused(404)
        await thing.fails(ProblemCode.REJECTED)
        vendor.says = refused(500)
        await thing.fails(ProblemCode.UNAVAILABLE)
        assert await thing.circuit() is CircuitState.CLOSED


async def test_exactly_one_call_finds_out_whether_a_host_is_back_and_the_others_are_refused() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, retries=4) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE)
        vendor.says = said({"n": 1})
        vendor.arrived.clear()
        vendor.may_answer.clear()
        thing.clock.ahead += 5
        assert await thing.circuit() is CircuitState.HALF_OPEN
        probe = asyncio.create_task(thing.ask())
        await vendor.arrived.wait()
        for refusal in await asyncio.gather(*(thing.fails(ProblemCode.UNAVAILABLE) for _ in range(10))):
            assert refusal.detail == "every circuit is open"
        assert len(vendor.asked) == 6
        vendor.may_answer.set()
        assert await probe == 1
        assert await thing.circuit() is CircuitState.CLOSED
        assert await asyncio.gather(*(thing.ask() for _ in range(10))) == [1] * 10


async def test_of_a_crowd_that_comes_to_a_host_half_open_one_goes_through() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, retries=4) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE)
        thing.clock.ahead += 5
        await asyncio.gather(*(thing.fails(ProblemCode.UNAVAILABLE) for _ in range(20)))
        assert len(vendor.asked) == 6


async def test_of_a_crowd_held_up_by_its_budget_one_goes_through_all_the_same() -> None:
    async with (
        serve_vendor(refused(500)) as vendor,
        asking(vendor.url, retries=4, limit=Limit(1000, 60)) as thing,
    ):
        await thing.fails(ProblemCode.UNAVAILABLE)
        thing.clock.ahead += 5
        # The storage is tidying up after this one: all of the crowd find the host ready, and then wait for their turn.
        await thing.budget.take("")
        await asyncio.sleep(0)
        await asyncio.gather(*(thing.fails(ProblemCode.UNAVAILABLE) for _ in range(20)))
        assert len(vendor.asked) == 6


async def test_while_a_host_is_being_probed_the_others_go_to_the_next() -> None:
    async with (
        serve_vendor(refused(500)) as first,
        serve_vendor(said({"n": 2})) as second,
        asking(first.url, second.url) as thing,
    ):
        assert [await thing.ask() for _ in range(5)] == [2] * 5
        first.says = said({"n": 1})
        first.arrived.clear()
        first.may_answer.clear()
        thing.clock.ahead += 5
        probe = asyncio.create_task(thing.ask())
        await first.arrived.wait()
        assert await asyncio.gather(*(thing.ask() for _ in range(10))) == [2] * 10
        assert len(first.asked) == 6
        first.may_answer.set()
        assert await probe == 1
        assert await thing.ask() == 1


async def test_a_probe_that_fails_doubles_the_pause() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, retries=4) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE)
        thing.clock.ahead += 5
        await thing.fails(ProblemCode.UNAVAILABLE)
        thing.clock.ahead += 8
        assert await thing.circuit() is CircuitState.OPEN
        await thing.fails(ProblemCode.UNAVAILABLE)
        assert len(vendor.asked) == 6
        thing.clock.ahead += 2
        await thing.fails(ProblemCode.UNAVAILABLE)
        assert len(vendor.asked) == 7


async def test_a_probe_that_is_cancelled_leaves_its_place_to_the_next() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, retries=4) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE)
        thing.clock.ahead += 5
        vendor.says = HANGS
        vendor.arrived.clear()
        probe = asyncio.create_task(thing.ask())
        await vendor.arrived.wait()
        probe.cancel()
        await asyncio.wait([probe])
        assert await thing.circuit() is CircuitState.HALF_OPEN
        vendor.says = said({"n": 1})
        assert await thing.ask() == 1
        assert await thing.circuit() is CircuitState.CLOSED


async def test_open_circuits_are_told_by_the_number_of_hosts() -> None:
    async with (
        serve_vendor(refused(500)) as first,
        serve_vendor(said({"n": 2})) as second,
        asking(first.url, second.url) as thing,
    ):
        for _ in range(5):
            await thing.ask()
        assert b'gateway_upstream_circuits_open{provider="XVERSE"} 1.0\n' in thing.metrics.text()
        assert await thing.circuit() is CircuitState.CLOSED
