"""A limit that all replicas keep together: whatever becomes of their store, no window ever holds more calls than it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from gateway.upstream.limit import Limit
from tests.plane.fleet import MINUTE, TICK, Fleet

FIVE_IN_TEN = Limit(5, 10, fails_closed=True)
# Ticks in which every replica has beaten; in which a window has passed and every replica has noticed that it has.
BEATEN, SETTLED = 8, 56
Event: TypeAlias = tuple[str, int, int]

calls = st.tuples(st.just("call"), st.integers(0, 4), st.integers(1, 6))
waits = st.tuples(st.just("wait"), st.sampled_from([1, 2, 3, 8, 20, 40, 41, 54, 55, 56, 60]), st.just(0))
others = st.tuples(
    st.sampled_from(["crash", "freeze", "back", "restart", "join", "leave"]), st.integers(0, 4), st.just(0)
)
stories = st.lists(st.one_of(calls, calls, waits, waits, others), max_size=30)


@asynccontextmanager
async def fleet_of(count: int, limit: Limit = FIVE_IN_TEN, *, settled: bool = True) -> AsyncIterator[Fleet]:
    """Give replicas that know of each other, over a store that has seen a whole window."""
    with time_machine.travel(MINUTE, tick=False) as traveller, capture_logs():
        fleet = Fleet(limit, traveller)
        for _ in range(count):
            await fleet.start()
        await fleet.pass_by(SETTLED if settled else BEATEN)
        yield fleet


def lose(fleet: Fleet, *, content: bool = True) -> None:
    fleet.store.is_up = False
    if content:
        fleet.store.born_anew()


async def _happen(fleet: Fleet, event: Event) -> None:
    match event:
        case "call", who, times:
            await fleet.call(who, times)
        case "wait", ticks, _:
            await fleet.pass_by(ticks)
        case ("crash" | "freeze") as how, _, _:
            lose(fleet, content=how == "crash")
        case "back", _, _:
            fleet.store.is_up = True
        case "restart", _, _:
            lose(fleet)
            fleet.store.is_up = True
        case "leave", who, _ if len(fleet.replicas) > 1:
            fleet.replicas.pop(who % len(fleet.replicas))
        case "join", _, _ if fleet.store.is_up and len(fleet.replicas) < 5:
            # One that starts beside a store that has just started cannot know what that has forgotten.
            await fleet.pass_by(SETTLED)
            await fleet.start()


@settings(max_examples=600, deadline=None)
@given(st.integers(1, 5), stories)
def test_no_window_ever_holds_more_calls_than_the_limit_whatever_becomes_of_the_store(
    count: int, story: Sequence[Event]
) -> None:
    async def law() -> None:
        async with fleet_of(count, settled=False) as fleet:
            for event in story:
                await _happen(fleet, event)
        assert fleet.most_in(FIVE_IN_TEN.seconds - TICK) <= FIVE_IN_TEN.calls

    asyncio.run(law())


@pytest.mark.parametrize("settled", [False, True])
async def test_replicas_spend_one_limit_between_them(settled: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async with fleet_of(3, settled=settled) as fleet:
        for number in (0, 1, 2, 0, 1, 2, 0):
            await fleet.call(number, 1)
        # Until the store has seen a whole window each has its share of one at hand, and no more than that.
        assert len(fleet.went) == (5 if settled else 3)
        for replica in fleet.replicas:
            assert await replica.window.take("payer") > 0


async def test_what_is_left_is_told_from_the_common_count() -> None:
    async with fleet_of(2) as fleet:
        await fleet.call(0, 3)
        assert [(await each.window.left("payer")).calls for each in fleet.replicas] == [2, 2]
        assert [(await each.window.left("other")).calls for each in fleet.replicas] == [5, 5]


async def test_after_a_loss_nobody_calls_for_a_window_and_then_each_by_its_share() -> None:
    async with fleet_of(2) as fleet:
        await fleet.call(0, 5)
        lose(fleet)
        await fleet.pass_by(40)
        await fleet.call(0, 5)
        await fleet.call(1, 5)
        assert len(fleet.went) == 5
        left = await fleet.replicas[0].window.left("payer")
        assert left.calls == 0
        await fleet.pass_by(16)
        assert (await fleet.replicas[0].window.left("payer")).calls == 2
        await fleet.call(0, 5)
        await fleet.call(1, 5)
        # Two of five for each of two; the fifth is nobody's.
        assert len(fleet.went) == 9
        assert (await fleet.replicas[0].window.left("payer")).calls == 0


async def test_who_meets_the_loss_in_the_middle_of_a_call_stays_closed() -> None:
    async with fleet_of(2) as fleet:
        lose(fleet)
        assert await fleet.replicas[0].window.take("payer") > 10
        assert fleet.went == []


async def test_a_store_that_was_only_cut_off_is_asked_again_as_soon_as_it_is_back() -> None:
    async with fleet_of(2) as fleet:
        await fleet.call(0, 1)
        lose(fleet, content=False)
        await fleet.pass_by(4)
        fleet.store.is_up = True
        await fleet.pass_by(BEATEN)
        # What was counted before is not forgotten, and each has no more than its share until a window has passed.
        await fleet.call(0, 5)
        assert len(fleet.went) == 3
        await fleet.call(1, 5)
        assert len(fleet.went) == 5


async def test_a_store_that_starts_anew_unnoticed_is_not_taken_for_the_one_before() -> None:
    async with fleet_of(1) as fleet:
        await fleet.call(0, 4)
        lose(fleet)
        fleet.store.is_up = True
        await fleet.call(0, 5)
        await fleet.pass_by(BEATEN)
        await fleet.call(0, 5)
        assert len(fleet.went) == 4
        await fleet.pass_by(SETTLED)
        await fleet.call(0, 6)
        assert len(fleet.went) == 9


async def test_the_first_to_find_the_store_again_does_not_take_itself_for_the_only_one() -> None:
    async with fleet_of(2) as fleet:
        lose(fleet)
        await fleet.pass_by(SETTLED + 8)
        await fleet.call(1, 5)
        fleet.store.is_up = True
        # The first beats before the second does.
        await fleet.replicas[0].pulse.beat()
        await fleet.call(0, 5)
        assert len(fleet.went) == 4


async def test_a_replica_that_was_never_counted_has_the_smallest_share() -> None:
    async with fleet_of(0) as fleet:
        fleet.store.is_up = False
        await fleet.start()
        await fleet.pass_by(SETTLED)
        await fleet.call(0, 5)
        assert len(fleet.went) == 1


async def test_a_replica_that_the_others_have_not_heard_of_has_no_share() -> None:
    async with fleet_of(1) as fleet:
        await fleet.start()
        lose(fleet)
        await fleet.pass_by(SETTLED)
        await fleet.call(1, 5)
        await fleet.call(0, 5)
        assert len(fleet.went) == 5


async def test_a_limit_that_need_not_fail_closed_is_shared_out_at_once() -> None:
    async with fleet_of(3, Limit(6, 10)) as fleet:
        await fleet.call(0, 6)
        assert len(fleet.went) == 6
        lose(fleet)
        for number in range(3):
            await fleet.call(number, 6)
        assert len(fleet.went) == 12
        assert (await fleet.replicas[0].window.left("payer")).calls == 0
