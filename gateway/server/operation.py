"""Runs what was asked for, whichever transport asked: what is done at once, and what goes on."""

from collections.abc import AsyncGenerator, Collection
from typing import Any, cast

from cross_web import HTTPException
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLRequestData
from strawberry.schema.base import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.schema.context import Context


async def execute(
    schema: BaseSchema, asked: GraphQLRequestData, context: Context, kinds: Collection[OperationType]
) -> ExecutionResult:
    """Execute a query or a mutation; raises `HTTPException` where there is none.

    Another kind of operation raises `InvalidOperationTypeError`, before it is validated and paid for.
    """
    try:
        return await schema.execute(
            asked.query,
            variable_values=asked.variables,
            context_value=context,
            operation_name=asked.operation_name,
            allowed_operation_types=kinds,
            operation_extensions=asked.extensions,
        )
    except MissingQueryError:
        raise HTTPException(400, "A request has a query.") from None
    except CannotGetOperationTypeError:
        raise HTTPException(400, "operationName must name one of the document's operations.") from None


async def subscribe(
    schema: BaseSchema, asked: GraphQLRequestData, context: Context
) -> AsyncGenerator[ExecutionResult, None]:
    """Give the results of a subscription; the first of them says so where it is refused."""
    results: Any = await schema.stream(
        asked.query,
        variable_values=asked.variables,
        context_value=context,
        operation_name=asked.operation_name,
        allowed_operation_types={OperationType.SUBSCRIPTION},
        operation_extensions=asked.extensions,
    )
    return cast("AsyncGenerator[ExecutionResult, None]", results)


async def only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    """Give one result where several may be."""
    yield result
