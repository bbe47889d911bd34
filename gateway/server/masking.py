"""What callers see of errors: a stable code on each, and nothing of the gateway's inside."""

import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import structlog
from graphql import FieldNode, GraphQLError, GraphQLSyntaxError
from graphql.validation.validate import ValidationAbortedError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult, PreExecutionError

from gateway.schema.errors import BadScalar, CallerError, ErrorCode
from gateway.schema.schema import GatewaySchema
from gateway.server.discretion import Discretion

log = structlog.get_logger(__name__)

# What Strawberry itself says of a request, in words for its caller.
_OF_THE_REQUEST = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)
# What graphql-core says of variables without naming a place in the document.
_PLACELESS = ("Variable values are nested too deeply.", "Too many errors processing variables")


def unforeseen(fault: BaseException) -> CallerError:
    """Log a fault with its traceback, and give what a caller may know of it: the reference of that line."""
    reference = secrets.token_hex(6)
    log.error("request.crashed", reference=reference, exc_info=fault)
    message = f"Something unforeseen went wrong; the reference is {reference}."
    return CallerError(ErrorCode.INTERNAL, message, reference=reference)


def _chain(error: BaseException) -> list[BaseException]:
    """List an error and what lies under it, the nearest first."""
    found: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in found:
        found.append(at)
        # What graphql-core raises an error of its own from, such as a KeyError for a value that an enumeration does not
        # have, is no fault; what it wraps is in `original_error`.
        at = at.original_error if isinstance(at, GraphQLError) else at.__cause__
    return found


def _masked(error: GraphQLError, fault: BaseException) -> GraphQLError:
    told = unforeseen(fault)
    return GraphQLError(told.message, error.nodes, path=error.path, original_error=told, extensions=told.extensions)


def _is_callers(error: GraphQLError) -> bool:
    """Say whether an error that nothing lies under is about what was asked.

    A field that has begun is asked rightly, but for the values of its arguments; what is wrong with the field itself
    is what a resolver raised or gave, and its message may quote that. What a hook raises stands nowhere.
    """
    if error.path is not None:
        return not any(isinstance(node, FieldNode) for node in error.nodes or ())
    placeless = isinstance(error, GraphQLSyntaxError | ValidationAbortedError) or error.message.startswith(_PLACELESS)
    return placeless or bool(error.nodes)


def _coded(error: GraphQLError, *, before: bool) -> GraphQLError:
    chain = _chain(error)
    told = next((each for each in chain if isinstance(each, CallerError)), None)
    if told is not None:
        error.extensions = {**(told.extensions or {}), **(error.extensions or {})}
        return error
    # What fails once the document is valid, and is nobody's fault else, is a variable's value.
    code = ErrorCode.GRAPHQL_VALIDATION_FAILED if before else ErrorCode.BAD_USER_INPUT
    fault = next((each for each in chain if not isinstance(each, GraphQLError)), None)
    if isinstance(fault, BadScalar):
        code = ErrorCode.BAD_USER_INPUT
    elif isinstance(fault, _OF_THE_REQUEST):
        code = ErrorCode.BAD_REQUEST
    elif isinstance(fault, ValueError) and before and error.nodes:
        # Such as an integer of more digits than Python reads; its message speaks of Python.
        error = GraphQLError("A literal is not a value of its type.", error.nodes)
    elif fault is not None or not _is_callers(error):
        return _masked(error, fault or error)
    elif isinstance(error, GraphQLSyntaxError):
        # Too many tokens are told as a syntax error, and only by these words.
        too_long = "tokens. Parsing aborted" in error.message
        code = ErrorCode.LIMIT_EXCEEDED if too_long else ErrorCode.GRAPHQL_PARSE_FAILED
    error.extensions = {"code": code.value}
    return error


def _discreet(error: GraphQLError, discretion: Discretion) -> GraphQLError:
    if not any(isinstance(each, CallerError) for each in _chain(error)):
        error.message = discretion.strike(error.message, error.source.body if error.source else "")
    return error


def mask(result: ExecutionResult, discretion: Discretion | None = None) -> None:
    """Give each of a result's errors its code, and put a reference in place of what was not foreseen.

    A result may pass here twice: what is masked stays as it is.
    """
    before = isinstance(result, PreExecutionError)
    if result.errors:
        result.errors = [_coded(error, before=before) for error in result.errors]
    if result.errors and discretion is not None:
        result.errors = [_discreet(error, discretion) for error in result.errors]


class SealedSchema(GatewaySchema):
    """A schema whose every result is masked, whichever transport asked for it."""

    discretion: Discretion | None = None

    async def execute(self, *args: Any, **kwargs: Any) -> ExecutionResult:
        result = await super().execute(*args, **kwargs)
        mask(result, self.discretion)
        return result

    async def stream(self, *args: Any, **kwargs: Any) -> Any:
        return self._sealed(await super().stream(*args, **kwargs))

    async def _sealed(self, results: Any) -> AsyncGenerator[ExecutionResult, None]:
        try:
            async with aclosing(results):
                async for result in results:
                    mask(result, self.discretion)
                    yield result
        except Exception as fault:  # noqa: BLE001 - hooks may raise anything, and a stream lets it pass
            told = fault if isinstance(fault, CallerError) else unforeseen(fault)
            yield PreExecutionError(data=None, errors=[told])
