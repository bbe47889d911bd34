"""Bounds for what comes before a body: the URL's query and the headers."""

from http import HTTPStatus

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.schema.errors import ErrorCode
from gateway.server.refusal import error_response

# Bytes. Longer queries are posted; a token with many claims has a few thousand.
MAX_QUERY_STRING = 16 * 1024
MAX_HEADERS = 32 * 1024


class HeadLimit:
    """Turns away URLs and headers that are too long to be anything that a client needs to say there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif len(scope["query_string"]) > MAX_QUERY_STRING:
            message = f"A URL's query has at most {MAX_QUERY_STRING} bytes; post what is longer."
            refusal = error_response(HTTPStatus.REQUEST_URI_TOO_LONG, ErrorCode.LIMIT_EXCEEDED, message)
            await refusal(scope, receive, send)
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            message = f"A request's headers have at most {MAX_HEADERS} bytes."
            await error_response(status, ErrorCode.LIMIT_EXCEEDED, message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)
