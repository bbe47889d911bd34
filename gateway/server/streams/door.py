"""Where WebSockets come in: whose pages may open one, how many may be open, and which protocol they speak."""

import time
from collections.abc import Collection

import structlog
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from gateway.schema.errors import ErrorCode
from gateway.server.refusal import error_response
from gateway.server.streams.socket import NO_PROTOCOL, PROTOCOL, TRY_AGAIN, Closed, Socket, Terms

log = structlog.get_logger(__name__)


class Door:
    """Lets WebSockets in; when all places are taken, the one that has been idle for longest makes room."""

    def __init__(self, terms: Terms, connections: int, origins: Collection[str]) -> None:
        """Pages of `origins` may come from elsewhere."""
        self._terms = terms
        self._most = connections
        self._origins = origins
        self._inside: dict[Socket, None] = {}

    def __len__(self) -> int:
        return len(self._inside)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        if not _may_come(websocket.headers, self._origins):
            message = "A page of another origin may not ask; GATEWAY_CORS_ORIGINS lists those that may."
            await websocket.send_denial_response(error_response(403, ErrorCode.FORBIDDEN, message))
            return
        if len(self._inside) >= self._most and not self._make_room():
            message = "As many WebSockets are open as the gateway allows; try again later."
            refusal = error_response(503, ErrorCode.LIMIT_EXCEEDED, message, {"Retry-After": "5"})
            await websocket.send_denial_response(refusal)
            return
        await self._serve(websocket)

    def _make_room(self) -> bool:
        idle = next((each for each in self._inside if each.is_idle), None)
        if idle is None:
            return False
        del self._inside[idle]
        idle.end(Closed(TRY_AGAIN, "Another caller needed the connection."))
        return True

    async def _serve(self, websocket: WebSocket) -> None:
        started = time.perf_counter()
        socket = Socket(websocket, self._terms)
        self._inside[socket] = None
        code = None
        try:
            if PROTOCOL in websocket.scope["subprotocols"]:
                await websocket.accept(PROTOCOL)
                code = await socket.run()
            else:
                await websocket.accept()
                code = NO_PROTOCOL
                await websocket.close(code, "Subprotocol not acceptable")
        finally:
            self._inside.pop(socket, None)
            log.info(
                "websocket.closed",
                code=code,
                operations=socket.asked,
                milliseconds=round((time.perf_counter() - started) * 1000, 1),
                caller=socket.caller.name if socket.caller else None,
            )


def _may_come(headers: Headers, allowed: Collection[str]) -> bool:
    """Say whether a handshake comes from no page, from one of this host, or from one of an allowed origin.

    Browsers do not hold WebSockets to what CORS says; and they always tell the origin.
    """
    origin = headers.get("origin")
    if origin is None or origin in allowed:
        return True
    site = headers.get("sec-fetch-site")
    # Whatever speaks TLS in front of the gateway changes the scheme, and keeps the host.
    return site == "same-origin" if site else origin.partition("://")[2].lower() == headers.get("host", "").lower()
