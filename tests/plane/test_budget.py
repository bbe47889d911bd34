"""Budgets: how many calls go out in any window, whatever the pattern in which they are wanted."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from limits.aio.storage import MemoryStorage

from gateway.upstream.budget import Budget
from gateway.upstream.limit import Left, Limit, parse_limit

# A full minute of the wall clock; eighths of a second after it are exact in binary.
MINUTE = 1_800_000_000.0
EIGHTH = 0.125
A_MOMENT = 1 / 1024

limits = st.builds(Limit, calls=st.integers(1, 6), seconds=st.integers(1, 10))
by_minute = st.builds(
    Limit,
    calls=st.integers(5, 12),
    seconds=st.just(60),
    by_wall_clock=st.just(value=True),
    cost=st.integers(1, 5),
)
# Eighths of a second between one call that is wanted and the next: crowds, trickles, and the length of a window.
gaps = st.lists(st.one_of(st.just(0), st.integers(0, 30), st.sampled_from([8, 40, 79, 80, 81])), max_size=40)


def opened(limit: Limit | None) -> Budget:
    return Budget(limit, lambda _step, _now: 10.0, storage=MemoryStorage(), time=time.time, name="test")


async def arrive(budget: Budget, gaps: Sequence[int], clock: time_machine.Traveller) -> tuple[list[float], list[float]]:
    """Want a call after each gap; give the moments of those that went out, and of those that did not."""
    went: list[float] = []
    stayed: list[float] = []
    for gap in gaps:
        clock.shift(gap * EIGHTH)
        (stayed if await budget.take("payer") else went).append(time.time())
    return went, stayed


@settings(deadline=None)
@given(limits, gaps)
def test_no_window_ever_holds_more_calls_than_the_limit(limit: Limit, gaps: list[int]) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        went, _ = asyncio.run(arrive(opened(limit), gaps, clock))
    for first, one_too_many in zip(went, went[limit.calls :], strict=False):
        assert one_too_many - first > limit.seconds


@settings(deadline=None)
@given(limits, gaps)
def test_no_call_is_held_back_while_its_window_has_room(limit: Limit, gaps: list[int]) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        went, stayed = asyncio.run(arrive(opened(limit), gaps, clock))
    for moment in stayed:
        before = [each for each in went if moment - limit.seconds <= each <= moment]
        assert len(before) == limit.calls


@settings(deadline=None)
@given(limits, gaps)
def test_whoever_waits_as_long_as_told_gets_a_call(limit: Limit, gaps: list[int]) -> None:
    async def story(clock: time_machine.Traveller) -> None:
        budget = opened(limit)
        for gap in gaps:
            clock.shift(gap * EIGHTH + A_MOMENT)
            if wait := await budget.take("payer"):
                assert 0 < wait <= limit.seconds
                clock.shift(wait + A_MOMENT)
                assert await budget.take("payer") == 0

    with time_machine.travel(MINUTE, tick=False) as clock:
        asyncio.run(story(clock))


@settings(deadline=None)
@given(by_minute, gaps)
def test_no_minute_of_the_wall_clock_costs_more_than_its_credits(limit: Limit, gaps: list[int]) -> None:
    with time_machine.travel(MINUTE, tick=False) as clock:
        went, stayed = asyncio.run(arrive(opened(limit), gaps, clock))
    spent = Counter(moment // 60 for moment in went)
    assert all(calls * limit.cost <= limit.calls for calls in spent.values())
    # Who was held back had come in a minute that was spent, or nearly.
    assert all((spent[moment // 60] + 1) * limit.cost > limit.calls for moment in stayed)


@settings(deadline=None)
@given(limits | by_minute, st.integers(0, 40))
def test_of_a_crowd_at_one_moment_as_many_go_out_as_the_limit_says(limit: Limit, crowd: int) -> None:
    async def story() -> int:
        budget = opened(limit)
        waits = await asyncio.gather(*(budget.take("payer") for _ in range(crowd)))
        return waits.count(0)

    with time_machine.travel(MINUTE, tick=False):
        assert asyncio.run(story()) == min(crowd, limit.calls // limit.cost)


async def test_credits_come_back_with_the_minute_and_not_a_minute_after_they_were_spent() -> None:
    budget = opened(Limit(2, 60, by_wall_clock=True))
    with time_machine.travel(MINUTE + 59.5, tick=False) as clock:
        assert [await budget.take("payer") for _ in range(3)] == [0, 0, 0.5]
        clock.shift(0.5)
        assert [await budget.take("payer") for _ in range(3)] == [0, 0, 60]


async def test_a_call_that_costs_more_than_is_left_spends_nothing() -> None:
    budget = opened(Limit(5, 60, by_wall_clock=True, cost=3))
    with time_machine.travel(MINUTE, tick=False):
        assert [await budget.take("payer") for _ in range(9)] == [0, *[60] * 8]
        assert await budget.left("payer") == Left(0, MINUTE + 60)


@pytest.mark.parametrize("limit", [Limit(2, 10), Limit(2, 60, by_wall_clock=True)])
async def test_each_payer_has_a_budget_of_its_own(limit: Limit) -> None:
    budget = opened(limit)
    with time_machine.travel(MINUTE, tick=False):
        assert [await budget.take("one") > 0 for _ in range(3)] == [False, False, True]
        assert [await budget.take("another") > 0 for _ in range(3)] == [False, False, True]


async def test_what_is_left_counts_down_and_comes_back() -> None:
    budget = opened(Limit(2, 10))
    with time_machine.travel(MINUTE, tick=False) as clock:
        assert await budget.left("payer") == Left(2, MINUTE + 10)
        await budget.take("payer")
        clock.shift(4)
        await budget.take("payer")
        assert await budget.left("payer") == Left(0, MINUTE + 10)
        clock.shift(7)
        assert await budget.left("payer") == Left(1, MINUTE + 14)


async def test_a_window_that_has_ended_does_not_end_in_the_past() -> None:
    budget = opened(Limit(2, 10))
    with time_machine.travel(MINUTE, tick=False) as clock:
        await budget.take("payer")
        clock.shift(3600)
        assert await budget.left("payer") == Left(2, MINUTE + 3610)


async def test_without_a_limit_nothing_is_counted() -> None:
    budget = opened(None)
    assert [await budget.take("payer") for _ in range(1000)] == [0] * 1000
    assert await budget.left("payer") is None


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("2/second", Limit(2, 1)),
        ("40/10 seconds", Limit(40, 10)),
        ("60 per minute", Limit(60, 60)),
        (" 100/Hour ", Limit(100, 3600)),
        ("none", None),
        (" None ", None),
    ],
)
def test_a_limit_is_written_as_one_says_it(text: str, limit: Limit | None) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize(
    "text",
    ["", "2", "two/second", "-1/second", "0.5/second", "2/fortnight", "2/second 3", "0/second", "2/second;100/minute"],
)
def test_a_limit_that_cannot_be_kept_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="such as 40/10 seconds, or none"):
        parse_limit(text)
