"""The Starlette app: routes, middleware and lifespan."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException as RouteException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from gateway import __version__
from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.callers import Callers
from gateway.server.compression import Compression
from gateway.server.endpoint import Endpoint
from gateway.server.guard import Documents, Guard
from gateway.server.head_limit import HeadLimit
from gateway.server.headers import ResponseHeaders
from gateway.server.middleware import BodyLimit, Identify, RequestLog
from gateway.server.origins import Cors
from gateway.server.page import BUILT, PageSettings, page_html, page_policy
from gateway.server.parts import Parts
from gateway.server.refusal import route_refused


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok", "version": __version__})


async def _metrics(request: Request) -> Response:
    return Response(request.state.parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _home(_: Request) -> Response:
    return RedirectResponse("/graphql")


def create_server(
    open_parts: Callable[[], AbstractAsyncContextManager[Parts]],
    callers: Callers,
    limits: RequestLimits,
    page: PageSettings,
    origins: Collection[str] = (),
) -> Starlette:
    """Build the app; `open_parts` is entered when it starts and left when it stops.

    Pages of `origins` may ask from elsewhere.
    """
    documents: list[Documents] = []
    schema = create_schema(extensions=[lambda: Guard(documents[0], limits)])
    documents.append(Documents(schema.graphql, limits))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with open_parts() as parts:
            yield {"parts": parts}

    async def settings(_: Request) -> Response:
        return JSONResponse({"sandbox": page.sandbox, "demoKey": page.demo_key})

    routes = [
        Route("/", _home),
        Route("/graphql", Endpoint(schema, page_html(), origins)),
        Route("/healthz", _healthz),
        Route("/metrics", _metrics),
        Route("/graphiql/settings.json", settings),
    ]
    if BUILT.is_dir():
        routes.append(Mount("/graphiql", StaticFiles(directory=BUILT, html=True)))  # type: ignore[arg-type]  # a Mount is a route too
    middleware = [
        Middleware(RequestLog),
        Middleware(ResponseHeaders, page_policy=page_policy()),
        *([Middleware(Cors, origins=origins)] if origins else []),
        Middleware(HeadLimit),
        Middleware(Identify, callers=callers),
        Middleware(Compression),
        Middleware(BodyLimit),
    ]
    refusals = {RouteException: route_refused}
    return Starlette(routes=routes, middleware=middleware, exception_handlers=refusals, lifespan=lifespan)
