"""What callers see of errors: a stable code on each, and nothing of the gateway's inside."""

import secrets

import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway.schema.errors import BadScalar, CallerError, ErrorCode

log = structlog.get_logger(__name__)


def _chain(error: BaseException) -> list[BaseException]:
    """List an error and what lies under it, the nearest first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        at = (at.original_error if isinstance(at, GraphQLError) else None) or at.__cause__
    return found


def _masked(error: GraphQLError, fault: BaseException) -> GraphQLError:
    reference = secrets.token_hex(6)
    log.error("request.crashed", reference=reference, exc_info=fault)
    return GraphQLError(
        f"Something unforeseen went wrong; the reference is {reference}.",
        nodes=error.nodes,
        path=error.path,
        extensions={"code": ErrorCode.INTERNAL.value, "reference": reference},
    )


def _coded(error: GraphQLError, default: ErrorCode) -> GraphQLError:
    chain = _chain(error)
    told = next((each for each in chain if isinstance(each, CallerError)), None)
    if told is not None:
        error.extensions = {**(told.extensions or {}), **(error.extensions or {})}
        return error
    if any(isinstance(each, BadScalar) for each in chain):
        error.extensions = {"code": ErrorCode.BAD_USER_INPUT.value}
        return error
    fault = next((each for each in chain if not isinstance(each, GraphQLError)), None)
    if isinstance(fault, ValueError) and default is ErrorCode.GRAPHQL_VALIDATION_FAILED:
        # Such as an integer of more digits than Python reads; its message speaks of Python.
        return GraphQLError("A literal is not a value of its type.", error.nodes, extensions={"code": default.value})
    if fault is not None:
        return _masked(error, fault)
    if isinstance(error, GraphQLSyntaxError):
        # Too many tokens are told as a syntax error, and only by these words.
        too_long = "tokens. Parsing aborted" in error.message
        default = ErrorCode.LIMIT_EXCEEDED if too_long else ErrorCode.GRAPHQL_PARSE_FAILED
    error.extensions = {"code": default.value}
    return error


def mask(result: ExecutionResult) -> None:
    """Give each of a result's errors its code, and put a reference in place of what was not foreseen."""
    before = isinstance(result, PreExecutionError)
    # What fails once the document is valid, and is nobody's fault else, is a variable's value.
    default = ErrorCode.GRAPHQL_VALIDATION_FAILED if before else ErrorCode.BAD_USER_INPUT
    if result.errors:
        result.errors = [_coded(error, default) for error in result.errors]
