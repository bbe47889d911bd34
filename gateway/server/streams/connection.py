"""A WebSocket's connection: uvicorn's protocol with a bound on what a caller leaves unread."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from gateway.server.crowd import ConnectionLimits
from gateway.server.reason import Reason, written
from gateway.server.traffic import Traffic
from gateway.server.unread import Unread

# Bytes of a message, and the frames that it may come in.
MAX_MESSAGE: Final = 64 * 1024
_MOST_FRAMES: Final = 64
# Seconds after which it is asked whether anyone is there, and for which the answer may take.
_PING_TIME: Final = 20.0
# Seconds for which a closed connection waits for the other side to close it too.
_CLOSE_TIME: Final = 5.0


class SocketConnection(WebSocketsSansIOProtocol):
    """Cuts off who does not read; until then nothing more is read from it either, nor made for it."""

    def __init__(self, limits: ConnectionLimits, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._traffic: Traffic = self.app_state["traffic"]
        self.close_timeout = _CLOSE_TIME
        self._unread = Unread(self.loop, limits, self._unread_size, self._cut)
        # Of a connection that is closing.
        self._last_clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Whatever the kernel does not take at once counts as unread.
        self.transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        self._unread.end()
        if self._last_clock is not None:
            self._last_clock.cancel()
        super().connection_lost(exc)
        self._traffic.connections.set(len(self.connections))

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:
            # The head has come whole; no more of it is worth waiting for.
            self._traffic.refused(Reason.MALFORMED)
            self.transport.write(written(Reason.MALFORMED))
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        # Else whoever sends pings and reads nothing would fill the buffer with pongs.
        self.transport.pause_reading()
        self._unread.begin()

    def resume_writing(self) -> None:
        self._unread.end()
        super().resume_writing()
        if not self.read_paused:
            self.transport.resume_reading()

    async def receive(self) -> Any:
        message = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return message

    def handle_cont(self, event: Frame) -> None:
        # Frames may be empty, so that their size alone does not bound them.
        if len(self.frames) >= _MOST_FRAMES:
            self.conn.fail(1009, "too many frames")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def shutdown(self) -> None:
        super().shutdown()
        self._unread.end()
        # What the caller does not read keeps a closing connection open.
        self._last_clock = self.loop.call_later(_CLOSE_TIME, self.transport.abort)

    def _unread_size(self) -> int:
        return self.transport.get_write_buffer_size()

    def _cut(self) -> None:
        self._traffic.refused(Reason.UNREAD)
        self.transport.abort()


def websockets(limits: ConnectionLimits) -> Mapping[str, Any]:
    """Give what uvicorn needs to be told to serve WebSockets so."""
    return {
        "ws": partial(SocketConnection, limits),
        "ws_max_size": MAX_MESSAGE,
        # The size of what is compressed would tell what else stands in it.
        "ws_per_message_deflate": False,
        "ws_ping_interval": _PING_TIME,
        "ws_ping_timeout": _PING_TIME,
    }
