"""Schemas and apps that are broken in one place each, and a way to serve them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, NewType

import strawberry
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult

from gateway.domain.caller import Caller
from gateway.domain.caller import Scope as CallerScope
from gateway.server.callers import Callers
from gateway.server.endpoint import Endpoint
from gateway.server.masking import SealedSchema
from gateway.server.middleware import Identify
from gateway.server.seal import Seal
from tests.server.crashing import INSIDE, parts

Text = NewType("Text", str)


def _serialize(_: object) -> str:
    raise RuntimeError(INSIDE)


@strawberry.enum
class Colour(Enum):
    RED = "red"


def inside() -> Any:
    """Give what is of no field's type, and would be quoted in an error about it."""
    return INSIDE


@strawberry.type
class Query:
    """Fields that fail in one way each."""

    number: int = strawberry.field(resolver=inside)
    colour: Colour = strawberry.field(resolver=inside)
    numbers: list[int] = strawberry.field(resolver=inside)
    text: Text = strawberry.field(resolver=inside)
    well: str = strawberry.field(resolver=lambda: "well")

    @strawberry.field
    def nothing(self) -> str:
        return None  # type: ignore[return-value]  # that is what is broken here

    @strawberry.field
    def raising(self) -> str:
        raise RuntimeError(INSIDE)

    @strawberry.field
    def told(self) -> str:
        raise GraphQLError(INSIDE, extensions={"code": INSIDE, "trace": INSIDE})

    @strawberry.field
    def grouped(self) -> str:
        raise ExceptionGroup(INSIDE, [ValueError(INSIDE)])

    @strawberry.field
    def echo(self, number: int = 1) -> int:
        return number


def _fail(kind: type[Exception]) -> None:
    raise kind(INSIDE)


class InOperation(SchemaExtension):
    def on_operation(self) -> Iterator[None]:
        _fail(RuntimeError)
        yield


class AfterOperation(SchemaExtension):
    def on_operation(self) -> Iterator[None]:
        yield
        raise ValueError(INSIDE)


class InParsing(SchemaExtension):
    def on_parse(self) -> Iterator[None]:
        _fail(KeyError)
        yield


class InValidation(SchemaExtension):
    def on_validate(self) -> Iterator[None]:
        _fail(ValueError)
        yield


class InValidationTold(SchemaExtension):
    def on_validate(self) -> Iterator[None]:
        _fail(GraphQLError)
        yield


class InExecution(SchemaExtension):
    async def on_execute(self) -> AsyncIterator[None]:
        _fail(RuntimeError)
        yield


class InExecutionTold(SchemaExtension):
    def on_execute(self) -> Iterator[None]:
        _fail(GraphQLError)
        yield


class InResolving(SchemaExtension):
    def resolve(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(INSIDE)


class InResults(SchemaExtension):
    def get_results(self) -> dict[str, Any]:
        raise RuntimeError(INSIDE)


HOOKS: list[type[SchemaExtension]] = [
    InOperation,
    AfterOperation,
    InParsing,
    InValidation,
    InValidationTold,
    InExecution,
    InExecutionTold,
    InResolving,
    InResults,
]


def schema(*hooks: type[SchemaExtension]) -> SealedSchema:
    scalar = strawberry.scalar(name="Text", serialize=_serialize)
    return SealedSchema(query=Query, extensions=hooks, config=StrawberryConfig(scalar_map={Text: scalar}))


class BrokenResult(Endpoint):
    """Fails when the result is there already."""

    async def process_result(self, *_: Any, **__: Any) -> Any:
        raise RuntimeError(INSIDE)


def app(endpoint: ASGIApp, *middleware: Middleware) -> Starlette:
    """Put an endpoint where the gateway has its own, with its callers and its parts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        yield {"parts": parts()}

    callers = Callers({}, Caller(None, frozenset({CallerScope.BALANCES_READ})))
    stack = [Middleware(Seal), *middleware, Middleware(Identify, callers=callers)]
    return Starlette(routes=[Route("/graphql", endpoint)], middleware=stack, lifespan=lifespan)


class Breaking:
    """A middleware that does what it is told at a request."""

    def __init__(self, app: ASGIApp, act: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._act = act

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await self._act(scope, receive, send)


@asynccontextmanager
async def served(broken: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port; give its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(broken, log_config=None, access_log=False))
    # The test's own process keeps its signals.
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take over the signals
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def results(answer: ExecutionResult) -> list[dict[str, Any]]:
    """Give a result's errors as any transport sends them."""
    return [dict(error.formatted) for error in answer.errors or []]
