"""What every HTTP request passes on its way in: the caller's key, and one line in the log."""

import math
import time
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.schema.errors import ErrorCode
from gateway.server.callers import BadKey, Callers, CannotTell
from gateway.server.lines import Lines
from gateway.server.refusal import error_response
from gateway.server.streams.standing import Standing

# As others log it: the caller went away, or was cut off, before there was an answer.
_GONE = 499


class Identify:
    """Finds out who is asking before anything else is done for them."""

    def __init__(self, app: ASGIApp, callers: Callers) -> None:
        self._app = app
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = await self._refused(scope)
            if refusal:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refused(self, scope: Scope) -> Response | None:
        """Note who is asking; give the answer to a request of which that cannot be said."""
        given = Headers(scope=scope).getlist("authorization")
        # Of several, another reader might take another one: together they are nobody's key.
        shown = ", ".join(given) if given else None
        try:
            caller = scope["caller"] = await self._callers.identify(shown)
            scope["standing"] = Standing(self._callers, caller, shown)
        except BadKey as wrong:
            headers = {"WWW-Authenticate": wrong.challenge}
            return error_response(HTTPStatus.UNAUTHORIZED, ErrorCode.UNAUTHENTICATED, str(wrong), headers)
        except CannotTell as trouble:
            headers = {"Retry-After": str(math.ceil(trouble.retry_after) or 1)}
            return error_response(HTTPStatus.SERVICE_UNAVAILABLE, ErrorCode.UNAVAILABLE, str(trouble), headers)
        return None


class RequestLog:
    """Writes one line for each request: never its query, its addresses or its key."""

    def __init__(self, app: ASGIApp, lines: Lines) -> None:
        self._app = app
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = _GONE

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            # Those whom load shedding turned away have a line for all of them together.
            if not scope.get("is_told"):
                caller = scope.get("caller")
                seconds = time.perf_counter() - started
                self._lines.note(scope["method"], scope["path"], status, caller.name if caller else None, seconds)
