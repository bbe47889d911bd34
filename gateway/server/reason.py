"""Why a stranger is turned away, and what is said to them where anything can still be said."""

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from starlette.responses import Response

from gateway.schema.errors import ErrorCode
from gateway.server.refusal import error_response

MAX_BODY = 256 * 1024
# Seconds after which one who was turned away for lack of room may ask again.
RETRY_AFTER = 1


class Reason(Enum):
    """A reason: the HTTP status that goes with it (0 where the connection is closed without a word), code and words."""

    MALFORMED = (400, ErrorCode.BAD_REQUEST, "This is not well-formed HTTP/1.1.")
    HEAD_TOO_SLOW = (408, ErrorCode.LIMIT_EXCEEDED, "The headers took too long to come.")
    BODY_TOO_SLOW = (408, ErrorCode.LIMIT_EXCEEDED, "The body took too long to come.")
    BODY_TOO_LARGE = (413, ErrorCode.LIMIT_EXCEEDED, f"A request has at most {MAX_BODY} bytes.")
    URL_TOO_LONG = (414, ErrorCode.LIMIT_EXCEEDED, "The URL is too long; a longer query can be sent by POST.")
    BODY_COMPRESSED = (415, ErrorCode.BAD_REQUEST, "A request's body is not compressed: leave Content-Encoding out.")
    HEAD_TOO_LARGE = (431, ErrorCode.LIMIT_EXCEEDED, "The headers are too large or too many.")
    OVERLOADED = (503, ErrorCode.OVERLOADED, "The gateway has as much to do as it can; ask again shortly.")
    STOPPING = (503, ErrorCode.OVERLOADED, "The gateway is stopping; ask again shortly.")
    TOO_MANY_CONNECTIONS = (503, ErrorCode.OVERLOADED, "The gateway has no connection to spare; ask again shortly.")
    PIPELINED = (0, ErrorCode.LIMIT_EXCEEDED, "Too many requests were sent before an answer came.")
    UNREAD = (0, ErrorCode.LIMIT_EXCEEDED, "The answer was not read.")
    CROWDED_OUT = (0, ErrorCode.OVERLOADED, "Another caller needed the connection.")

    def __init__(self, status: int, code: ErrorCode, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message

    @property
    def label(self) -> str:
        """Name the reason as metrics and the log do."""
        return self.name.lower()


def written(why: Reason) -> bytes:
    """Write as bytes what the app would answer, for a connection that is closed afterwards."""
    told = turned_away(why, {"Connection": "close"})
    head = [f"HTTP/1.1 {why.status} {HTTPStatus(why.status).phrase}".encode()]
    head += [name + b": " + value for name, value in told.raw_headers]
    return b"\r\n".join([*head, b"", bytes(told.body)])


def turned_away(why: Reason, headers: Mapping[str, str] | None = None) -> Response:
    """Answer a request that is turned away, in the form that GraphQL clients read."""
    retry = {"Retry-After": str(RETRY_AFTER)} if why.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return error_response(why.status, why.code, why.message, {**retry, **(headers or {})})
