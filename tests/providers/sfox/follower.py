"""A follower of sFOX's feed in a sandbox: what he is told, how long the feed waited, and what the sandbox is to do."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import aiohttp
from limits.aio.storage import MemoryStorage

from gateway.domain.amount import Amount
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.providers.sfox import REGISTRATION, Settings
from gateway.providers.sfox.feed import SfoxFeed
from gateway.providers.sfox.patience import Pace
from gateway.providers.sfox.wallets import SfoxWallets
from gateway.sandbox import Sandbox, credentials, open_sandbox
from gateway.upstream.budget import Budget
from gateway.upstream.metrics import Metrics
from gateway.upstream.session import open_session
from gateway.upstream.websocket import Sockets, SocketTerms
from tests.upstream.opening import opening_once

CREDENTIAL = Credential(credentials.SFOX_TOKEN, "demo")
OTHER = Credential(credentials.SFOX_OTHER_TOKEN, "other")
NOW = 1_767_225_600.0
# Longer than anything takes that does not hang.
_HANGS = 20.0
# Everything at once, but for the wait before a ping: what a test does not ask for does not come in between.
QUICK = Pace(ping_every=60, reads_apart=0, first_wait=3)

Told = Answer[tuple[ExchangeWallet, ...]] | UpstreamError


@dataclass
class Time:
    """The sandbox's clock, and the feed's way to wait: a wait is over at once, and the clock has moved on by it."""

    now: float = NOW
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@dataclass(frozen=True)
class Stage:
    """A sandbox, and what listens to it."""

    sandbox: Sandbox
    time: Time
    http: aiohttp.ClientSession
    session: aiohttp.ClientSession

    def feed(self, pace: Pace = QUICK, *, url: str | None = None, **changes: Any) -> SfoxFeed:
        """Make a feed as the provider makes it, at another pace; `changes` are to the terms of its connections."""
        url = url or self.sandbox.urls["sfox"].replace("http", "ws") + "/ws"
        settings = Settings.model_validate({"url": self.sandbox.urls["sfox"], "feed_url": url})
        sources = REGISTRATION.sources(settings, opening_once(Provider.SFOX, self.session))
        (wallets,) = sources
        assert isinstance(wallets, SfoxWallets)
        kept: list[Sockets] = []

        def open_sockets(terms: SocketTerms, **options: Any) -> Sockets:
            changed = replace(terms, **changes)
            assert changed.penalty is not None
            budget = Budget(changed.limit, changed.penalty, storage=MemoryStorage(), time=self.time, name="sfox:feed")
            kept.append(Sockets(Provider.SFOX, self.session, changed, budget, Metrics(), **options))
            return kept[0]

        assert len(REGISTRATION.feeds(settings, sources, open_sockets)) == 1
        return SfoxFeed(url, wallets, kept[0], SystemClock(), pace, self.time.sleep)

    async def order(self, **orders: Any) -> Any:
        async with self.http.post(f"{self.sandbox.urls['sfox']}/_sandbox", data=json.dumps(orders)) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def change(self, balance: str, currency: str = "btc", token: str = credentials.SFOX_TOKEN) -> None:
        await self.order(balance={"token": token, "currency": currency, "balance": balance})

    async def beside(self) -> None:
        """Let the feed speak of a wallet beside the account."""
        wallet = {"address": "0xaa", "network": "ethereum", "balance": "12.5"}
        await self.order(balance={"token": credentials.SFOX_TOKEN, **wallet})

    async def fail(self, fault: str, *, times: int | None = 1, route: str | None = None) -> None:
        await self.order(fail={"fault": fault, "times": times, "route": route})

    async def shown(self) -> Any:
        """Give what the sandbox shows of its feed."""
        return (await self.order())["feed"]

    async def asked(self, route: str, times: int = 1) -> None:
        """Wait until the sandbox has been asked so often."""
        async with asyncio.timeout(_HANGS):
            while self.calls(route) < times:
                await self.order()

    def calls(self, route: str) -> int:
        return self.sandbox.calls["sfox"][route]

    def holds(self, token: str = credentials.SFOX_TOKEN) -> dict[str, str]:
        """Give what the ledger has of an account's balances."""
        rows = self.sandbox.ledger.exchange.rows(token)
        return {name.upper(): Amount.of_decimal(Decimal(each["balance"])).text() for name, each in rows}


@dataclass(frozen=True)
class Follower:
    """What a follower is told, one at a time; while he does not listen, the feed rests."""

    told: AsyncGenerator[Told, None]

    async def next(self) -> Told:
        async with asyncio.timeout(_HANGS):
            return await anext(self.told)

    async def answer(self) -> Answer[tuple[ExchangeWallet, ...]]:
        result = await self.next()
        assert isinstance(result, Answer), result
        return result

    async def trouble(self) -> UpstreamError:
        result = await self.next()
        assert isinstance(result, UpstreamError), result
        return result

    async def balances(self) -> dict[str, str]:
        return balances(await self.answer())

    async def until(self, holds: Callable[[Told], bool]) -> list[Told]:
        """Listen until what is told is as it should be, and give all of it."""
        heard = [await self.next()]
        while not holds(heard[-1]):
            heard.append(await self.next())
        return heard

    async def until_bitcoin(self, balance: str) -> list[Told]:
        return await self.until(lambda told: isinstance(told, Answer) and balances(told)["BTC"] == balance)


def balances(answer: Answer[tuple[ExchangeWallet, ...]]) -> dict[str, str]:
    return {wallet.currency: wallet.balance.text() for wallet in answer.value}


@asynccontextmanager
async def staged(*, limits: bool = False) -> AsyncIterator[Stage]:
    time = Time()
    async with (
        open_sandbox(limits=limits, clock=time) as sandbox,
        aiohttp.ClientSession() as http,
        open_session(connections=20, user_agent="tests/1") as session,
    ):
        yield Stage(sandbox, time, http, session)


@asynccontextmanager
async def following(feed: SfoxFeed, key: Credential = CREDENTIAL) -> AsyncIterator[Follower]:
    async with aclosing(feed.follow(key)) as told:
        yield Follower(told)
