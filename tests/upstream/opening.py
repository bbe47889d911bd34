"""An upstream by itself, over a session like the app's, that asks once and never again."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar

import aiohttp
from limits.aio.storage import MemoryStorage

from gateway.domain.clock import Deadline, SystemClock
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.sources import Effort
from gateway.providers import CallTerms, OpenSockets, OpenUpstream
from gateway.upstream.budget import Budget
from gateway.upstream.host import Hosts
from gateway.upstream.jsonrpc import JsonRpc
from gateway.upstream.metrics import Metrics
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.session import Reply, open_session
from gateway.upstream.upstream import Call, Rules, Upstream
from gateway.upstream.websocket import Sockets, SocketTerms

T = TypeVar("T")


def effort(seconds: float = 20) -> Effort:
    """Give a call so many seconds."""
    return Effort(Deadline.after(SystemClock(), seconds))


def opening_once(provider: Provider, session: aiohttp.ClientSession) -> OpenUpstream:
    """Open upstreams without retries and without a budget."""

    def opening(urls: Sequence[str], terms: CallTerms, **options: Any) -> Upstream:
        budget = Budget(None, terms.penalty, storage=MemoryStorage(), time=time.time, name=provider)
        rules = Rules(RetryPolicy(0, first_wait=1), budget)
        return Upstream(provider, Hosts(urls, time.monotonic), session, rules, Metrics(), **options)

    return opening


def opening_sockets(
    provider: Provider, session: aiohttp.ClientSession, metrics: Metrics | None = None, **changes: Any
) -> OpenSockets:
    """Open the way to feeds whose terms are changed as a test wants it, and whose requests are not counted."""

    def opening(terms: SocketTerms, **options: Any) -> Sockets:
        return Sockets(provider, session, replace(terms, **changes), None, metrics or Metrics(), **options)

    return opening


@asynccontextmanager
async def open_upstream(url: str, *, connections: int = 10, **options: Any) -> AsyncIterator[Upstream]:
    terms = CallTerms(RetryPolicy(0, first_wait=1), None, penalty=lambda _step, _now: 0.0)
    async with open_session(connections=connections, user_agent="tests/1") as session:
        yield opening_once(Provider.SOLANA_RPC, session)([url], terms, **options)


async def reply_to(upstream: Upstream, call: Call, seconds: float = 20) -> Reply:
    """Ask once, and give the reply as it came."""
    return await upstream.ask(call, lambda reply: reply, effort(seconds))


class PlainRpc:
    """JSON-RPC in which no error is worth asking again, and any result will do."""

    def __init__(self, upstream: Upstream) -> None:
        self._rpc = JsonRpc(upstream, lambda _: upstream.error(ProblemCode.REJECTED, "as told"))

    async def call(self, method: str, params: Sequence[Any], shape: type[T]) -> T:
        return await self._rpc.call(method, params, shape, effort(), lambda _: None)

    async def batch(self, method: str, many: Sequence[Sequence[Any]], shape: type[T]) -> Any:
        return await self._rpc.batch(method, many, shape, effort())
