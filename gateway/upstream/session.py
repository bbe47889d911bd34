"""One HTTP request to a provider: it goes out once, and its answer is read whole."""

import asyncio
import socket
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from yarl import URL

from gateway.upstream.websocket import refuse_redirects

# The largest answer a provider has reason to send, decompressed.
MAX_BODY: Final = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """A provider's whole answer, unread."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(slots=True)
class Attempt:
    """What is found out of one attempt: whether a connection was opened for it, or it went out on an idle one."""

    opened: bool = False


class Died(aiohttp.ClientError):
    """A connection died under a request; the cause says how."""


class TooLarge(Exception):
    """An answer has more bytes than any that is taken."""


_attempt: ContextVar[Attempt | None] = ContextVar("attempt", default=None)


def _new_socket(address: aiohttp.AddrInfoType) -> socket.socket:
    """Open a socket, and note it for whoever asked: connections that are kept alive need none."""
    attempt = _attempt.get()
    if attempt is not None:
        attempt.opened = True
    family, kind, protocol, _, _ = address
    return socket.socket(family, kind, protocol)


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a GET once more by itself: no budget would pay for it."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError) as trouble:
        raise Died from trouble


_ONCE: Final = (_send_once,)


def open_session(*, connections: int, user_agent: str) -> aiohttp.ClientSession:
    """Open a provider's session; every request on it brings its own time limit."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, socket_factory=_new_socket),
        timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "application/json"},
        raise_for_status=False,
        trust_env=False,
        # For the opening of WebSockets; a request brings its own, for it follows no redirect anyway.
        middlewares=(_send_once, refuse_redirects),
    )


async def send(
    session: aiohttp.ClientSession,
    attempt: Attempt,
    url: URL,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    within: float,
) -> Reply:
    """Send once, a POST where there is a body, and read the whole answer within so many seconds.

    Raises what aiohttp raises, `Died` where the connection did, `TimeoutError`, and `TooLarge`.
    """
    _attempt.set(attempt)
    async with session.request(
        "GET" if body is None else "POST",
        url,
        headers=headers,
        data=body,
        timeout=aiohttp.ClientTimeout(total=within),
        allow_redirects=False,
        middlewares=_ONCE,
    ) as response:
        return Reply(response.status, response.headers, await _body(response))


async def _body(response: aiohttp.ClientResponse) -> bytes:
    content = response.content
    # Most answers are there as soon as their heads are.
    body = await content.readany()
    if content.at_eof() and len(body) <= MAX_BODY:
        return body
    whole = bytearray(body)
    while True:
        if len(whole) > MAX_BODY:
            response.close()
            raise TooLarge
        # A flood of ready chunks must not starve other requests, nor this one's own deadline.
        await asyncio.sleep(0)
        chunk = await content.readany()
        if not chunk and content.at_eof():
            return bytes(whole)
        whole += chunk
