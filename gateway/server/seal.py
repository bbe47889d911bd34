"""Answers for whatever crashes on a request's way in or out, over HTTP and WebSocket alike."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.schema.errors import ErrorCode
from gateway.server.masking import unforeseen
from gateway.server.refusal import error_response

_INTERNAL_ERROR = 1011


class Seal:
    """Lets no exception out: the log has it, and the caller gets the reference of that line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        last = ""

        async def noted(message: Message) -> None:
            nonlocal last
            last = message["type"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as fault:  # noqa: BLE001 - what it is, only the log may tell
            told = unforeseen(fault)
            if scope["type"] == "websocket":
                if last != "websocket.close":
                    await send({"type": "websocket.close", "code": _INTERNAL_ERROR, "reason": ""})
            elif not last:
                await error_response(500, ErrorCode.INTERNAL, told.message)(scope, receive, send)
            # An answer that has begun is cut short by the server: its length does not hold.
