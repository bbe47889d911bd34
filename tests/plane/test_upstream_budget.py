"""Budgets and penalties over real sockets: who is held back, for how long, and who is not."""

import asyncio

import pytest
import time_machine

from gateway.domain.problem import ProblemCode
from gateway.upstream.circuit import CircuitState
from gateway.upstream.limit import Limit
from tests.plane.asking import LONG, asking
from tests.plane.vendor import HANGS, refused, said, serve_vendor

WELL = said({"n": 1})


async def test_a_spent_budget_is_told_with_its_wait_and_nobody_is_asked() -> None:
    async with serve_vendor(WELL) as vendor, asking(vendor.url, limit=Limit(2, 60)) as thing:
        assert [await thing.ask(), await thing.ask()] == [1, 1]
        refusal = await thing.fails(ProblemCode.RATE_LIMITED)
        assert refusal.retry_after is not None
        assert LONG < refusal.retry_after <= 60
        assert (len(vendor.asked), thing.refused(ProblemCode.RATE_LIMITED)) == (2, 1)


async def test_a_budget_that_comes_back_before_the_deadline_is_waited_for() -> None:
    with time_machine.travel(1_800_000_000) as clock:
        async with serve_vendor(WELL) as vendor, asking(vendor.url, limit=Limit(1, 1)) as thing:
            assert await thing.ask() == 1
            clock.shift(0.9)
            assert await thing.ask() == 1
            assert len(vendor.asked) == 2


async def test_a_call_that_may_not_wait_is_refused_however_short_the_wait() -> None:
    with time_machine.travel(1_800_000_000) as clock:
        async with serve_vendor(WELL) as vendor, asking(vendor.url, limit=Limit(1, 10)) as thing:
            await thing.ask()
            clock.shift(9)
            refusal = await thing.fails(ProblemCode.RATE_LIMITED, may_wait=False)
            assert refusal.retry_after is not None
            assert 0 < refusal.retry_after <= 1
            assert len(vendor.asked) == 1


async def test_whoever_stops_waiting_for_a_budget_takes_nothing_out_of_it() -> None:
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        async with serve_vendor(WELL) as vendor, asking(vendor.url, limit=Limit(1, 20)) as thing:
            await thing.ask()
            waiting = [asyncio.create_task(thing.ask()) for _ in range(5)]
            # The sixth is held back as they are, so they have come to wait by the time that it is refused.
            await thing.fails(ProblemCode.RATE_LIMITED, may_wait=False)
            for call in waiting:
                call.cancel()
            await asyncio.wait(waiting)
            clock.shift(21)
            assert await thing.ask() == 1
            assert len(vendor.asked) == 2
            assert await thing.circuit() is CircuitState.CLOSED


async def test_every_attempt_is_paid_for() -> None:
    async with serve_vendor(refused(500)) as vendor, asking(vendor.url, limit=Limit(3, 60), retries=5) as thing:
        await thing.fails(ProblemCode.RATE_LIMITED)
        assert len(vendor.asked) == 3


async def test_a_429_stops_everyone_of_its_credential_and_no_one_of_another() -> None:
    async with serve_vendor(refused(429)) as vendor, asking(vendor.url, penalty=lambda *_: 60.0) as thing:
        first = await thing.fails(ProblemCode.RATE_LIMITED, payer="one")
        assert first.retry_after == 60
        vendor.says = WELL
        others = await asyncio.gather(*(thing.fails(ProblemCode.RATE_LIMITED, payer="one") for _ in range(10)))
        assert all(other.retry_after is not None and LONG < other.retry_after <= 60 for other in others)
        assert len(vendor.asked) == 1
        assert await thing.ask(payer="another") == 1
        thing.clock.ahead += 60
        assert await thing.ask(payer="one") == 1


async def test_calls_under_way_when_a_429_comes_make_the_penalty_no_longer() -> None:
    async with (
        serve_vendor(refused(429)) as vendor,
        asking(vendor.url, penalty=lambda step, _: 60.0 * 2**step) as thing,
    ):
        vendor.may_answer.clear()
        calls = [asyncio.create_task(thing.fails(ProblemCode.RATE_LIMITED)) for _ in range(8)]
        while len(vendor.asked) < 8:
            await vendor.arrived.wait()
            vendor.arrived.clear()
        vendor.may_answer.set()
        waits = [error.retry_after for error in await asyncio.gather(*calls)]
        assert all(wait is not None and 30 < wait <= 60 for wait in waits)


async def test_a_wait_that_the_provider_tells_is_kept_where_it_ends_before_the_deadline() -> None:
    answers = iter([refused(429, Retry_After="0"), WELL])
    async with (
        serve_vendor(lambda _: next(answers)) as vendor,
        asking(vendor.url, first_wait=LONG, penalty=lambda *_: LONG) as thing,
    ):
        assert await thing.ask() == 1
        assert len(vendor.asked) == 2


async def test_a_retry_waits_for_as_long_as_it_was_told_and_others_see_what_is_left_of_it() -> None:
    answers = iter([refused(429, Retry_After="1"), WELL])
    async with serve_vendor(lambda _: next(answers)) as vendor, asking(vendor.url, first_wait=0) as thing:
        call = asyncio.create_task(thing.ask())
        while not thing.count("RATE_LIMITED"):  # noqa: ASYNC110 - a counter has no event
            await asyncio.sleep(0)
        meanwhile = await thing.fails(ProblemCode.RATE_LIMITED, may_wait=False)
        assert meanwhile.retry_after is not None
        assert 0 < meanwhile.retry_after <= 1
        assert len(vendor.asked) == 1
        assert await call == 1
        assert len(vendor.asked) == 2


async def test_a_wait_that_passes_the_deadline_is_told_and_not_kept() -> None:
    async with serve_vendor(refused(429, Retry_After="31")) as vendor, asking(vendor.url) as thing:
        error = await thing.fails(ProblemCode.RATE_LIMITED, seconds=LONG)
        assert error.retry_after == 31
        assert len(vendor.asked) == 1


@pytest.mark.parametrize("header", ["tomorrow", "-1", "1.5", "99999", "Wed, 21 Oct 2065 07:28:00 GMT"])
async def test_a_wait_that_is_no_number_of_seconds_counts_as_not_told(header: str) -> None:
    async with (
        serve_vendor(refused(429, Retry_After=header)) as vendor,
        asking(vendor.url, penalty=lambda *_: 60.0) as thing,
    ):
        assert (await thing.fails(ProblemCode.RATE_LIMITED)).retry_after == 60
        assert len(vendor.asked) == 1


async def test_hosts_of_several_vendors_each_count_for_themselves() -> None:
    async with (
        serve_vendor(refused(429)) as first,
        serve_vendor(said({"n": 2})) as second,
        asking(first.url, second.url, budget_by_host=True, penalty=lambda *_: 60.0) as thing,
    ):
        assert [await thing.ask(), await thing.ask()] == [2, 2]
        # The second call knew that the first host is closed.
        assert (len(first.asked), len(second.asked)) == (1, 2)
        first.says = WELL
        thing.clock.ahead += 60
        assert await thing.ask() == 1


async def test_hosts_of_one_vendor_count_together() -> None:
    async with serve_vendor(refused(429)) as first, serve_vendor(said({"n": 2})) as second:
        async with asking(first.url, second.url, penalty=lambda *_: 60.0) as thing:
            await thing.fails(ProblemCode.RATE_LIMITED)
            await thing.fails(ProblemCode.RATE_LIMITED)
        assert (len(first.asked), len(second.asked)) == (1, 0)


async def test_a_hanging_call_keeps_no_one_else_from_the_budget() -> None:
    async with serve_vendor(HANGS) as vendor, asking(vendor.url, limit=Limit(2, 60)) as thing:
        hanging = asyncio.create_task(thing.ask())
        await vendor.arrived.wait()
        vendor.says = WELL
        assert await thing.ask() == 1
        hanging.cancel()
        await asyncio.wait([hanging])
