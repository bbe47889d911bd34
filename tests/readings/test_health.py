"""What the gateway knows of its providers: the last success, the last problem, and nothing that is no news."""

import pytest
from structlog.testing import capture_logs

from gateway.domain.clock import Deadline, SystemClock, instant
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.readings.health import Health, ProviderHealth
from gateway.upstream.metrics import Metrics
from tests.readings.clock import StandingClock
from tests.readings.told import Stand, trouble


def _only(stand: Stand) -> ProviderHealth:
    (health,) = stand.plane.health.all()
    return health


async def test_at_the_start_nothing_is_known() -> None:
    health = _only(Stand())
    assert (health.last_success_at, health.last_problem) == (None, None)


async def test_a_success_is_dated_and_a_repeat_from_memory_is_none() -> None:
    stand = Stand()
    await stand.one()
    read_at = stand.clock.time()
    stand.clock.advance(1)
    await stand.one()
    assert _only(stand).last_success_at == read_at
    assert _only(stand).last_problem is None


async def test_a_problem_is_remembered_as_the_caller_saw_it_and_outlives_the_next_success() -> None:
    stand = Stand()
    stand.told.fault = trouble(ProblemCode.RATE_LIMITED)
    reading = await stand.one()
    assert _only(stand).last_problem == reading.problem
    assert _only(stand).last_success_at is None
    stand.told.fault = None
    await stand.one()
    assert _only(stand).last_problem == reading.problem
    assert _only(stand).last_success_at == stand.clock.time()


async def test_one_good_answer_among_failures_is_a_success_too() -> None:
    stand = Stand()
    stand.told.results["bad"] = trouble()
    await stand.read("good", "bad")
    assert _only(stand).last_success_at == stand.clock.time()
    assert _only(stand).last_problem is not None


@pytest.mark.parametrize("code", [ProblemCode.NOT_CONFIGURED, ProblemCode.REJECTED])
def test_what_says_nothing_of_a_providers_health_leaves_it_as_it_was(code: ProblemCode) -> None:
    health = Health(StandingClock(), {Provider.XVERSE: False}, {}, Metrics())
    with capture_logs() as lines:
        problem = health.failed("words_by_key", trouble(code))
    assert problem.code is code
    assert health.all()[0].last_problem is None
    assert lines[0]["reference"] == problem.reference


def test_a_provider_that_is_off_is_no_warning() -> None:
    health = Health(StandingClock(), {Provider.XVERSE: False}, {}, Metrics())
    with capture_logs() as lines:
        health.failed("words_by_key", trouble(ProblemCode.NOT_CONFIGURED))
        health.failed("words_by_key", trouble(ProblemCode.TIMEOUT))
    assert [line["log_level"] for line in lines] == ["info", "warning"]


def test_a_deadline_counts_down_to_nothing_and_no_further() -> None:
    clock = StandingClock()
    deadline = Deadline.after(clock, 5)
    clock.put_back(100)
    assert deadline.remaining() == 5
    clock.advance(3)
    assert deadline.remaining() == 2
    clock.advance(3)
    assert deadline.remaining() == 0


def test_the_machines_clock_tells_the_time_of_day_in_utc_and_a_time_that_never_goes_back() -> None:
    clock = SystemClock()
    assert instant(0).isoformat() == "1970-01-01T00:00:00+00:00"
    assert clock.time() > 1_000_000_000
    assert clock.monotonic() <= clock.monotonic()
