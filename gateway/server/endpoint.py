"""GraphQL over HTTP: Strawberry's view with our own decoding, error codes and page."""

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse
from strawberry.http.base import BaseRequestProtocol
from strawberry.types.execution import ExecutionResult

from gateway.domain.caller import Caller
from gateway.schema.context import Context
from gateway.schema.errors import ErrorCode
from gateway.schema.schema import GatewaySchema
from gateway.server.allowances import retry_after
from gateway.server.masking import mask

log = structlog.get_logger(__name__)

_SECONDS = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?", re.ASCII)


def error_response(status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a request that never became an operation, in the form that GraphQL clients read."""
    error = {"message": message, "extensions": {"code": code.value}}
    return JSONResponse({"errors": [error]}, status_code=status, headers=headers)


def _timeout(header: str | None) -> float | None:
    """Read how long a caller is willing to wait, in seconds."""
    if header is None:
        return None
    if not _SECONDS.fullmatch(header):
        raise HTTPException(400, "X-Request-Timeout is a number of seconds, such as 2 or 0.5.")
    return float(header)


class Endpoint(GraphQL[Context, None]):
    """Answers queries; what a caller sends is decoded strictly, and nothing but JSON comes back."""

    def __init__(self, schema: GatewaySchema, page: str) -> None:
        """`page` is the HTML that a browser gets."""
        super().__init__(schema, subscription_protocols=())
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as refused:
            too_large = refused.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            code = ErrorCode.LIMIT_EXCEEDED if too_large else ErrorCode.BAD_REQUEST
            headers = {"Allow": "GET, POST"} if refused.status_code == HTTPStatus.METHOD_NOT_ALLOWED else None
            response = error_response(refused.status_code, code, refused.reason, headers)
        except Exception:
            reference = secrets.token_hex(6)
            log.exception("request.crashed", reference=reference)
            message = f"Something unforeseen went wrong; the reference is {reference}."
            response = error_response(500, ErrorCode.INTERNAL, message)
        await response(scope, receive, send)

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - the view's own signature
    ) -> Context:
        caller: Caller = request.scope["caller"]
        context: Context = request.state.parts.context(caller, _timeout(request.headers.get("x-request-timeout")))
        return context

    def should_render_graphql_ide(self, request: BaseRequestProtocol) -> bool:
        # A browser asks for HTML by name; other clients that ask for anything want to hear what is missing.
        return (
            request.method == "GET"
            and request.query_params.get("query") is None
            and "text/html" in request.headers.get("accept", "")
        )

    async def render_graphql_ide(self, request: Request) -> Response:  # noqa: ARG002 - the view's own signature
        return HTMLResponse(self._page)

    def decode_json(self, data: str | bytes) -> object:
        # Not every wrong body is a decode error: bad UTF-8 and deep nesting have errors of their own.
        try:
            decoded: object = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
            raise HTTPException(400, "The body is not well-formed JSON in UTF-8.") from None
        return decoded

    def parse_json(self, data: str | bytes) -> Any:
        decoded = self.decode_json(data)
        if not isinstance(decoded, dict):
            raise HTTPException(400, "The body is a JSON object with a query.")
        name = decoded.get("operationName")
        if not isinstance(name, str | None):
            raise HTTPException(400, "operationName is a string or null.")
        return decoded

    def encode_json(self, data: object) -> bytes:
        return msgspec.json.encode(data)

    def create_response(
        self, response_data: GraphQLHTTPResponse | list[GraphQLHTTPResponse], sub_response: Response
    ) -> Response:
        response = super().create_response(response_data, sub_response)
        if isinstance(response_data, dict):
            response.headers.update(retry_after(response_data))
        return response

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        mask(result)
        return await super().process_result(request, result)
