"""One WebSocket while it is open: subscriptions go out, replies are matched by id, notifications find their channel."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import aiohttp
import msgspec

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.channel import Channel, Ready, Topic
from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.jsonrpc import RpcError

T = TypeVar("T")

# Notifications that may come before the replies to their subscriptions, on some proxies.
_MOST_EARLY: Final = 256
_NOTHING = msgspec.Raw(b"")


class _Error(msgspec.Struct):
    code: int
    message: str = ""


class _Params(msgspec.Struct):
    subscription: int
    result: msgspec.Raw


class _Message(msgspec.Struct):
    id: int | str | None = None
    result: msgspec.Raw = _NOTHING
    error: _Error | None = None
    method: str | None = None
    params: msgspec.Raw = _NOTHING


@dataclass(frozen=True, slots=True)
class _Request:
    """A call that waits for its reply; without a channel it ends a subscription."""

    channel: Channel | None
    overdue: asyncio.TimerHandle


class Talk:
    """A WebSocket's channels from its opening to its end, which is always an `UpstreamError`.

    `refused` is called where the other side will not have a subscription. Nothing else is raised or told of it.
    """

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse,
        provider: Provider,
        patience: float,
        refused: Callable[[Channel, RpcError], None],
    ) -> None:
        self._socket = socket
        self._provider = provider
        self._patience = patience
        self._refused = refused
        self._ids = itertools.count(1)
        self._pending: dict[int, _Request] = {}
        self._standing: dict[int, Channel] = {}
        self._wanted: set[Channel] = set()
        self._early: list[tuple[int, bytes]] = []
        # Numbers of subscriptions that were ended here: what still comes for one is nobody's.
        self._over: set[int] = set()
        self._outbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def standing(self) -> int:
        """Count the subscriptions that the other side has taken."""
        return len(self._standing)

    async def hold(self, channels: Sequence[Channel]) -> None:
        """Subscribe to all, and listen until the end; raises `UpstreamError`."""
        for channel in channels:
            self.subscribe(channel)
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            # The one that writes ends only where the one that reads is about to.
            done, _ = await asyncio.wait((tasks[0], self._failed), return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                await each
        finally:
            for request in self._pending.values():
                request.overdue.cancel()
            for task in tasks:
                task.cancel()
            self._failed.cancel()
            try:
                await asyncio.gather(*tasks, self._failed, return_exceptions=True)
            finally:
                # Whoever leaves while a socket is ending must not leave it open.
                await self._socket.close()

    def subscribe(self, channel: Channel) -> None:
        self._wanted.add(channel)
        self._send(channel.topic.subscribe, channel.topic.params, channel)

    def unsubscribe(self, channel: Channel) -> None:
        self._wanted.discard(channel)
        for number, each in list(self._standing.items()):
            if each is channel:
                del self._standing[number]
                self._end(channel.topic, number)

    def _end(self, topic: Topic, number: int) -> None:
        self._over.add(number)
        self._send(topic.unsubscribe, msgspec.json.encode([number]), None)

    def _send(self, method: str, params: bytes, channel: Channel | None) -> None:
        number = next(self._ids)
        overdue = asyncio.get_running_loop().call_later(self._patience, self._overdue)
        self._pending[number] = _Request(channel, overdue)
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": msgspec.Raw(params)}
        self._outbox.put_nowait(msgspec.json.encode(message))

    def _overdue(self) -> None:
        if not self._failed.done():
            self._failed.set_exception(self._error(ProblemCode.TIMEOUT, "no reply within the time allowed"))

    def _error(self, code: ProblemCode, detail: str) -> UpstreamError:
        return UpstreamError(code, self._provider, detail=detail)

    def _misfit(self, detail: str) -> UpstreamError:
        return self._error(ProblemCode.PROTOCOL, detail)

    async def _write(self) -> None:
        # Where the connection is gone, the reader is told so, too.
        with suppress(aiohttp.ClientError, OSError):
            while True:
                await self._socket.send_str((await self._outbox.get()).decode())

    async def _read(self) -> None:
        while True:
            message = await self._socket.receive()
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                raise self._ended(message)
            self._hear(message.data if isinstance(message.data, bytes) else message.data.encode())

    def _ended(self, message: aiohttp.WSMessage) -> UpstreamError:
        """Say why there is nothing more to read; the reasons' own words stay here."""
        trouble = message.data if isinstance(message.data, Exception) else self._socket.exception()
        if isinstance(trouble, aiohttp.ServerTimeoutError):
            return self._error(ProblemCode.TIMEOUT, "no pong within the time allowed")
        if isinstance(trouble, aiohttp.WebSocketError):
            return self._misfit(f"broken WebSocket message: {trouble.code}")
        return self._error(ProblemCode.UNAVAILABLE, f"the WebSocket ended: {message.type.name}")

    def _hear(self, body: bytes) -> None:
        message = self._decode(body, _Message)
        if message.method is not None:
            self._notified(self._decode(bytes(message.params), _Params))
            return
        # Its type counts, too.
        request = self._pending.pop(message.id, None) if type(message.id) is int else None
        if request is None:
            raise self._misfit("$.id: of no request")
        request.overdue.cancel()
        if bool(bytes(message.result)) == (message.error is not None):
            raise self._misfit("$: neither or both of result and error")
        if request.channel is not None:
            self._replied(request.channel, message)
        if not self._pending:
            self._early.clear()

    def _replied(self, channel: Channel, message: _Message) -> None:
        if message.error is not None:
            if channel in self._wanted:
                self._wanted.remove(channel)
                self._refused(channel, RpcError(message.error.code, message.error.message))
            return
        number = self._decode(bytes(message.result), int)
        if channel not in self._wanted:
            # Nodes give equal subscriptions one number: another channel may want it still.
            if all(each.topic != channel.topic for each in self._wanted):
                self._end(channel.topic, number)
            return
        if self._standing.get(number, channel) is not channel:
            # Notifications do not name their account: one would be taken for another's.
            raise self._misfit("$.result: the number of another subscription")
        self._over.discard(number)
        self._standing[number] = channel
        channel.stand(Ready())
        for early, body in self._early:
            if early == number:
                channel.notify(body)

    def _notified(self, params: _Params) -> None:
        channel = self._standing.get(params.subscription)
        if channel is not None:
            channel.notify(bytes(params.result))
        elif self._pending and params.subscription not in self._over and len(self._early) < _MOST_EARLY:
            self._early.append((params.subscription, bytes(params.result)))

    def _decode(self, body: bytes, shape: type[T]) -> T:
        try:
            return decode(body, shape)
        except Undecodable as trouble:
            raise self._misfit(str(trouble)) from None
