"""How a request is refused that never became an operation: in the form that GraphQL clients read."""

from collections.abc import Mapping
from typing import cast

import msgspec
from cross_web import HTTPException
from starlette.exceptions import HTTPException as RouteException
from starlette.requests import Request
from starlette.responses import Response

from gateway.schema.errors import ErrorCode
from gateway.server.preference import JSON

# What no request of a better form would have changed is told by a code of its own.
_CODES = {403: ErrorCode.FORBIDDEN, 500: ErrorCode.INTERNAL}


class Refusal(HTTPException):
    """A request that is turned away, with what the answer must say in its headers."""

    def __init__(self, status_code: int, reason: str, headers: Mapping[str, str]) -> None:
        super().__init__(status_code, reason)
        self.headers = headers


def error_response(
    status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """Answer with one error."""
    error = {"message": message, "extensions": {"code": code.value}}
    return json_response({"errors": [error]}, status, headers, media_type)


def json_response(
    body: object, status: int = 200, headers: Mapping[str, str] | None = None, media_type: str = JSON
) -> Response:
    """Write an answer as JSON of one of GraphQL's two types."""
    return Response(msgspec.json.encode(body), status, headers, f"{media_type}; charset=utf-8")


def refusal_response(refused: HTTPException, media_type: str) -> Response:
    """Answer as a refusal says."""
    code = _CODES.get(refused.status_code, ErrorCode.BAD_REQUEST)
    headers = refused.headers if isinstance(refused, Refusal) else None
    return error_response(refused.status_code, code, refused.reason, headers, media_type)


def route_refused(_: Request, refused: Exception) -> Response:
    """Answer where the routes lead nowhere, or a route does not know the method."""
    # The only kind that it is given.
    refused = cast("RouteException", refused)
    return error_response(refused.status_code, ErrorCode.BAD_REQUEST, f"{refused.detail}.", refused.headers)
