"""Extensions are asked at each event for all that the library would ask them for."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import strawberry
from strawberry.extensions import SchemaExtension
from strawberry.types import StreamExecutionResult
from strawberry.types.execution import ExecutionResult

from gateway.schema.schema import GatewaySchema


@strawberry.type
class _Query:
    """Nothing to ask."""

    nothing: int


@strawberry.type
class _Subscription:
    """Two events."""

    @strawberry.subscription
    async def counted(self) -> AsyncGenerator[int, None]:
        yield 1
        yield 2


class _Waiting(SchemaExtension):
    """Waits for what it tells."""

    async def get_results(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        return {"waited": True, "said": "first"}


class _Changing(SchemaExtension):
    """Changes each event as it passes, and what was said before it."""

    async def on_stream_result(self, result: StreamExecutionResult) -> AsyncIterator[None]:
        assert isinstance(result, ExecutionResult)
        result.data = {"changed": result.data}
        yield

    def get_results(self) -> dict[str, Any]:
        return {"said": "last"}


async def test_hooks_and_results_of_extensions_are_those_that_the_library_asks_for() -> None:
    heard = []
    for kind in (GatewaySchema, strawberry.Schema):
        schema = kind(query=_Query, subscription=_Subscription, extensions=[_Waiting, _Changing])
        results: Any = await schema.subscribe("subscription { counted }")
        heard.append([(each.data, each.extensions) async for each in results])
    assert heard[0] == heard[1]
    assert heard[0] == [({"changed": {"counted": number}}, {"waited": True, "said": "last"}) for number in (1, 2)]
