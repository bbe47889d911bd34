"""Readings of one source: one for each key, in order, and no call that is not needed."""

import asyncio
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Absent, Answer, Outcome, Position, PositionKind, ServedFrom
from tests.readings.told import FRESH_FOR, UNTOLD, Stand, ToldSource, at, terms, trouble

KEYS = st.lists(st.sampled_from([f"key {n}" for n in range(12)]), max_size=40)


@given(keys=KEYS, failing=st.sets(st.sampled_from([f"key {n}" for n in range(12)])), most=st.integers(1, 5))
def test_whatever_is_asked_each_key_gets_its_own_reading_and_is_asked_for_once(
    keys: Sequence[str], failing: set[str], most: int
) -> None:
    async def law() -> None:
        source = ToldSource(terms(most))
        source.results = {key: trouble() if key in failing else Answer(f"value of {key}", "ask") for key in keys}
        readings = await Stand(source).read(*keys)
        for key, reading in zip(keys, readings, strict=True):
            if key in failing:
                assert reading.outcome is Outcome.UNAVAILABLE
                assert reading.value is None
                assert reading.problem is not None
            else:
                assert reading.outcome is Outcome.FRESH
                assert reading.value == f"value of {key}"
                assert reading.problem is None
        assert [key for call in source.asked for key in call] == list(dict.fromkeys(keys))
        assert all(len(call) == most for call in source.asked[:-1])
        assert all(len(call) <= most for call in source.asked)

    asyncio.run(law())


async def test_nothing_asked_costs_nothing() -> None:
    stand = Stand()
    assert await stand.read() == []
    assert stand.told.asked == []


async def test_an_answer_says_who_gave_it_when_and_at_which_position() -> None:
    stand = Stand()
    stand.told.results["k"] = at("one", 840_000)
    reading = await stand.one()
    assert reading.provenance is not None
    assert reading.provenance.provider == "XVERSE"
    assert reading.provenance.operation == "ask"
    assert reading.provenance.read_at.timestamp() == stand.clock.time()
    assert reading.provenance.served_from is ServedFrom.UPSTREAM
    assert reading.provenance.position == Position(PositionKind.BLOCK_HEIGHT, 840_000)


async def test_within_its_age_an_answer_is_repeated_and_past_it_read_anew() -> None:
    stand = Stand()
    first = await stand.one()
    assert first.provenance is not None
    stand.clock.advance(FRESH_FOR)
    again = await stand.one()
    assert again.provenance is not None
    assert again.provenance.served_from is ServedFrom.CACHE
    assert again.provenance.read_at == first.provenance.read_at
    assert len(stand.told.asked) == 1
    stand.clock.advance(0.001)
    later = await stand.one()
    assert later.provenance is not None
    assert later.provenance.served_from is ServedFrom.UPSTREAM
    assert len(stand.told.asked) == 2


async def test_a_caller_may_accept_older_figures_or_none_but_the_newest() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.advance(100)
    assert (await stand.one(max_age=100)).outcome is Outcome.FRESH
    assert len(stand.told.asked) == 1
    await stand.one(max_age=99)
    assert len(stand.told.asked) == 2
    await stand.one(max_age=0)
    assert len(stand.told.asked) == 3


async def test_what_was_asked_for_now_serves_the_next_who_is_less_strict() -> None:
    stand = Stand()
    await stand.one(max_age=0)
    await stand.one()
    assert len(stand.told.asked) == 1


async def test_only_the_keys_that_are_too_old_are_asked_for() -> None:
    stand = Stand()
    await stand.read("a", "b")
    stand.clock.advance(FRESH_FOR + 1)
    await stand.read("b", "c")
    stand.clock.advance(1)
    readings = await stand.read("a", "b", "c", "d")
    assert stand.told.asked == [["a", "b"], ["b", "c"], ["a", "d"]]
    assert [reading.value for reading in readings] == [UNTOLD] * 4


async def test_that_nothing_is_there_is_kept_like_any_answer() -> None:
    stand = Stand()
    stand.told.results["k"] = Absent("ask")
    assert (await stand.one()).outcome is Outcome.ABSENT
    again = await stand.one()
    assert (again.outcome, again.value, again.problem) == (Outcome.ABSENT, None, None)
    assert again.provenance is not None
    assert again.provenance.served_from is ServedFrom.CACHE
    assert len(stand.told.asked) == 1


async def test_a_failure_is_never_kept() -> None:
    stand = Stand()
    stand.told.results["k"] = trouble()
    await stand.one()
    await stand.one()
    assert len(stand.told.asked) == 2
    del stand.told.results["k"]
    assert (await stand.one()).outcome is Outcome.FRESH


async def test_an_entry_from_the_future_is_read_anew_when_the_clock_was_put_back() -> None:
    stand = Stand()
    await stand.one()
    stand.clock.put_back(7200)
    stand.told.results["k"] = Answer("newer", "ask")
    reading = await stand.one(max_age=3600)
    assert reading.value == "newer"
    assert len(stand.told.asked) == 2


async def test_one_failing_call_of_many_spoils_only_its_own_keys() -> None:
    source = ToldSource(terms(max_keys=1))
    source.results["bad"] = trouble(ProblemCode.RATE_LIMITED)
    good, bad, other = await Stand(source).read("good", "bad", "other")
    assert (good.outcome, bad.outcome, other.outcome) == (Outcome.FRESH, Outcome.UNAVAILABLE, Outcome.FRESH)
    assert bad.problem is not None
    assert bad.problem.code is ProblemCode.RATE_LIMITED
