"""An answer that is nearing its age is read again behind the response, once, and never at a price to who asked."""

import asyncio

import pytest

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Absent, Outcome, ServedFrom
from tests.readings.told import FRESH_FOR, Stand, at, trouble

NEARLY = 0.8 * FRESH_FOR


async def _landed(stand: Stand, key: str = "k") -> None:
    landing = stand.plane.flights.landing(stand.name(key))
    assert landing is not None
    await landing


async def test_the_answer_is_served_at_once_and_the_next_caller_gets_the_new_one() -> None:
    stand = Stand()
    stand.told.results["k"] = at("old", 1)
    await stand.one()
    stand.clock.advance(NEARLY)
    stand.told.results["k"] = at("new", 2)
    stand.told.gate.clear()
    reading = await stand.one()
    assert (reading.outcome, reading.value) == (Outcome.FRESH, "old")
    stand.told.gate.set()
    await _landed(stand)
    reading = await stand.one()
    assert reading.value == "new"
    assert reading.provenance is not None
    assert reading.provenance.served_from is ServedFrom.CACHE
    assert stand.told.asked == [["k"], ["k"]]


async def test_a_young_answer_is_left_alone() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(0.7 * FRESH_FOR)
    await stand.one()
    assert len(stand.plane.flights) == 0
    assert stand.told.asked == [["k"]]


async def test_many_who_ask_meanwhile_start_one_refresh_between_them() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(NEARLY)
    stand.told.gate.clear()
    await asyncio.gather(*(stand.one() for _ in range(50)))
    stand.told.gate.set()
    await _landed(stand)
    assert stand.told.asked == [["k"], ["k"]]


async def test_answers_that_near_their_age_together_are_read_again_together() -> None:
    stand = Stand()
    await stand.read("a", "b", "c")
    stand.clock.advance(NEARLY)
    await stand.read("a", "b", "c")
    await _landed(stand, "a")
    assert stand.told.asked == [["a", "b", "c"], ["a", "b", "c"]]


async def test_the_age_that_a_caller_accepts_is_the_one_that_is_neared() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(60)
    await stand.one(max_age=100)
    assert stand.told.asked == [["k"]]
    stand.clock.advance(20)
    await stand.one(max_age=100)
    await _landed(stand)
    assert stand.told.asked == [["k"], ["k"]]


async def test_it_does_not_wait_for_a_budget_that_is_spent() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(NEARLY)
    await stand.one()
    await _landed(stand)
    first, behind = stand.told.efforts
    assert (first.may_wait, behind.may_wait) == (True, False)


async def test_a_refresh_that_fails_takes_nothing_away() -> None:
    stand = Stand()
    stand.told.results["k"] = at("old", 1)
    await stand.one()
    stand.clock.advance(NEARLY)
    stand.told.results["k"] = trouble(ProblemCode.RATE_LIMITED)
    await stand.one()
    await _landed(stand)
    reading = await stand.one()
    assert (reading.outcome, reading.value, reading.problem) == (Outcome.FRESH, "old", None)


async def test_a_request_that_wants_it_now_joins_the_refresh() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(NEARLY)
    stand.told.gate.clear()
    await stand.one()
    impatient = await stand.one(max_age=0, within=0)
    assert (impatient.outcome, impatient.problem and impatient.problem.code) == (Outcome.STALE, ProblemCode.TIMEOUT)
    stand.told.gate.set()
    await _landed(stand)
    assert stand.told.asked == [["k"], ["k"]]


@pytest.mark.parametrize("max_age", [None, 3600])
async def test_that_nothing_is_there_holds_for_two_seconds_whatever_age_is_accepted(
    max_age: float | None,
) -> None:
    stand = Stand()
    stand.told.results["k"] = Absent("ask")
    assert (await stand.one(max_age=max_age)).outcome is Outcome.ABSENT
    stand.clock.advance(2)
    assert (await stand.one(max_age=max_age)).outcome is Outcome.ABSENT
    assert stand.told.asked == [["k"]]
    stand.clock.advance(0.1)
    stand.told.results["k"] = at("made", 2)
    assert (await stand.one(max_age=max_age)).value == "made"
