"""One WebSocket while it is open: subscriptions go out, replies are matched by id, notifications find their channel."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.upstream.channel import Channel, Ready, Topic
from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.websocket import Socket

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

    def __init__(self, socket: Socket, patience: float, refused: Callable[[Channel, RpcError], None]) -> None:
        """`patience` is the seconds that a reply may take."""
        self._socket = socket
        self._patience = patience
        self._refused = refused
        self._ids = itertools.count(1)
        self._pending: dict[int, _Request] = {}
        self._standing: dict[int, Channel] = {}
        self._wanted: set[Channel] = set()
        self._early: list[tuple[int, bytes]] = []
        # Numbers of subscriptions that were ended here: what still comes for one is nobody's.
        self._over: set[int] = set()
        self._outbox: asyncio.Queue[object] = asyncio.Queue()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def standing(self) -> int:
        """Count the subscriptions that the other side has taken."""
        return len(self._standing)

    @property
    def is_fruitless(self) -> bool:
        """Whether the other side has answered everything, and taken nothing."""
        return not self._pending and not self._standing

    def end(self, error: UpstreamError) -> None:
        """Let it end with an error, unless it has."""
        if not self._failed.done():
            self._failed.set_exception(error)

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
            await asyncio.gather(*tasks, self._failed, return_exceptions=True)

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
        self._outbox.put_nowait({"jsonrpc": "2.0", "id": number, "method": method, "params": msgspec.Raw(params)})

    def _overdue(self) -> None:
        self.end(self._socket.sockets.error(ProblemCode.TIMEOUT, "no reply within the time allowed"))

    def _misfit(self, detail: str) -> UpstreamError:
        return self._socket.sockets.error(ProblemCode.PROTOCOL, detail)

    async def _write(self) -> None:
        # Where nothing can be sent, the one that reads finds out, too, and has the better reason.
        with suppress(UpstreamError):
            while True:
                await self._socket.ask(await self._outbox.get())

    async def _read(self) -> None:
        while True:
            body = await self._socket.receive()
            if body is not None:
                self._hear(body)

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
