"""Retries: what is worth asking again, how long to wait before it, and never past the deadline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.clock import Deadline
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.sources import Effort
from gateway.upstream.retry import Refusal, RetryPolicy, retrying
from tests.plane.clock import HeldClock

WORTH_IT = {ProblemCode.RATE_LIMITED, ProblemCode.UNAVAILABLE, ProblemCode.TIMEOUT, ProblemCode.BEHIND}
QUICK = RetryPolicy(3, first_wait=0.0001)


def trouble(code: ProblemCode = ProblemCode.UNAVAILABLE, retry_after: float | None = None) -> UpstreamError:
    return UpstreamError(code, Provider.XVERSE, retry_after=retry_after)


async def attempts(
    policy: RetryPolicy, *errors: Exception, seconds: float = 10, hosts_left: int = 0
) -> tuple[int, Exception | None]:
    """Fail with each error in turn and then succeed; give how often was tried, and what came of it.

    The deadline's clock stands still, so that only waits can pass it.
    """
    failures = list(errors)
    tries = 0

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        if failures:
            raise failures.pop(0)

    def another_host() -> bool:
        return tries <= hosts_left

    try:
        await retrying(policy, Effort(Deadline.after(HeldClock(), seconds)), another_host)(attempt)
    except (UpstreamError, RuntimeError) as error:
        return tries, error
    return tries, None


@pytest.mark.parametrize("code", list(ProblemCode))
async def test_only_what_may_go_away_by_itself_is_asked_again(code: ProblemCode) -> None:
    error = trouble(code)
    assert await attempts(QUICK, error) == ((2, None) if code in WORTH_IT else (1, error))


@pytest.mark.parametrize("code", [ProblemCode.RATE_LIMITED, ProblemCode.UNAVAILABLE])
async def test_a_refusal_of_the_gateways_own_is_not_asked_again(code: ProblemCode) -> None:
    refusal = Refusal(code, Provider.XVERSE)
    assert await attempts(QUICK, refusal) == (1, refusal)


async def test_a_fault_of_the_gateways_own_is_not_repeated() -> None:
    fault = RuntimeError("ours")
    assert await attempts(QUICK, fault) == (1, fault)


@pytest.mark.parametrize("retries", [0, 1, 3, 5])
async def test_a_call_is_repeated_as_often_as_its_policy_says_and_fails_with_its_last_error(retries: int) -> None:
    errors = [trouble() for _ in range(10)]
    assert await attempts(RetryPolicy(retries, first_wait=0.0001), *errors) == (retries + 1, errors[retries])


async def test_a_call_that_succeeds_in_the_end_has_not_failed() -> None:
    assert await attempts(QUICK, *(trouble() for _ in range(3))) == (4, None)


@given(st.floats(0.01, 10), st.integers(1, 6))
def test_waits_double_with_up_to_a_quarter_of_jitter(first_wait: float, tries: int) -> None:
    wait = RetryPolicy(5, first_wait).wait(trouble(), tries)
    assert first_wait * 2 ** (tries - 1) <= wait <= first_wait * 2 ** (tries - 1) * 1.25


def test_those_who_failed_together_do_not_return_together() -> None:
    assert len({RetryPolicy(5, 1).wait(trouble(), 1) for _ in range(20)}) > 1


@pytest.mark.parametrize("told", [0, 0.25, 7, 3600])
def test_a_wait_that_was_told_is_kept_to_the_letter(told: float) -> None:
    assert RetryPolicy(5, 1).wait(trouble(ProblemCode.RATE_LIMITED, told), 3) == told


@pytest.mark.parametrize(("seconds", "tries"), [(30, 1), (29.9, 1), (0, 1)])
async def test_no_wait_that_was_told_reaches_the_deadline(seconds: float, tries: int) -> None:
    error = trouble(ProblemCode.RATE_LIMITED, 30)
    assert await attempts(QUICK, error, seconds=seconds) == (tries, error)


async def test_no_wait_of_the_gateways_own_reaches_the_deadline() -> None:
    error = trouble()
    assert await attempts(RetryPolicy(3, first_wait=10), error, seconds=10) == (1, error)


async def test_where_another_host_is_left_nothing_is_waited_for() -> None:
    patient = RetryPolicy(5, first_wait=1000)
    errors = [trouble(ProblemCode.RATE_LIMITED, 1000), trouble(), trouble(), trouble()]
    # Two hosts more than the first: both are asked at once, and after them no wait fits.
    assert await attempts(patient, *errors, seconds=1, hosts_left=2) == (3, errors[2])


async def test_even_for_another_host_a_deadline_that_has_passed_is_the_end() -> None:
    error = trouble()
    assert await attempts(QUICK, error, seconds=0, hosts_left=2) == (1, error)
