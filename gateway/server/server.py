"""The Starlette app: routes, middleware and lifespan."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from http import HTTPStatus
from typing import Any, cast

from starlette.applications import Starlette
from starlette.exceptions import HTTPException as RouteException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from gateway import __version__
from gateway.execution.compiler import Compiler
from gateway.execution.event import Events
from gateway.execution.fragment import Fragments
from gateway.execution.plans import Plans
from gateway.schema.compiled import DECLARATIONS
from gateway.schema.limits import RequestLimits
from gateway.schema.schema import GatewaySchema, create_schema
from gateway.schema.subscription import Subscription
from gateway.server.body import BodyLimit
from gateway.server.callers import Callers
from gateway.server.compiled import Compiled
from gateway.server.compression import Compression
from gateway.server.discretion import Discretion
from gateway.server.documents import Documents
from gateway.server.draining import CutOff
from gateway.server.endpoint import Endpoint
from gateway.server.exposure import Exposure
from gateway.server.guard import Guard
from gateway.server.headers import ResponseHeaders
from gateway.server.introspection import NoIntrospection
from gateway.server.lines import Lines, Write
from gateway.server.manifest import read_manifest
from gateway.server.masking import SealedSchema
from gateway.server.middleware import Identify, RequestLog
from gateway.server.midway import Midway
from gateway.server.origins import Cors
from gateway.server.page import BUILT, PageSettings, page_html, page_policy
from gateway.server.parts import Parts
from gateway.server.persisted import Automatic, Named, Persisted, Trusted
from gateway.server.refusal import route_refused
from gateway.server.repeated import Repeated
from gateway.server.seal import Seal
from gateway.server.shedding import OPERATIONS, Shedding
from gateway.server.straight import PATH, Straight
from gateway.server.streams.door import Door
from gateway.server.streams.limits import StreamLimits
from gateway.server.streams.listeners import Counted, Listeners
from gateway.server.streams.metrics import count_streams
from gateway.server.streams.socket import INIT_TIME, Terms
from gateway.server.traffic import Traffic
from gateway.server.varied import Varied
from gateway.server.wallet_rows import WalletRows

# Bytes of written pieces that are kept beside what they were written from.
_FRAGMENTS = 64 * 1024 * 1024


async def _healthz(request: Request) -> Response:
    draining = request.state.traffic.draining
    status = {"status": "draining" if draining else "ok", "version": __version__}
    return JSONResponse(status, HTTPStatus.SERVICE_UNAVAILABLE if draining else HTTPStatus.OK)


async def _metrics(request: Request) -> Response:
    return Response(request.state.parts.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def _home(_: Request) -> Response:
    return RedirectResponse("/graphql")


def _create_schema(
    limits: RequestLimits, exposure: Exposure, listeners: Listeners, subscription: type
) -> tuple[GatewaySchema, Varied]:
    """Give the schema with all that stands before execution, and the short way around it; raises `BadManifest`."""
    # The extensions are made for each request, when both lists have their one entry.
    documents: list[Documents] = []
    persisted: list[Persisted] = []
    plans: list[Plans] = []
    events = Events()
    extensions = [
        lambda: Named(persisted[0]),
        lambda: Guard(documents[0], limits),
        WalletRows,
        lambda: Counted(listeners),
        lambda: Compiled(plans[0], events, explains=exposure.explains),
    ]
    schema = cast("SealedSchema", create_schema(extensions, SealedSchema, subscription=subscription))
    plans.append(Plans(Compiler(schema.graphql, DECLARATIONS, Fragments(_FRAGMENTS))))
    documents.append(Documents(schema.graphql, limits, [] if exposure.introspection else [NoIntrospection]))
    manifest = exposure.trusted_documents
    persisted.append(Trusted(read_manifest(manifest), documents[0]) if manifest else Automatic())
    schema.discretion = None if exposure.names else Discretion(schema.graphql)
    return schema, Varied(persisted[0], documents[0], plans[0], limits, explains=exposure.explains)


def create_server(
    open_parts: Callable[[], AbstractAsyncContextManager[Parts]],
    callers: Callers,
    limits: RequestLimits,
    page: PageSettings,
    *,
    origins: Collection[str] = (),
    exposure: Exposure = Exposure(),  # noqa: B008 - frozen, and the same for all
    operations: int = OPERATIONS,
    stream_limits: StreamLimits = StreamLimits(),  # noqa: B008 - the same
    subscription: type = Subscription,
    init_time: float = INIT_TIME,
    write_lines: Write | None = None,
) -> Starlette:
    """Build the app; `open_parts` is entered when it starts and left when it stops. Raises `BadManifest`.

    Pages of `origins` may ask from elsewhere; `operations` may run at once.
    A WebSocket has `init_time` seconds to say who it is. `write_lines` takes the log's lines of requests, many at once.
    """
    lines = Lines(write_lines)
    listeners = Listeners(stream_limits)
    schema, varied = _create_schema(limits, exposure, listeners, subscription)
    repeated = Repeated()
    html = page_html() if exposure.page else None
    endpoint = Shedding(Endpoint(schema, html, origins, Midway(varied, repeated)), operations)
    terms = Terms(schema, callers, endpoint, limits.max_subscriptions_per_connection, init_time)
    door = Door(terms, stream_limits.connections, origins)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with open_parts() as parts:
            count_streams(parts.metrics.registry, listeners, door)
            note = partial(lines.note, "POST", PATH.decode())
            straight = Straight(parts, parts.runs, callers, repeated, varied, note)
            traffic = Traffic(parts.metrics.registry, parts.clock.monotonic)
            yield {"parts": parts, "traffic": traffic, "straight": straight}
            lines.flush()

    async def settings(_: Request) -> Response:
        return JSONResponse({"sandbox": page.sandbox, "demoKey": page.demo_key})

    routes: list[BaseRoute] = [
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", door),
        Route("/healthz", _healthz),
        Route("/metrics", _metrics),
    ]
    if exposure.page:
        routes += [Route("/", _home), Route("/graphiql/settings.json", settings)]
        routes += [Mount("/graphiql", StaticFiles(directory=BUILT, html=True))] if BUILT.is_dir() else []
    middleware = [
        Middleware(RequestLog, lines=lines),
        Middleware(ResponseHeaders, page_policy=page_policy()),
        *([Middleware(Cors, origins=origins)] if origins else []),
        Middleware(CutOff),
        Middleware(Seal),
        Middleware(Identify, callers=callers),
        Middleware(Compression),
        Middleware(BodyLimit),
    ]
    refusals = {RouteException: route_refused}
    return Starlette(routes=routes, middleware=middleware, exception_handlers=refusals, lifespan=lifespan)
