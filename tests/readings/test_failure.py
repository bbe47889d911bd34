"""Trouble upstream: every failure becomes a reading that says why, and older figures stand in where there are any."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Outcome, ServedFrom
from gateway.domain.sources import Effort, Result
from tests.readings.told import FRESH_FOR, KEEP_FOR, Stand, ToldSource, at, trouble


class ForgetfulSource(ToldSource):
    """Leaves its last answer out."""

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[str]]:
        return (await super().answers(keys, effort))[:-1]


async def test_without_an_older_reading_a_failure_is_unavailable_and_says_why() -> None:
    stand = Stand()
    stand.told.results["k"] = UpstreamError(ProblemCode.RATE_LIMITED, Provider.XVERSE, retry_after=7)
    reading = await stand.one()
    assert (reading.outcome, reading.value, reading.provenance) == (Outcome.UNAVAILABLE, None, None)
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.RATE_LIMITED
    assert reading.problem.retryable
    assert reading.problem.retry_after == 7


@pytest.mark.parametrize("code", list(ProblemCode))
async def test_an_older_reading_stands_in_as_stale_until_it_is_too_old_to_keep(code: ProblemCode) -> None:
    stand = Stand()
    stand.told.results["k"] = at("known", 1)
    known = await stand.one()
    stand.told.results["k"] = trouble(code)
    stand.clock.advance(FRESH_FOR + 1)
    stale = await stand.one()
    assert (stale.outcome, stale.value) == (Outcome.STALE, "known")
    assert stale.problem is not None
    assert stale.problem.code is code
    assert stale.provenance is not None
    assert known.provenance is not None
    assert stale.provenance.served_from is ServedFrom.CACHE
    assert stale.provenance.read_at == known.provenance.read_at
    assert stale.provenance.position == known.provenance.position
    stand.clock.advance(KEEP_FOR)
    gone = await stand.one()
    assert (gone.outcome, gone.value, gone.provenance) == (Outcome.UNAVAILABLE, None, None)
    assert gone.problem is not None


async def test_a_failure_keeps_what_it_stands_in_for_and_the_next_good_answer_replaces_it() -> None:
    stand = Stand()
    await stand.one()
    stand.told.fault = trouble()
    for _ in range(3):
        assert (await stand.one(max_age=0)).outcome is Outcome.STALE
    stand.told.fault = None
    stand.told.results["k"] = Answer("new", "ask")
    reading = await stand.one(max_age=0)
    assert (reading.outcome, reading.value, reading.problem) == (Outcome.FRESH, "new", None)


async def test_that_nothing_was_there_is_no_figure_to_fall_back_on() -> None:
    stand = Stand()
    stand.told.results["k"] = Absent("ask")
    await stand.one()
    stand.told.results["k"] = trouble()
    reading = await stand.one(max_age=0)
    assert (reading.outcome, reading.value, reading.provenance) == (Outcome.UNAVAILABLE, None, None)
    assert reading.problem is not None


async def test_an_error_raised_for_the_whole_call_is_each_keys_problem_and_one_line_in_the_log() -> None:
    stand = Stand()
    stand.told.fault = trouble(ProblemCode.UPSTREAM_FORBIDDEN)
    with capture_logs() as lines:
        readings = await stand.read("a", "b", "c")
    references = {reading.problem.reference for reading in readings if reading.problem}
    assert len(references) == 1
    assert [(line["event"], line["reference"]) for line in lines] == [("reading.failed", references.pop())]


async def test_errors_of_their_own_have_references_of_their_own() -> None:
    stand = Stand()
    stand.told.results = {"a": trouble(), "b": trouble()}
    with capture_logs() as lines:
        a, b = await stand.read("a", "b")
    assert a.problem is not None
    assert b.problem is not None
    assert [line["reference"] for line in lines] == [a.problem.reference, b.problem.reference]
    assert a.problem.reference != b.problem.reference


async def test_what_a_provider_does_wrong_unforeseen_is_internal_with_its_traceback_under_the_reference() -> None:
    stand = Stand()
    stand.told.fault = ZeroDivisionError("the figures of bc1qsomebody")
    with capture_logs() as lines:
        reading = await stand.one()
    assert reading.outcome is Outcome.UNAVAILABLE
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.INTERNAL
    assert "somebody" not in reading.problem.message
    (line,) = lines
    assert line["log_level"] == "error"
    assert line["reference"] == reading.problem.reference
    assert line["exc_info"] is stand.told.fault


async def test_a_fault_costs_nothing_but_its_own_call() -> None:
    stand = Stand()
    stand.told.fault = KeyError("k")
    await stand.one()
    stand.told.fault = None
    assert (await stand.one()).outcome is Outcome.FRESH
    assert len(stand.plane.flights) == 0


async def test_an_answer_of_the_wrong_length_is_believed_for_no_key() -> None:
    readings = await Stand(ForgetfulSource()).read("a", "b", "c")
    assert [reading.outcome for reading in readings] == [Outcome.UNAVAILABLE] * 3
    assert {reading.problem.code for reading in readings if reading.problem} == {ProblemCode.INTERNAL}


async def test_a_call_that_takes_too_long_is_ended_and_told_as_a_timeout() -> None:
    stand = Stand(timeout=0.01)
    stand.told.gate.clear()
    reading = await stand.one(within=5)
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.TIMEOUT
    assert len(stand.plane.flights) == 0


async def test_the_log_of_a_failure_names_no_key_and_no_value() -> None:
    stand = Stand()
    stand.told.results["bc1qsomebody"] = trouble()
    with capture_logs() as lines:
        await stand.one("bc1qsomebody")
    assert "somebody" not in repr(lines)
    assert {"provider", "capability", "code", "detail", "reference", "retry_after"} <= set(lines[0])
