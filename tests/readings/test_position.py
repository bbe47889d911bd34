"""Positions never go back: a node that lags takes nothing away from what is known."""

from collections.abc import Sequence

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Absent, Answer, Outcome, Position, PositionKind, ServedFrom
from gateway.domain.sources import Effort, Result
from gateway.readings.entry import Entry
from tests.readings.told import FRESH_FOR, Stand, ToldSource, at


async def test_an_answer_from_before_a_known_position_is_not_shown_as_fresh() -> None:
    stand = Stand()
    stand.told.results["k"] = at("newer", 100)
    await stand.one()
    stand.told.results["k"] = at("older", 99)
    stand.clock.advance(FRESH_FOR + 1)
    reading = await stand.one()
    assert (reading.outcome, reading.value) == (Outcome.STALE, "newer")
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.BEHIND
    assert reading.problem.retryable
    assert reading.provenance is not None
    assert reading.provenance.position == Position(PositionKind.BLOCK_HEIGHT, 100)


async def test_the_same_position_and_a_later_one_are_good() -> None:
    stand = Stand()
    for height, value in ((100, "first"), (100, "second"), (101, "third")):
        stand.told.results["k"] = at(value, height)
        reading = await stand.one(max_age=0)
        assert (reading.outcome, reading.value) == (Outcome.FRESH, value)


async def test_an_absence_has_a_position_too() -> None:
    stand = Stand()
    stand.told.results["k"] = Absent("ask", Position(PositionKind.BLOCK_HEIGHT, 100))
    await stand.one()
    stand.told.results["k"] = at("from before it was closed", 99)
    reading = await stand.one(max_age=0)
    assert (reading.outcome, reading.value) == (Outcome.UNAVAILABLE, None)
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.BEHIND


async def test_positions_that_count_different_things_have_no_order() -> None:
    stand = Stand()
    stand.told.results["k"] = at("by height", 100)
    await stand.one()
    stand.told.results["k"] = Answer("by slot", "ask", Position(PositionKind.SLOT, 1))
    assert (await stand.one(max_age=0)).value == "by slot"


async def test_an_answer_without_a_position_is_taken_as_it_comes() -> None:
    stand = Stand()
    stand.told.results["k"] = at("with", 100)
    await stand.one()
    stand.told.results["k"] = Answer("without", "ask")
    assert (await stand.one(max_age=0)).value == "without"


class OvertakenSource(ToldSource):
    """While it answers, a newer answer reaches the store, as from another process that shares it."""

    stand: Stand

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[str]]:
        plane = self.stand.plane
        for key in keys:
            entry = Entry(at("newer", 100), plane.clock.time())
            await plane.store.put({plane.names.of(self.terms, key): entry}, str)
        return await super().answers(keys, effort)


async def test_a_newer_reading_that_arrived_meanwhile_is_served_in_a_lagging_ones_place() -> None:
    source = OvertakenSource()
    source.results["k"] = at("older", 99)
    source.stand = Stand(source)
    reading = await source.stand.one()
    assert (reading.outcome, reading.value, reading.problem) == (Outcome.FRESH, "newer", None)
    assert reading.provenance is not None
    assert reading.provenance.served_from is ServedFrom.CACHE
