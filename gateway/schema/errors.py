"""Errors that callers see in `errors`: each with a code that stays what it is."""

from enum import StrEnum

from graphql import GraphQLError

from gateway.domain.problem import Problem


class ErrorCode(StrEnum):
    """What is wrong with a request; trouble upstream has the codes of `ProblemCode` instead."""

    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    INTROSPECTION_OFF = "INTROSPECTION_OFF"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    INTERNAL = "INTERNAL"


class CallerError(GraphQLError):
    """An error whose message is meant for the caller."""

    def __init__(self, code: str, message: str, **extensions: object) -> None:
        super().__init__(message, extensions={"code": str(code), **extensions})


class BadScalar(ValueError):
    """Text that a scalar refuses; the executor adds where it stood, and the message is meant for the caller."""


def bad_input(message: str) -> CallerError:
    return CallerError(ErrorCode.BAD_USER_INPUT, message)


def upstream_trouble(problem: Problem) -> CallerError:
    """Report a problem at a field that has no outcome of its own to carry it."""
    return CallerError(
        problem.code,
        problem.message,
        provider=str(problem.provider),
        retryable=problem.retryable,
        retryAfter=problem.retry_after,
        reference=problem.reference,
    )
