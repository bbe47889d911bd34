"""An operation's result as it is told: over plain HTTP, as an event, or as a message."""

from typing import cast

from graphql import GraphQLError
from strawberry.http import GraphQLHTTPResponse, process_result
from strawberry.types.execution import ExecutionResult

from gateway.server.masking import mask


def is_refused(result: ExecutionResult) -> bool:
    """Say whether nothing was executed."""
    return result.data is None and not any(error.path for error in result.errors or ())


def answer_of(result: ExecutionResult) -> GraphQLHTTPResponse:
    """Give what a client is told; where nothing was executed there is no data, not even null."""
    mask(result)
    answer = process_result(result)
    if is_refused(result):
        answer.pop("data")
    return answer


def refused_answer(error: GraphQLError) -> GraphQLHTTPResponse:
    """Give what a client is told that may not go on."""
    return cast("GraphQLHTTPResponse", {"errors": [error.formatted]})
