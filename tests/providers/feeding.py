"""A feed of Solana accounts over the sandbox, whose beats and waits are the test's own, and one who listens to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import aiohttp

from gateway.domain.clock import SystemClock
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer
from gateway.domain.token import AccountKey, Commitment, TokenAccount
from gateway.providers import CallTerms
from gateway.providers.solana.by_address import SolanaTokenAccounts
from gateway.providers.solana.feed import SolanaAccountFeed
from gateway.providers.solana.node import Node, is_full
from gateway.sandbox import Sandbox, addresses, open_sandbox
from gateway.upstream.metrics import Metrics
from gateway.upstream.pace import Pace
from gateway.upstream.pubsub import Pubsub, Refusals
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.session import open_session
from gateway.upstream.websocket import SocketTerms
from tests.providers.node import key
from tests.upstream.opening import opening_once, opening_sockets

Told: TypeAlias = Answer[TokenAccount] | Absent | UpstreamError
# Seconds after which a test that waits in vain has failed.
_PATIENCE = 20


class Gate:
    """A pause that ends when the test says so; while it is open, at once."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.asked: list[float] = []
        self._passes = asyncio.Semaphore(0)
        self.is_open = is_open

    async def pause(self, seconds: float) -> None:
        self.asked.append(seconds)
        await asyncio.sleep(0)
        if not self.is_open:
            await self._passes.acquire()

    def let_pass(self, times: int = 1) -> None:
        for _ in range(times):
            self._passes.release()


@dataclass
class Listener:
    """Everything that one key's feed has told."""

    task: "asyncio.Task[None]"
    told: list[Told]
    _news: asyncio.Condition

    async def until(self, holds: Callable[[list[Told]], bool]) -> list[Told]:
        """Wait until what has been told is as wanted."""
        async with asyncio.timeout(_PATIENCE), self._news:
            await self._news.wait_for(lambda: self.task.done() or holds(self.told))
        if self.task.done():
            self.task.result()
        return self.told

    async def until_last(self, holds: Callable[[Told], bool]) -> Told:
        return (await self.until(lambda told: bool(told) and holds(told[-1])))[-1]

    async def until_amount(self, amount: int) -> Told:
        return await self.until_last(lambda told: shown(told) == amount)

    @property
    def shown(self) -> list[Any]:
        return [shown(each) for each in self.told]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


def shown(told: Told) -> Any:
    """The amount in atomic units, None for an account that is not there, or the problem's code."""
    if isinstance(told, UpstreamError):
        return told.code
    return told.value.amount.integer if isinstance(told, Answer) else None


@dataclass
class Feeding:
    """A sandbox, the feed over it, and what the test holds of both."""

    sandbox: Sandbox
    http: aiohttp.ClientSession
    feed: SolanaAccountFeed
    beats: Gate
    waits: Gate
    metrics: Metrics
    listeners: list[Listener] = field(default_factory=list)

    async def order(self, **orders: Any) -> Any:
        async with self.http.post(f"{self.sandbox.urls['solana']}/_sandbox", json=orders) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def change(self, amount: int | None, account: str = addresses.TOKEN_ACCOUNT) -> None:
        change = {"close": True} if amount is None else {"amount": str(amount)}
        await self.order(balance={"tokenAccount": account, **change})

    async def fail(self, fault: str, route: str, times: int | None = 1) -> None:
        await self.order(fail={"fault": fault, "route": route, "times": times})

    async def watched(self) -> list[list[str]]:
        """The accounts that are subscribed to, by connection."""
        connections = (await self.order())["connections"]
        return [[watch["account"] for watch in connection] for connection in connections]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Ask the sandbox how things stand until they are as wanted."""
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                await self.order()

    async def beat_until(self, holds: Callable[[], bool]) -> None:
        """Let beat after beat come until things are as wanted."""
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                self.beats.let_pass()
                await self.order()

    async def until_watched(self, *connections: list[str]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while sorted(await self.watched()) != sorted(connections):
                pass

    @property
    def sockets(self) -> float | None:
        labels = {"provider": "SOLANA_RPC"}
        return self.metrics.registry.get_sample_value("gateway_upstream_sockets", labels)

    def calls(self, route: str) -> int:
        return self.sandbox.calls["solana"][route]

    async def listen(
        self, account: str = addresses.TOKEN_ACCOUNT, commitment: Commitment = Commitment.CONFIRMED
    ) -> Listener:
        """Follow an account."""
        told: list[Told] = []
        news = asyncio.Condition()
        task = asyncio.create_task(_follow(self.feed, key(account, commitment), told, news))
        listener = Listener(task, told, news)
        self.listeners.append(listener)
        return listener

    async def settled(self, *listeners: Listener) -> None:
        """Wait until the node has taken every subscription, and the first value and the one after it are told."""
        for listener in listeners:
            await listener.until(lambda told: len(told) >= 2)


async def _follow(feed: SolanaAccountFeed, account: AccountKey, told: list[Told], news: asyncio.Condition) -> None:
    try:
        async with aclosing(feed.follow(account)) as events:  # type: ignore[type-var]  # a feed's iterator is a generator
            async for result in events:
                async with news:
                    told.append(result)
                    news.notify_all()
    finally:
        async with news:
            news.notify_all()


@asynccontextmanager
async def open_feeding(
    sandbox: Sandbox | None = None, *urls: str, most: int = 100, sockets: int = 10, **pace: Any
) -> AsyncIterator[Feeding]:
    """Open a feed whose beats are given by the test, and whose waits are over at once.

    At most so many accounts are on each of so many sockets; where there are `urls`, those take them.
    """
    if sandbox is None:
        async with (
            open_sandbox(limits=False) as opened,
            open_feeding(opened, most=most, sockets=sockets, **pace) as made,
        ):
            yield made
            return
    beats, waits = Gate(is_open=False), Gate()
    terms = CallTerms(RetryPolicy(0, first_wait=1), None, penalty=lambda _step, _now: 0.0)
    async with open_session(connections=10, user_agent="tests/1") as session, aiohttp.ClientSession() as http:
        node = Node(opening_once(Provider.SOLANA_RPC, session)([sandbox.urls["solana"]], terms))
        times = {"pause": waits.pause, "patience": 5.0, "ping": 20.0, **pace}
        socket_terms = SocketTerms(
            "accountSubscribe",
            limit=None,
            penalty=None,
            connections=sockets,
            opens_within=times["patience"],
            pong_within=times["ping"] / 2,
        )
        metrics = Metrics()
        way = opening_sockets(Provider.SOLANA_RPC, session, metrics)(socket_terms)
        pubsub = Pubsub(
            way, urls or (sandbox.feeds["solana"],), Refusals(node.error, is_full), most=most, pace=Pace(**times)
        )
        source = SolanaTokenAccounts(node, "mainnet", 5)
        feed = SolanaAccountFeed(source, node, pubsub, SystemClock(), pause=beats.pause)
        feeding = Feeding(sandbox, http, feed, beats, waits, metrics)
        try:
            yield feeding
        finally:
            for listener in feeding.listeners:
                await listener.leave()
