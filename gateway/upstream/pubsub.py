"""JSON-RPC subscriptions over WebSockets: many on few sockets, each taken up again after every drop."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp
import structlog
from yarl import URL

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.channel import Channel, Inbox, Topic
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.status import error_of
from gateway.upstream.talk import Talk

# The longest message that a provider has reason to send.
MAX_MESSAGE: Final = 1024 * 1024
# Seconds that the other side has to close its end.
_CLOSING: Final = 1.0
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 30.0
_LONGEST_TOLD = 120.0
_MOST_DOUBLINGS = 10

log = structlog.get_logger(__name__)


def doubling(step: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, and anything from half of it to all."""
    longest = min(_FIRST_WAIT * 2.0 ** min(step, _MOST_DOUBLINGS), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of a pubsub, in seconds; `pause` and `monotonic` are what they pass by."""

    # Between pings; a pong that is missing for half as long ends the socket.
    ping: float = 20.0
    # For a connection, and for the reply to a subscription.
    patience: float = 10.0
    # A socket that has lasted so long was well, and is opened anew without waiting long.
    settles: float = 60.0
    wait: Callable[[int], float] = doubling
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Door:
    """Where a provider takes WebSockets, and what is shown there; neither may be repeated to anyone."""

    provider: Provider
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    user_agent: str = "balance-gateway"


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a provider's refusals of subscriptions mean, and which say that the socket has no room for more."""

    meaning: Callable[[RpcError], UpstreamError]
    is_full: Callable[[RpcError], bool]


class _Redirected(aiohttp.ClientError):
    """The provider points elsewhere; credentials do not go there."""


async def _stay(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    response = await handler(request)
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        response.close()
        raise _Redirected
    return response


class _Line:
    """One socket's place: the channels that are on it, whether it is open or not."""

    def __init__(self, most: int) -> None:
        self.channels: list[Channel] = []
        self.most = most
        self.talk: Talk | None = None
        self.task: asyncio.Task[None] | None = None
        self.retries: set[asyncio.Task[None]] = set()

    @property
    def has_room(self) -> bool:
        return len(self.channels) < self.most


class Pubsub:
    """Keeps subscriptions for as long as anyone follows them, on sockets that are open no longer than that."""

    def __init__(self, door: Door, refusals: Refusals, *, most: int = 100, pace: Pace | None = None) -> None:
        """Put at most so many subscriptions on one socket, and fewer where the provider wants that."""
        self._door = door
        self._refusals = refusals
        self._most = most
        self._pace = pace or Pace()
        self._channels: dict[Topic, Channel] = {}
        self._lines: list[_Line] = []
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"<Pubsub {self._door.provider}>"

    @asynccontextmanager
    async def following(self, topic: Topic, inbox: Inbox[Any]) -> AsyncIterator[None]:
        """Let a follower hear of a topic, from `Ready` to `Ready`, with trouble between; nothing is raised."""
        channel = self._channels.get(topic)
        if channel is None:
            channel = self._channels[topic] = Channel(topic)
            self._place(channel)
        channel.admit(inbox)
        try:
            yield
        finally:
            channel.leave(inbox)
            if not channel.is_followed:
                await self._remove(channel)

    def _place(self, channel: Channel) -> None:
        line = next((each for each in self._lines if each.has_room), None)
        if line is None:
            line = _Line(self._most)
            self._lines.append(line)
        line.channels.append(channel)
        if line.talk is not None:
            line.talk.subscribe(channel)
        if line.task is None:
            line.task = asyncio.create_task(self._keep(line))

    async def _remove(self, channel: Channel) -> None:
        del self._channels[channel.topic]
        line = next(each for each in self._lines if channel in each.channels)
        line.channels.remove(channel)
        if line.channels:
            if line.talk is not None:
                line.talk.unsubscribe(channel)
            return
        self._lines.remove(line)
        if line.task is not None:
            line.task.cancel()
            await asyncio.wait({line.task})
        if not self._lines and self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def _keep(self, line: _Line) -> None:
        """Open the line's socket again and again."""
        failures = 0
        while True:
            began = self._pace.monotonic()
            trouble = await self._trouble(line)
            log.warning("pubsub.failed", provider=trouble.provider, code=trouble.code, detail=trouble.detail)
            for channel in line.channels:
                channel.stand(trouble)
            failures = 1 if self._pace.monotonic() - began >= self._pace.settles else failures + 1
            told = min(trouble.retry_after or 0, _LONGEST_TOLD)
            await self._pace.pause(max(self._pace.wait(failures), told))

    async def _trouble(self, line: _Line) -> UpstreamError:
        """Talk until the socket ends, and say why it did."""
        provider = self._door.provider
        try:
            await self._talk(line)
        except UpstreamError as error:
            return error
        except Exception:
            # Followers wait for news: a fault of the gateway's own is news, too.
            log.exception("pubsub.crashed", provider=provider)
            return UpstreamError(ProblemCode.INTERNAL, provider)
        raise AssertionError("a talk ends with an error")

    async def _talk(self, line: _Line) -> None:
        socket = await self._connect()
        # What this socket has room for, it has yet to say.
        line.most = self._most
        line.talk = Talk(
            socket, self._door.provider, self._pace.patience, lambda channel, error: self._refused(line, channel, error)
        )
        try:
            await line.talk.hold(line.channels)
        finally:
            line.talk = None
            for retry in line.retries:
                retry.cancel()

    def _refused(self, line: _Line, channel: Channel, error: RpcError) -> None:
        standing = line.talk.standing if line.talk else 0
        if standing and self._refusals.is_full(error):
            line.most = standing
            line.channels.remove(channel)
            self._place(channel)
            return
        channel.refusals += 1
        channel.stand(self._refusals.meaning(error))
        retry = asyncio.create_task(self._subscribe_again(line, channel))
        line.retries.add(retry)
        retry.add_done_callback(line.retries.discard)

    async def _subscribe_again(self, line: _Line, channel: Channel) -> None:
        await self._pace.pause(self._pace.wait(channel.refusals))
        if line.talk is not None and channel in line.channels:
            line.talk.subscribe(channel)

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        """Raises `UpstreamError`; an exception of the client's own holds the URL and the headers, and stays here."""
        door = self._door
        try:
            async with asyncio.timeout(self._pace.patience):
                return await self._open_session().ws_connect(
                    URL(door.url).update_query(door.query),
                    headers=door.headers,
                    heartbeat=self._pace.ping,
                    max_msg_size=MAX_MESSAGE,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),
                )
        except aiohttp.WSServerHandshakeError as refused:
            told = refused.headers.get("Retry-After") if refused.headers else None
            error = error_of(door.provider, refused.status, told)
        except TimeoutError:
            error = UpstreamError(ProblemCode.TIMEOUT, door.provider, detail="no connection within the time allowed")
        except _Redirected:
            error = UpstreamError(ProblemCode.PROTOCOL, door.provider, detail="redirected")
        except (aiohttp.ClientError, OSError) as trouble:
            what = f"connection: {type(trouble.__cause__ or trouble).__name__}"
            error = UpstreamError(ProblemCode.UNAVAILABLE, door.provider, detail=what)
        raise error from None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self._door.user_agent},
                trust_env=False,
                middlewares=(_stay,),
            )
        return self._session
