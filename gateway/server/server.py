"""The Starlette app: routes, middleware and lifespan."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway import __version__
from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.body import BodyLimit
from gateway.server.callers import Callers
from gateway.server.draining import CutOff
from gateway.server.endpoint import Endpoint
from gateway.server.guard import Documents, Guard
from gateway.server.middleware import Identify, RequestLog
from gateway.server.page import BUILT, PageSettings, page_html
from gateway.server.parts import Parts
from gateway.server.shedding import OPERATIONS, Shedding
from gateway.server.traffic import Traffic


async def _healthz(request: Request) -> Response:
    draining = request.state.traffic.draining
    status = {"status": "draining" if draining else "ok", "version": __version__}
    return JSONResponse(status, HTTPStatus.SERVICE_UNAVAILABLE if draining else HTTPStatus.OK)


async def _metrics(request: Request) -> Response:
    return Response(request.state.parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _home(_: Request) -> Response:
    return RedirectResponse("/graphql")


def create_server(
    open_parts: Callable[[], AbstractAsyncContextManager[Parts]],
    callers: Callers,
    limits: RequestLimits,
    page: PageSettings,
    operations: int = OPERATIONS,
) -> Starlette:
    """Build the app; `open_parts` is entered when it starts and left when it stops; `operations` may run at once."""
    documents: list[Documents] = []
    schema = create_schema(extensions=[lambda: Guard(documents[0], limits)])
    documents.append(Documents(schema.graphql, limits))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with open_parts() as parts:
            yield {"parts": parts, "traffic": Traffic(parts.metrics.registry, parts.clock.monotonic)}

    async def settings(_: Request) -> Response:
        return JSONResponse({"sandbox": page.sandbox, "demoKey": page.demo_key})

    routes = [
        Route("/", _home),
        Route("/graphql", Shedding(Endpoint(schema, page_html()), operations)),
        Route("/healthz", _healthz),
        Route("/metrics", _metrics),
        Route("/graphiql/settings.json", settings),
    ]
    if BUILT.is_dir():
        routes.append(Mount("/graphiql", StaticFiles(directory=BUILT, html=True)))  # type: ignore[arg-type]  # a Mount is a route too
    middleware = [
        Middleware(RequestLog),
        Middleware(CutOff),
        Middleware(Identify, callers=callers),
        Middleware(BodyLimit),
    ]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)
