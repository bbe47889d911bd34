"""JSON-RPC subscriptions over WebSockets: many on few sockets, each taken up again after every drop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import structlog

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.upstream.channel import Channel, Inbox, Topic
from gateway.upstream.door import Door, Doors
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.pace import Pace
from gateway.upstream.talk import Talk
from gateway.upstream.websocket import Sockets

# Seconds that a host may tell to stay away.
_LONGEST_TOLD: Final = 120.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a provider's refusals of subscriptions mean, and which say that the socket has no room for more."""

    meaning: Callable[[RpcError], UpstreamError]
    is_full: Callable[[RpcError], bool]


class _Line:
    """One socket's place: the channels that are on it, whether it is open or not."""

    def __init__(self, most: int) -> None:
        self.channels: list[Channel] = []
        self.most = most
        self.door: Door | None = None
        self.talk: Talk | None = None
        self.task: asyncio.Task[None] | None = None
        self.retries: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        return len(self.channels) < self.most

    def take(self, channel: Channel) -> None:
        self.channels.append(channel)
        if self.talk is not None:
            self.talk.subscribe(channel)

    def give_up(self, channel: Channel) -> None:
        self.channels.remove(channel)
        if self.talk is not None:
            self.talk.unsubscribe(channel)


class Pubsub:
    """Keeps subscriptions for as long as anyone follows them, on sockets that are open no longer than that.

    There are as many sockets as the terms of `sockets` allow. What finds no room on them waits, and is told nothing.
    """

    def __init__(
        self,
        sockets: Sockets,
        urls: Sequence[str],
        refusals: Refusals,
        *,
        most: int = 100,
        pace: Pace | None = None,
    ) -> None:
        """Put at most so many subscriptions on one socket, and fewer where the provider wants that.

        The hosts at `urls` are alike, in the order in which they are preferred.
        """
        self._sockets = sockets
        self._refusals = refusals
        self._most = most
        self._pace = pace or Pace()
        self._doors = Doors(urls, self._pace)
        self._channels: dict[Topic, Channel] = {}
        self._lines: list[_Line] = []
        self._waiting: list[Channel] = []

    def __repr__(self) -> str:
        return f"<Pubsub {self._sockets.provider}>"

    @asynccontextmanager
    async def following(self, topic: Topic, inbox: Inbox[Any]) -> AsyncIterator[None]:
        """Let a follower hear of a topic, from `Ready` to `Ready`, with trouble between; nothing is raised."""
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = Channel(topic)
            self._waiting.append(channel)
            self._fill()
        channel.admit(inbox)
        try:
            yield
        finally:
            channel.leave(inbox)
            if not channel.is_followed:
                await self._remove(channel)

    def _fill(self) -> None:
        """Place those who wait, first come first served, where there is room or another socket may be opened."""
        while self._waiting:
            line = next((each for each in self._lines if each.has_room), None)
            if line is None and len(self._lines) >= self._sockets.connections:
                return
            (line or self._open_line()).take(self._waiting.pop(0))

    def _open_line(self) -> _Line:
        line = _Line(self._most)
        self._lines.append(line)
        line.task = asyncio.create_task(self._keep(line))
        line.task.add_done_callback(lambda _: self._ended(line))
        return line

    def _ended(self, line: _Line) -> None:
        self._lines.remove(line)
        self._fill()

    async def _remove(self, channel: Channel) -> None:
        del self._channels[channel.topic]
        if channel in self._waiting:
            self._waiting.remove(channel)
            return
        line = next((each for each in self._lines if channel in each.channels), None)
        if line is None:
            # Everything is being cancelled, and its line was before it.
            return
        if len(line.channels) > 1 or self._waiting:
            line.give_up(channel)
            self._fill()
            return
        line.channels.remove(channel)
        # It counts until it has closed, and takes nobody in meanwhile.
        line.most = 0
        if line.task is not None:
            line.task.cancel()
            await asyncio.wait({line.task})

    async def _keep(self, line: _Line) -> None:
        """Open the line's socket again and again, at the best host of those that can be gone to."""
        now = self._pace.monotonic()
        while True:
            door = await self._doors.next(now)
            began = self._pace.monotonic()
            trouble = await self._trouble(line, door)
            log.warning(
                "pubsub.failed", provider=trouble.provider, host=door.number, code=trouble.code, detail=trouble.detail
            )
            for channel in line.channels:
                channel.stand(trouble)
            now = self._pace.monotonic()
            door.failed(began, now, min(trouble.retry_after or 0.0, _LONGEST_TOLD))

    async def _trouble(self, line: _Line, door: Door) -> UpstreamError:
        """Talk until the socket ends, and say why it did."""
        try:
            await self._talk(line, door)
        except UpstreamError as error:
            return error
        except Exception:
            # Followers wait for news: a fault of the gateway's own is news, too.
            log.exception("pubsub.crashed", provider=self._sockets.provider)
            return self._sockets.error(ProblemCode.INTERNAL, "a fault of the gateway's own")
        raise AssertionError("a talk ends with an error")

    async def _talk(self, line: _Line, door: Door) -> None:
        async with self._sockets.open(door.url, ping_every=self._pace.ping) as socket:
            # What this socket has room for, it has yet to say.
            line.most, line.door = self._most, door
            self._fill()
            line.talk = Talk(socket, self._pace.patience, lambda channel, error: self._refused(line, channel, error))
            try:
                await line.talk.hold(line.channels)
            finally:
                line.talk = None
                for retry in line.retries:
                    retry.cancel()

    def _refused(self, line: _Line, channel: Channel, error: RpcError) -> None:
        talk = line.talk
        if talk is not None and talk.standing and self._refusals.is_full(error):
            line.most = talk.standing
            line.channels.remove(channel)
            self._waiting.append(channel)
            self._fill()
            return
        channel.refusals += 1
        channel.stand(self._refusals.meaning(error))
        if talk is not None and self._takes_nothing(line.door):
            talk.end(self._refusals.meaning(error))
            return
        retry = asyncio.create_task(self._subscribe_again(line, channel))
        line.retries.add(retry)
        retry.add_done_callback(line.retries.discard)

    def _takes_nothing(self, door: Door | None) -> bool:
        """Whether a host has refused every subscription, on whichever socket, while there is another host to go to."""
        talks = [line.talk for line in self._lines if line.talk is not None and line.door is door]
        return len(self._doors) > 1 and all(talk.is_fruitless for talk in talks)

    async def _subscribe_again(self, line: _Line, channel: Channel) -> None:
        await self._pace.pause(self._pace.wait(channel.refusals))
        if line.talk is not None and channel in line.channels:
            line.talk.subscribe(channel)
