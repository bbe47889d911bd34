"""GraphQL over HTTP, to the letter of its draft: decoding, negotiation, status codes and GraphiQL are ours."""

from collections.abc import AsyncGenerator, Collection, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

import msgspec
from cross_web import HTTPException
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.domain.caller import Caller
from gateway.schema.context import Context
from gateway.schema.errors import ErrorCode
from gateway.schema.schema import GatewaySchema
from gateway.server.allowances import retry_after
from gateway.server.answer import answer_of
from gateway.server.asked import names_a_document, read_get, read_post
from gateway.server.masking import unforeseen
from gateway.server.midway import Midway
from gateway.server.operation import execute, only, subscribe
from gateway.server.origins import is_from_another_site
from gateway.server.patience import age_of, timeout_of
from gateway.server.preference import GRAPHQL, JSON, media_type
from gateway.server.refusal import Refusal, error_response, json_response, refusal_response
from gateway.server.streams.form import EVENT_STREAM, Form, form
from gateway.server.streams.response import StreamResponse
from gateway.server.streams.standing import Standing

# The draft's own: there is data and there are errors. Whoever does not know it reads it as 200.
_PARTIAL = 294
# What is not the fault of the document or its variables has a status of its own, whatever the answer is written as.
_STATUS: Mapping[str, int] = {
    ErrorCode.INTERNAL.value: HTTPStatus.INTERNAL_SERVER_ERROR,
    # A step of the dance and no refusal: older clients give up on hashes at a 400.
    ErrorCode.PERSISTED_QUERY_NOT_FOUND.value: HTTPStatus.OK,
}
_BY_METHOD = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}


def _status(answer: GraphQLHTTPResponse, written_as: str) -> int:
    """Give an answer's status; in plain JSON, 200 says only that there is an answer from GraphQL."""
    if "data" in answer:
        return _PARTIAL if answer.get("errors") and written_as == GRAPHQL else HTTPStatus.OK
    errors: Any = answer["errors"]
    codes = [error["extensions"]["code"] for error in errors]
    own = next((_STATUS[code] for code in codes if code in _STATUS), None)
    if written_as != GRAPHQL:
        return own or HTTPStatus.OK
    limited = ErrorCode.RATE_LIMITED.value in codes
    return own or (HTTPStatus.TOO_MANY_REQUESTS if limited else HTTPStatus.BAD_REQUEST)


def _not_served(kind: OperationType, method: str) -> HTTPException:
    if kind is OperationType.SUBSCRIPTION:
        return HTTPException(
            400, f"A subscription is a stream: ask with Accept: {EVENT_STREAM}, or over a WebSocket at the same path."
        )
    message = f"A {kind.value} is not run by {method}: what may change something is posted."
    return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, message, {"Allow": "POST"})


def _wants_page(request: Request) -> bool:
    # A browser asks for HTML by name; other clients that ask for anything want to hear what is missing.
    return (
        request.method == "GET" and not names_a_document(request) and "text/html" in request.headers.get("accept", "")
    )


def _context(request: Request | WebSocket) -> Context:
    caller: Caller = request.scope["caller"]
    context: Context = request.state.parts.context(
        caller, timeout_of(request.headers.get("x-request-timeout")), age_of(request.headers.get("x-max-age"))
    )
    return context


def _dressed(answer: object, status: int, context: Context, written_as: str, *, whole: bool = True) -> Response:
    """Write an answer with what its headers say of its figures; one that is not `whole` has errors."""
    response = json_response(answer, status, context.loaders.freshness.headers(context.now, whole=whole), written_as)
    # Who asks, and how old a figure they accept, may change what they are told.
    response.headers.add_vary_header("Authorization, X-Max-Age")
    response.background = BackgroundTask(_outlive, context)
    return response


async def _outlive(_: Context) -> None:
    """Hold what was read for an answer until it has gone: to let go of it takes time."""


def _stream(request: Request, results: AsyncGenerator[ExecutionResult, None], streamed_as: Form) -> Response:
    standing: Standing = request.scope["standing"]
    lost = partial(standing.lost, request.state.parts.clock)
    return StreamResponse(results, streamed_as, lost, request.state.traffic.closing)


class Endpoint(GraphQL[Context, None]):
    """Answers operations; what a caller sends is decoded strictly, and nothing but JSON or a stream of it comes back.

    Strawberry executes what is new; its own view is passed by, for it knows neither GraphQL's media type nor the
    draft's statuses.
    """

    def __init__(
        self,
        schema: GatewaySchema,
        page: str | None,
        origins: Collection[str] = (),
        midway: Midway | None = None,
    ) -> None:
        """`page` is the HTML that a browser gets, where there is one; pages of `origins` may ask from elsewhere.

        Without `midway` Strawberry executes whatever it is.
        """
        super().__init__(schema, subscription_protocols=())
        self._page = page
        self._midway = midway
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        accept = request.headers.getlist("accept")
        written_as, streamed_as = media_type(accept), form(accept)
        try:
            response = await self._answer(request, written_as, streamed_as)
        except HTTPException as refused:
            response = refusal_response(refused, written_as or JSON)
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller is told its reference and no more
            response = error_response(500, ErrorCode.INTERNAL, unforeseen(fault).message, media_type=written_as or JSON)
        response.headers.add_vary_header("Accept")
        await response(scope, receive, send)

    async def _answer(self, request: Request, written_as: str | None, streamed_as: Form | None) -> Response:
        if request.method not in _BY_METHOD:
            raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Queries are posted, or sent by GET.", {"Allow": "GET, POST"})
        if self._page is not None and _wants_page(request):
            return HTMLResponse(self._page)
        if written_as is None and streamed_as is None:
            raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"Answers are written as {GRAPHQL} or {JSON}.")
        if request.method == "GET" and is_from_another_site(request.headers, self._origins):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, "A page of another origin may not ask; GATEWAY_CORS_ORIGINS lists those that may."
            )
        asked = read_get(request) if request.method == "GET" else await read_post(request)
        body = await request.body() if request.method == "POST" else None
        context = _context(request)
        content = await self._midway.answer(asked, body, context) if self._midway and written_as else None
        if content is not None:
            return _dressed(msgspec.Raw(content), HTTPStatus.OK, context, written_as or JSON)
        try:
            result = await execute(self.schema, asked, context, _BY_METHOD[request.method])
        except InvalidOperationTypeError as wrong:
            if wrong.operation_type is not OperationType.SUBSCRIPTION or streamed_as is None:
                raise _not_served(wrong.operation_type, request.method) from None
            return _stream(request, await subscribe(self.schema, asked, context), streamed_as)
        if written_as is None and streamed_as is not None:
            return _stream(request, only(result), streamed_as)
        return await self._whole(request, context, result, written_as or JSON)

    async def _whole(self, request: Request, context: Context, result: ExecutionResult, written_as: str) -> Response:
        answer = await self.process_result(request, result)
        response = _dressed(answer, _status(answer, written_as), context, written_as, whole="errors" not in answer)
        response.headers.update(retry_after(answer))
        return response

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - the view's own signature
    ) -> Context:
        return _context(request)

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:  # noqa: ARG002 - the view's own signature
        return answer_of(result)
