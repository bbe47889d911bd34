"""One provider's end of the wire: every request to it passes through here, bounded in time and size."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, TypeVar

import aiohttp
import structlog
from yarl import URL

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.status import error_of

T = TypeVar("T")

# The largest answer a provider has reason to send, decompressed.
MAX_BODY = 5 * 1024 * 1024
_CHUNK = 64 * 1024
_EMPTY: Mapping[str, str] = MappingProxyType({})

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `operation` is the provider's own name for it, and all that is ever logged of it."""

    operation: str
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    # Headers may hold a credential, bodies an address.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)

    @property
    def method(self) -> str:
        """A call with a body is a POST; all calls are reads, and may be repeated."""
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's whole answer, unread."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class _Attempt:
    """What a trace tells of one attempt: whether it went out on a connection that had been idle."""

    reused = False


async def _mark_reused(_session: object, context: Any, _params: object) -> None:
    context.trace_request_ctx.reused = True


def open_session(*, timeout: float, connections: int, user_agent: str) -> aiohttp.ClientSession:
    """Open a provider's session; `timeout` in seconds covers a whole attempt, the wait for a connection included."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_mark_reused)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, limit_per_host=connections),
        timeout=aiohttp.ClientTimeout(total=timeout, connect=timeout),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        raise_for_status=False,
        trust_env=False,
        trace_configs=[trace],
    )


class Upstream:
    """Asks one provider; raises nothing but `UpstreamError`, whose text holds no URL, header or body."""

    def __init__(
        self,
        provider: Provider,
        url: str,
        session: aiohttp.ClientSession,
        *,
        headers: Mapping[str, str] = _EMPTY,
        query: Mapping[str, str] = _EMPTY,
        configured: bool = True,
    ) -> None:
        """`headers` and `query` are sent with each call: the gateway's own credential goes there.

        Where it is missing the provider is not `configured`, and no call leaves the gateway.
        """
        self.provider = provider
        self.configured = configured
        self._url = URL(url)
        self._session = session
        self._headers = dict(headers)
        self._query = dict(query)

    def __repr__(self) -> str:
        return f"<Upstream {self.provider}>"

    def error(self, code: ProblemCode, detail: str, *, message: str | None = None) -> UpstreamError:
        return UpstreamError(code, self.provider, detail=detail, message=message)

    async def reply(self, call: Call) -> Reply:
        """Ask, and read the whole answer whatever its status."""
        if not self.configured:
            raise self.error(ProblemCode.NOT_CONFIGURED, "no credential in the settings")
        try:
            return await self._ask(call)
        except TimeoutError:
            error = self.error(ProblemCode.TIMEOUT, "no answer within the time allowed")
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as trouble:
            # A response error's own text holds the request's headers, so only its class is told.
            error = self.error(ProblemCode.PROTOCOL, f"broken response: {type(trouble).__name__}")
        except (aiohttp.ClientError, OSError) as trouble:
            error = self.error(ProblemCode.UNAVAILABLE, f"connection: {type(trouble).__name__}")
        raise error from None

    async def json(self, call: Call, shape: type[T], *, statuses: Mapping[int, ProblemCode] | None = None) -> T:
        """Ask, and decode a 200; `statuses` says where a provider's status means something of its own."""
        reply = await self.reply(call)
        if reply.status != HTTPStatus.OK:
            raise error_of(self.provider, reply.status, reply.headers.get("Retry-After"), statuses or {})
        return self.decode(reply.body, shape)

    def decode(self, body: bytes, shape: type[T]) -> T:
        try:
            return decode(body, shape)
        except Undecodable as trouble:
            raise self.misfit(str(trouble)) from None

    def misfit(self, detail: str) -> UpstreamError:
        """Say that an answer is not understood; `detail` names the field or the rule."""
        return self.error(ProblemCode.PROTOCOL, detail)

    async def _ask(self, call: Call) -> Reply:
        attempt = _Attempt()
        try:
            return await self._send(call, attempt)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            # A kept-alive connection that the provider had closed: aiohttp repeats a GET by itself, never a POST.
            if not attempt.reused or call.method == "GET":
                raise
        log.debug("upstream.idle_connection_died", provider=self.provider, operation=call.operation)
        return await self._send(call, _Attempt())

    async def _send(self, call: Call, attempt: _Attempt) -> Reply:
        url = self._url.joinpath(*call.path.split("/")) if call.path else self._url
        headers = self._headers | dict(call.headers)
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        async with self._session.request(
            call.method,
            url.update_query(self._query | dict(call.query)),
            headers=headers,
            data=call.body,
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as response:
            return Reply(response.status, response.headers, await self._body(response))

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > MAX_BODY:
                response.close()
                raise self.misfit(f"a body of more than {MAX_BODY} bytes")
            # A flood of ready chunks must not starve other requests, nor this one's own deadline.
            await asyncio.sleep(0)
        return bytes(body)
