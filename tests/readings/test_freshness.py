"""What a response says of its age is true of every figure in it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.problem import Problem, ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, Provenance, Reading, ServedFrom
from gateway.loaders.freshness import Freshness

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROBLEM = Problem.of(UpstreamError(ProblemCode.TIMEOUT, Provider.XVERSE), "r")
UNAVAILABLE: Reading[str] = Reading(Outcome.UNAVAILABLE, problem=PROBLEM)


def fresh(age: float, accepted: float, outcome: Outcome = Outcome.FRESH) -> Reading[str]:
    read_at = NOW - timedelta(seconds=age)
    provenance = Provenance(Provider.XVERSE, "ask", read_at, ServedFrom.CACHE, None)
    return Reading(outcome, "v", provenance=provenance, good_until=read_at + timedelta(seconds=accepted))


def told(*readings: Reading[str], private: bool = False, whole: bool = True) -> dict[str, str]:
    freshness = Freshness()
    for reading in readings:
        freshness.note(reading, private=private)
    return dict(freshness.headers(NOW, whole=whole))


def test_it_tells_the_oldest_figures_age_and_what_is_left_of_the_first_to_go() -> None:
    headers = told(fresh(3.9, 10), fresh(1, 5))
    assert headers == {"Age": "3", "Cache-Control": "max-age=7"}


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1))
def test_what_remains_is_never_more_than_any_figure_has_left(figures: list[tuple[int, int]]) -> None:
    headers = told(*(fresh(age, age + left) for age, left in figures))
    remaining = int(headers["Cache-Control"].removeprefix("max-age=")) - int(headers["Age"])
    assert remaining == min(left for _, left in figures)
    assert int(headers["Age"]) == max(age for age, _ in figures)


def test_an_absence_has_an_age_as_well() -> None:
    assert told(fresh(1, 2, Outcome.ABSENT)) == {"Age": "1", "Cache-Control": "max-age=2"}


@pytest.mark.parametrize(
    "reading",
    [
        UNAVAILABLE,
        Reading(Outcome.STALE, "v", PROBLEM, fresh(900, 10).provenance),
    ],
)
def test_a_response_with_trouble_in_it_is_not_kept(reading: Reading[str]) -> None:
    assert told(fresh(1, 10), reading) == {"Cache-Control": "no-store"}


def test_a_response_with_an_exchange_figure_is_private_and_not_kept_whatever_else_is_in_it() -> None:
    freshness = Freshness()
    freshness.note(fresh(0, 10), private=False)
    freshness.note(fresh(0, 10), private=True)
    freshness.note(fresh(0, 10), private=False)
    assert freshness.headers(NOW) == {"Cache-Control": "private, no-store"}


def test_a_response_with_errors_or_without_any_figure_is_not_kept() -> None:
    assert told(fresh(0, 10), whole=False) == {"Cache-Control": "no-store"}
    assert told() == {"Cache-Control": "no-store"}
