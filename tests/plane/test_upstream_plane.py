"""One provider over several hosts on real sockets: who is asked, how often, and by when there is an answer."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from gateway.domain.problem import ProblemCode
from gateway.upstream.circuit import CircuitState
from tests.plane.asking import LONG, asking
from tests.plane.vendor import HANGS, Said, Vendor, refused, said, serve_vendor

# Enough for one host to fail by hanging and for the next to answer.
SHORT = 0.6


async def vendors(stack: AsyncExitStack, *says: Said) -> list[Vendor]:
    return [await stack.enter_async_context(serve_vendor(each)) for each in says]


async def test_a_host_that_refuses_connections_is_failed_over_from_and_come_back_to() -> None:
    async with serve_vendor(said({"n": 1})) as first, serve_vendor(said({"n": 2})) as second:
        async with asking(first.url, second.url) as thing:
            await first.close()
            assert [await thing.ask() for _ in range(6)] == [2] * 6
            # Five refusals opened the first one's circuit: the sixth call went past it.
            assert thing.count("UNAVAILABLE") == 5
            await first.open()
            thing.clock.ahead += 5
            assert [await thing.ask(), await thing.ask()] == [1, 1]
        assert len(second.asked) == 6


@pytest.mark.parametrize("trouble", [refused(500), refused(502), refused(503), refused(504), refused(408)])
async def test_a_host_that_fails_is_failed_over_from_and_come_back_to(trouble: Said) -> None:
    async with serve_vendor(trouble) as first, serve_vendor(said({"n": 2})) as second:
        async with asking(first.url, second.url, first_wait=LONG) as thing:
            assert await thing.ask() == 2
            first.says = said({"n": 1})
            assert await thing.ask() == 1
        assert (len(first.asked), len(second.asked)) == (2, 1)


async def test_a_host_that_hangs_leaves_time_for_the_next() -> None:
    async with (
        serve_vendor(HANGS) as first,
        serve_vendor(said({"n": 2})) as second,
        asking(first.url, second.url) as thing,
    ):
        assert await thing.ask(seconds=SHORT) == 2
        assert thing.count("TIMEOUT") == 1
        await first.left.wait()


async def test_of_three_hosts_two_may_hang() -> None:
    async with AsyncExitStack() as stack:
        hosts = await vendors(stack, HANGS, HANGS, said({"n": 3}))
        thing = await stack.enter_async_context(asking(*(host.url for host in hosts)))
        assert await thing.ask(seconds=SHORT) == 3


async def test_where_every_host_hangs_the_deadline_is_the_end() -> None:
    async with serve_vendor(HANGS) as first, serve_vendor(HANGS) as second:
        async with asking(first.url, second.url) as thing, asyncio.timeout(LONG):
            await thing.fails(ProblemCode.TIMEOUT, seconds=SHORT)
        assert (len(first.asked), len(second.asked)) == (1, 1)


async def test_hosts_are_asked_in_the_operators_order() -> None:
    async with AsyncExitStack() as stack:
        hosts = await vendors(stack, refused(500), refused(503), said({"n": 3}), said({"n": 4}))
        thing = await stack.enter_async_context(asking(*(host.url for host in hosts)))
        assert await thing.ask() == 3
        assert [len(host.asked) for host in hosts] == [1, 1, 1, 0]


async def test_after_every_host_was_tried_the_first_is_asked_again() -> None:
    async with serve_vendor(refused(500)) as first, serve_vendor(refused(500)) as second:
        async with asking(first.url, second.url, retries=3) as thing:
            await thing.fails(ProblemCode.UNAVAILABLE)
        assert (len(first.asked), len(second.asked)) == (3, 1)


@pytest.mark.parametrize(
    ("says", "code", "calls"),
    [
        (refused(400), ProblemCode.REJECTED, 1),
        (refused(401), ProblemCode.UPSTREAM_UNAUTHENTICATED, 1),
        (refused(403), ProblemCode.UPSTREAM_FORBIDDEN, 1),
        (refused(404), ProblemCode.REJECTED, 1),
        (refused(408), ProblemCode.UNAVAILABLE, 4),
        (refused(413), ProblemCode.REJECTED, 1),
        (refused(422), ProblemCode.REJECTED, 1),
        (refused(418), ProblemCode.PROTOCOL, 1),
        (refused(302, Location="/elsewhere"), ProblemCode.PROTOCOL, 1),
        (refused(429), ProblemCode.RATE_LIMITED, 4),
        (refused(499), ProblemCode.UNAVAILABLE, 4),
        (refused(500), ProblemCode.UNAVAILABLE, 4),
        (refused(501), ProblemCode.PROTOCOL, 1),
        (refused(502), ProblemCode.UNAVAILABLE, 4),
        (refused(503), ProblemCode.UNAVAILABLE, 4),
        (refused(504), ProblemCode.UNAVAILABLE, 4),
        (Said(b"<html>"), ProblemCode.PROTOCOL, 1),
        (Said(b""), ProblemCode.PROTOCOL, 1),
        (said({"n": "one"}), ProblemCode.PROTOCOL, 1),
        (Said(b"[" * 100_000), ProblemCode.PROTOCOL, 1),
    ],
)
async def test_each_outcome_costs_as_many_calls_as_it_is_worth(says: Said, code: ProblemCode, calls: int) -> None:
    async with serve_vendor(says) as vendor, asking(vendor.url, retries=3) as thing:
        await thing.fails(code)
        assert len(vendor.asked) == calls == thing.count(code)


async def test_a_call_with_a_body_is_repeated_too_since_all_are_reads() -> None:
    answers = iter([refused(500), refused(503), said({"n": 1})])
    async with serve_vendor(lambda _: next(answers)) as vendor, asking(vendor.url) as thing:
        assert await thing.ask(body=b'{"method": "read"}') == 1
        assert vendor.asked == [{"method": "read"}] * 3
        assert thing.count("ok", "POST /thing") == 1


async def test_a_retry_that_would_pass_the_deadline_is_not_waited_for() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, first_wait=LONG) as thing:
        await thing.fails(ProblemCode.UNAVAILABLE, seconds=LONG)
        assert len(vendor.asked) == 1


async def test_a_cancelled_call_lets_go_of_its_host_and_says_nothing_of_it() -> None:
    async with serve_vendor(HANGS) as vendor, asking(vendor.url) as thing:
        for _ in range(6):
            vendor.arrived.clear()
            vendor.left.clear()
            call = asyncio.create_task(thing.ask())
            await vendor.arrived.wait()
            call.cancel()
            await asyncio.wait([call])
            assert call.cancelled()
            await vendor.left.wait()
        assert thing.count("abandoned") == 6
        assert await thing.circuit() is CircuitState.CLOSED
        vendor.says = said({"n": 1})
        assert await thing.ask() == 1


async def test_no_task_outlives_its_calls() -> None:
    before = asyncio.all_tasks()
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, first_wait=LONG / 2) as thing:
        retrying = asyncio.create_task(thing.ask())
        await vendor.arrived.wait()
        vendor.says = HANGS
        vendor.arrived.clear()
        hanging = asyncio.create_task(thing.ask())
        await vendor.arrived.wait()
        for call in (retrying, hanging):
            call.cancel()
        await asyncio.wait([retrying, hanging])
    assert asyncio.all_tasks() == before


async def test_many_calls_at_once_each_have_their_own_attempts() -> None:
    async with serve_vendor(refused(500)) as first, serve_vendor(said({"n": 2})) as second:
        async with asking(first.url, second.url) as thing:
            assert await asyncio.gather(*(thing.ask() for _ in range(30))) == [2] * 30
        assert len(second.asked) == 30
