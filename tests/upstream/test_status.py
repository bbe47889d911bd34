"""What a status means: always an error with a code of its own, and a wait only where it makes sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.upstream.status import MAX_RETRY_AFTER, error_of, retry_after


@given(st.integers(100, 999))
def test_every_status_has_a_meaning_and_only_the_servers_own_faults_are_worth_another_try(status: int) -> None:
    error = error_of(Provider.XVERSE, status)
    assert (error.provider, error.retry_after) == (Provider.XVERSE, None)
    assert str(status) in error.detail
    assert error.code is not ProblemCode.INTERNAL
    if status >= 500 and status != 501:
        assert error.code is ProblemCode.UNAVAILABLE
    assert error.retryable == (error.code in {ProblemCode.UNAVAILABLE, ProblemCode.RATE_LIMITED})


@pytest.mark.parametrize("status", [100, 201, 204, 206, 301, 302, 304, 402, 405, 406, 410, 415, 418, 451, 501])
def test_a_status_that_no_provider_documents_is_a_breach_of_protocol(status: int) -> None:
    assert error_of(Provider.XVERSE, status).code is ProblemCode.PROTOCOL


def test_a_provider_may_mean_something_of_its_own() -> None:
    overrides = {404: ProblemCode.PROTOCOL}
    assert error_of(Provider.SFOX, 404, overrides=overrides).code is ProblemCode.PROTOCOL
    assert error_of(Provider.SFOX, 401, overrides=overrides).code is ProblemCode.UPSTREAM_UNAUTHENTICATED


@given(st.integers(0, MAX_RETRY_AFTER))
def test_whole_seconds_up_to_an_hour_are_passed_on(seconds: int) -> None:
    assert retry_after(str(seconds)) == seconds


@given(st.none() | st.text() | st.integers(min_value=MAX_RETRY_AFTER + 1).map(str) | st.floats().map(str))
def test_any_other_wait_counts_as_not_told(value: str | None) -> None:
    seconds = retry_after(value)
    assert seconds is None or (value is not None and value.isdecimal() and 0 <= seconds <= MAX_RETRY_AFTER)
