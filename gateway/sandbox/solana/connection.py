"""One WebSocket of the node: what it watches, and its messages in order, whole or broken."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from gateway.sandbox.solana.parameters import Config
from gateway.sandbox.wire import Json

# The node reads no longer message; whoever sends one is dropped.
_LONGEST_HEARD: Final = 4096
_OVERSIZE = 6 * 2**20
_SHORT, _SHORT_LENGTH, _LONG = 126, 2**16, 127
_WHOLE_TEXT = 0x81


@dataclass(slots=True)
class Watch:
    """A subscription: an account as one commitment sees it, and which state of it was told last."""

    address: str
    options: Config
    modified: int | None


class _Manner(Enum):
    WHOLE = auto()
    HALF = auto()
    HANG_UP = auto()
    SILENCE = auto()


class Connection:
    """What is said comes out in order, each message after the node's latency."""

    def __init__(self, delay: Callable[[], float]) -> None:
        self.watches: dict[int, Watch] = {}
        self._delay = delay
        self._outbox: asyncio.Queue[tuple[_Manner, bytes]] = asyncio.Queue()
        self._held: list[bytes] = []
        self._is_silent = False

    def say(self, body: bytes) -> None:
        self._outbox.put_nowait((_Manner.WHOLE, body))

    def say_in_turn(self, body: bytes) -> None:
        """Say it, and after it what was held back."""
        self.say(body)
        for held in self._held:
            self.say(held)
        self._held.clear()

    def hold(self, body: bytes) -> None:
        self._held.append(body)

    def say_half(self, body: bytes) -> None:
        """Say half of it, and hang up."""
        self._outbox.put_nowait((_Manner.HALF, body))

    def say_too_much(self, body: bytes) -> None:
        self.say(body + b" " * _OVERSIZE)

    def hang_up(self) -> None:
        self._outbox.put_nowait((_Manner.HANG_UP, b""))

    def fall_silent(self) -> None:
        self._outbox.put_nowait((_Manner.SILENCE, b""))

    def shown(self) -> Json:
        return [
            {"subscription": number, "account": watch.address, "commitment": watch.options.commitment}
            for number, watch in self.watches.items()
        ]

    async def serve(
        self, request: web.Request, hear: Callable[[bytes], None], closing: asyncio.Event
    ) -> web.StreamResponse:
        """Upgrade and talk; `hear` is given each message, and raises UnicodeDecodeError where the node hangs up."""
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=_LONGEST_HEARD)
        await socket.prepare(request)
        tasks = [
            asyncio.create_task(self._read(socket, hear)),
            asyncio.create_task(self._write(socket, request)),
            asyncio.create_task(closing.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if closing.is_set() and not socket.closed:
                await socket.close(code=WSCloseCode.GOING_AWAY, drain=False)
            _hang_up(request)
        return socket

    async def _read(self, socket: web.WebSocketResponse, hear: Callable[[bytes], None]) -> None:
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.PING and not self._is_silent:
                await socket.pong(message.data)
            elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                body = message.data if isinstance(message.data, bytes) else message.data.encode()
                try:
                    hear(body)
                except UnicodeDecodeError:
                    return
            elif message.type not in (WSMsgType.PING, WSMsgType.PONG):
                return

    async def _write(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        while True:
            manner, body = await self._outbox.get()
            if manner is _Manner.SILENCE:
                self._is_silent = True
            if manner is _Manner.HANG_UP:
                return
            if self._is_silent:
                continue
            await asyncio.sleep(self._delay())
            if manner is _Manner.WHOLE:
                await socket.send_frame(body, WSMsgType.TEXT)
            elif request.transport is not None:
                frame = _frame(body)
                request.transport.write(frame[: len(frame) // 2])
                return


def _frame(body: bytes) -> bytes:
    """A text message as it goes over the wire."""
    size = len(body)
    if size < _SHORT:
        length = bytes([size])
    elif size < _SHORT_LENGTH:
        length = bytes([_SHORT]) + size.to_bytes(2, "big")
    else:
        length = bytes([_LONG]) + size.to_bytes(8, "big")
    return bytes([_WHOLE_TEXT]) + length + body


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
