"""Whichever of two hosts a feed goes to, and however far one is behind: it tells the truth, forwards, and all of it."""

from typing import Any

import aiohttp
from hypothesis import settings, strategies
from hypothesis.stateful import rule

from gateway.sandbox import Sandbox, open_sandbox
from gateway.sandbox.books.solana import SolanaBook
from tests.providers.feeding import Feeding, open_feeding
from tests.providers.test_solana_feed_model import STRIKES, Life

_OF_SOCKETS = [(fault, route) for fault, route in STRIKES if route != "POST /"]


class TwoHosts(Life):
    """The first node is read from and may take no sockets; the second sees what the first has seen, later."""

    async def _feed(self) -> Feeding:
        first = await self.stack.enter_async_context(open_sandbox(limits=False))
        self.second: Sandbox = await self.stack.enter_async_context(open_sandbox(limits=False))
        self.http = await self.stack.enter_async_context(aiohttp.ClientSession())
        # What the first has seen, and the second has not.
        self.unseen: list[dict[str, Any]] = []
        urls = first.feeds["solana"], self.second.feeds["solana"]
        return await self.stack.enter_async_context(open_feeding(first, *urls, most=5, patience=0.2, ping=0.1))

    @rule(strike=strategies.sampled_from(_OF_SOCKETS))
    def fail_at_second(self, strike: tuple[str, str]) -> None:
        fault, route = strike
        self.runner.run(self._at_second(fail={"fault": fault, "route": route, "times": 1}))

    @rule()
    def hang_up_at_second(self) -> None:
        self.runner.run(self._at_second(hang_up=True))

    @rule()
    def close_first(self) -> None:
        self.runner.run(self.feeding.fail("503", "WS /", times=20))
        self.runner.run(self.feeding.order(hang_up=True))

    @rule(most=strategies.integers(1, 5))
    def follow(self, most: int) -> None:
        self.runner.run(self._follow(most))

    async def _follow(self, most: int) -> None:
        for orders in self.unseen[:most]:
            await self._at_second(**orders)
        del self.unseen[:most]

    async def _converge(self) -> None:
        await self._follow(len(self.unseen))
        await super()._converge()

    def _do(self, **orders: Any) -> None:
        if "fail" not in orders and "hang_up" not in orders:
            self.unseen.append(orders)
        super()._do(**orders)

    def _make_anew(self, account: str) -> None:
        self.unseen.append({"account": account})
        super()._make_anew(account)

    async def _at_second(self, *, account: str | None = None, **orders: Any) -> None:
        if account is not None:
            book: SolanaBook = self.second.ledger.solana
            book.record(account, self.born[account])
        async with self.http.post(f"{self.second.urls['solana']}/_sandbox", json=orders) as reply:
            assert reply.status == 200, await reply.text()


TestTwoHosts = TwoHosts.TestCase
TestTwoHosts.settings = settings(Life.TestCase.settings, max_examples=20)
