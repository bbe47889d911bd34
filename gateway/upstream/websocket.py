"""WebSockets to a provider: bounded in number, size, time and silence, closed whatever happens, secrets untold."""

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, TypeAlias

import aiohttp
import msgspec
from yarl import URL

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.budget import Budget
from gateway.upstream.limit import Limit
from gateway.upstream.metrics import Metrics
from gateway.upstream.status import error_of

# Seconds that a close frame is waited for, and that a wait has at the least: aiohttp takes none for no limit.
_CLOSE: Final = 1.0
_SHORTEST: Final = 0.001
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_EMPTY: Mapping[str, str] = MappingProxyType({})
_Response: TypeAlias = "aiohttp.ClientWebSocketResponse[bool]"


@dataclass(frozen=True, slots=True)
class SocketTerms:
    """How a provider lets itself be listened to; times are in seconds, sizes in bytes.

    `limit` counts requests over all connections, and each opening as one. `penalty` is as in `Budget`; without one
    nothing is counted, and whoever is refused waits by itself.
    """

    operation: str
    limit: Limit | None
    penalty: Callable[[int, float], float] | None
    connections: int
    max_message: int = 2**20
    opens_within: float = 10.0
    pong_within: float = 5.0


async def refuse_redirects(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep a WebSocket from being opened elsewhere: aiohttp follows redirects there, and takes no word against it."""
    response = await handler(request)
    if response.status in _REDIRECTS and "Upgrade" in request.headers:
        response.close()
        raise aiohttp.WSServerHandshakeError(response.request_info, (), status=response.status)
    return response


class Sockets:
    """Opens WebSockets to one provider; raises nothing but `UpstreamError`, whose text holds no URL and no message."""

    def __init__(
        self,
        provider: Provider,
        session: aiohttp.ClientSession,
        terms: SocketTerms,
        budget: Budget | None,
        metrics: Metrics,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        headers: Mapping[str, str] = _EMPTY,
        query: Mapping[str, str] = _EMPTY,
    ) -> None:
        """`headers` and `query` are sent with each opening: the gateway's own credential goes there."""
        self.provider = provider
        self.pong_within = terms.pong_within
        self.connections = terms.connections
        self._session = session
        self._headers = dict(headers)
        self._query = dict(query)
        self._terms = terms
        self._budget = budget
        self._metrics = metrics
        self._monotonic = monotonic
        self._open = 0
        metrics.sockets.labels(provider).set_function(lambda: self._open)

    def __repr__(self) -> str:
        return f"<Sockets {self.provider}>"

    def error(self, code: ProblemCode, detail: str, retry_after: float | None = None) -> UpstreamError:
        return UpstreamError(code, self.provider, detail=detail, retry_after=retry_after)

    @asynccontextmanager
    async def open(self, url: str, *, ping_every: float = math.inf) -> AsyncIterator["Socket"]:
        """Open a connection for as long as it is needed, then close it; pings are sent every so many seconds."""
        if self._open >= self._terms.connections:
            raise self.error(ProblemCode.RATE_LIMITED, "every connection is taken")
        self._open += 1
        try:
            response = await self._connect(url)
            try:
                yield Socket(self, response, self._monotonic, ping_every)
            finally:
                # Whoever leaves by cancellation or with an error closes all the same.
                await _close(response)
        finally:
            self._open -= 1

    async def pay(self) -> None:
        """Take one request out of the budget; raises RATE_LIMITED where it is spent, or a penalty lasts."""
        wait = await self._budget.take("") if self._budget else 0.0
        if wait > 0:
            raise self.error(ProblemCode.RATE_LIMITED, "the budget is spent", wait)

    async def banned(self, detail: str, told: float | None = None) -> UpstreamError:
        """Take note that the provider keeps us out: nobody asks it again before the penalty is over."""
        wait = await self._budget.empty("", told) if self._budget else told
        return self.error(ProblemCode.RATE_LIMITED, detail, wait)

    async def _connect(self, url: str) -> _Response:
        outcome = "abandoned"
        try:
            await self.pay()
            response = await self._shake_hands(url)
        except UpstreamError as error:
            outcome = error.code
            raise
        else:
            outcome = "ok"
            return response
        finally:
            self._metrics.calls.labels(self.provider, self._terms.operation, outcome).inc()

    async def _shake_hands(self, url: str) -> _Response:
        try:
            async with asyncio.timeout(self._terms.opens_within):
                return await self._session.ws_connect(
                    URL(url).update_query(self._query),
                    headers=self._headers,
                    autoping=False,
                    max_msg_size=self._terms.max_message,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE),
                )
        except TimeoutError:
            error = self.error(ProblemCode.TIMEOUT, "no connection within the time allowed")
        except aiohttp.WSServerHandshakeError as refused:
            told = refused.headers.get("Retry-After") if refused.headers else None
            error = error_of(self.provider, refused.status, told)
            if refused.status == HTTPStatus.TOO_MANY_REQUESTS:
                error = await self.banned(error.detail, error.retry_after)
        except aiohttp.ClientResponseError as trouble:
            error = self.error(ProblemCode.PROTOCOL, f"broken response: {type(trouble).__name__}")
        except (aiohttp.ClientError, OSError) as trouble:
            error = self.error(ProblemCode.UNAVAILABLE, f"connection: {type(trouble.__cause__ or trouble).__name__}")
        raise error from None


async def _close(response: _Response) -> None:
    try:
        with suppress(aiohttp.ClientError, OSError):
            await response.close()
    finally:
        # aiohttp leaves the connection open where another task is still receiving and this one is cancelled, or where
        # it takes an error of the connection's for its end.
        response._response.close()  # noqa: SLF001 - the only way to it


class Socket:
    """One connection; whoever listens to it also keeps it alive: only meanwhile does it ping and answer pings."""

    def __init__(
        self, sockets: Sockets, response: _Response, monotonic: Callable[[], float], ping_every: float
    ) -> None:
        self.sockets = sockets
        self._response = response
        self._pong_within = sockets.pong_within
        self._monotonic = monotonic
        self._ping_every = ping_every
        self._ping_at = monotonic() + ping_every
        self._pinged = 0
        # The moment by which the oldest ping that waits for its pong must have it.
        self._pong_by: float | None = None
        # The number of the last ping that was answered: whatever was said before its pong has been received.
        self.answered = 0

    async def ask(self, request: object) -> None:
        """Send a request as JSON, out of the budget."""
        await self.sockets.pay()
        await self._send(self._response.send_str(msgspec.json.encode(request).decode()))

    async def ping(self) -> int:
        """Send a ping, and give its number."""
        self._pinged += 1
        await self._send(self._response.ping(str(self._pinged).encode()))
        if self._pong_by is None:
            self._pong_by = self._monotonic() + self._pong_within
        return self._pinged

    async def receive(self, seconds: float = math.inf) -> bytes | None:
        """Wait for a message; None where the time is up before, or a ping was answered.

        Raises where the connection has ended, or a ping is not answered in time.
        """
        ends = self._monotonic() + seconds
        while True:
            try:
                frame = await self._response.receive(timeout=await self._patience(ends))
            except TimeoutError:
                # Not before there was nothing to read: whoever has not listened for a while finds the pong waiting.
                if self._pong_by is not None and self._monotonic() >= self._pong_by:
                    raise self.sockets.error(ProblemCode.TIMEOUT, "a ping was not answered") from None
                if self._monotonic() >= ends:
                    return None
                continue
            if frame.type is aiohttp.WSMsgType.PING:
                await self._send(self._response.pong(frame.data))
            elif frame.type is aiohttp.WSMsgType.PONG:
                if self._heed(frame.data):
                    return None
            elif frame.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return frame.data if isinstance(frame.data, bytes) else frame.data.encode()
            else:
                raise self._ended(frame.data)

    async def _patience(self, ends: float) -> float | None:
        """Ping where that is due, and give the seconds until something else is; None for never."""
        now = self._monotonic()
        if now >= self._ping_at:
            self._ping_at = now + self._ping_every
            await self.ping()
        wait = min(ends, self._ping_at, math.inf if self._pong_by is None else self._pong_by) - now
        return max(wait, _SHORTEST) if wait < math.inf else None

    def _heed(self, echo: bytes) -> bool:
        """Take a pong for the answer to a ping, and to those before it."""
        number = int(echo) if echo.isdigit() and len(echo) < 20 else 0  # noqa: PLR2004 - longer ones are not ours
        if not self.answered < number <= self._pinged:
            return False
        self.answered = number
        self._pong_by = None if number == self._pinged else self._monotonic() + self._pong_within
        return True

    def _ended(self, trouble: object) -> UpstreamError:
        if isinstance(trouble, aiohttp.WebSocketError):
            return self.sockets.error(ProblemCode.PROTOCOL, f"a broken message: close code {trouble.code}")
        return self.sockets.error(ProblemCode.UNAVAILABLE, f"closed with code {self._response.close_code}")

    async def _send(self, sending: Awaitable[None]) -> None:
        try:
            async with asyncio.timeout(self._pong_within):
                await sending
        except TimeoutError:
            error = self.sockets.error(ProblemCode.TIMEOUT, "nothing could be sent within the time allowed")
        except (aiohttp.ClientError, OSError) as trouble:
            error = self.sockets.error(ProblemCode.UNAVAILABLE, f"connection: {type(trouble).__name__}")
        else:
            return
        raise error from None
