"""Problems: what callers are told of an upstream's failure, and what stays in the log."""

import pytest

from gateway.domain.problem import Problem, ProblemCode, UpstreamError
from gateway.domain.provider import Provider


@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_is_told_in_a_sentence_of_the_gateways_own(code: ProblemCode) -> None:
    problem = Problem.of(UpstreamError(code, Provider.XVERSE, detail="status 418 at field.name"), "ref-1")
    assert problem.message[0].isupper()
    assert problem.message.endswith(".")
    assert "418" not in problem.message
    assert (problem.code, problem.provider, problem.reference) == (code, Provider.XVERSE, "ref-1")


@pytest.mark.parametrize("code", ProblemCode)
def test_asking_again_is_advised_only_where_it_may_help(code: ProblemCode) -> None:
    passing = {"TIMEOUT", "RATE_LIMITED", "UNAVAILABLE", "BEHIND"}
    error = UpstreamError(code, Provider.SFOX, retry_after=7)
    assert error.retryable is Problem.of(error, "ref").retryable is (code.value in passing)
    assert Problem.of(error, "ref").retry_after == 7


def test_the_log_names_provider_code_and_detail() -> None:
    assert str(UpstreamError(ProblemCode.TIMEOUT, Provider.SFOX)) == "SFOX: TIMEOUT"
    detailed = UpstreamError(ProblemCode.PROTOCOL, Provider.XVERSE, detail="amount is missing")
    assert str(detailed) == "XVERSE: PROTOCOL (amount is missing)"


def test_a_problem_can_be_told_in_words_of_its_own() -> None:
    error = UpstreamError(ProblemCode.NOT_CONFIGURED, Provider.SFOX, message="No account here.")
    assert Problem.of(error, "ref").message == "No account here."
