"""Any order of changes and faults: what was told last is what the ledger holds, and on the way nothing went back."""

import asyncio
from contextlib import AsyncExitStack, suppress

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Answer
from gateway.providers.sfox.patience import Pace
from gateway.sandbox import FEED_FAULTS
from tests.providers.sfox.follower import Follower, Stage, Told, balances, following, staged

CURRENCIES = ("btc", "usd", "sol")
AT_THE_DOOR = ("401", "403", "429", "503", "html", "disconnect", "redirect")
# A 429 would close the account for ten seconds, and they would have to pass.
WHILE_READING = ("401", "500", "empty", "truncated", "missing-field", "error-in-200", "disconnect")
HASTE = Pace(
    acknowledged_within=0.2, ping_every=0.02, read_within=2, reads_apart=0, recheck_every=0.05, settled_after=0.01
)
_HANGS = 30.0


class FeedAndLedger(RuleBasedStateMachine):
    """A follower who never stops listening, while balances change and whatever can go wrong does."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.told: list[Told] = []
        self.changes = 0
        self.runner.run(self._begin())

    async def _begin(self) -> None:
        self.heard = asyncio.Event()
        self.stage: Stage = await self.stack.enter_async_context(staged())
        self.true: dict[str, list[str]] = {name: [each] for name, each in self.stage.holds().items()}
        feed = self.stage.feed(HASTE, pong_within=0.3)
        self.listening = asyncio.create_task(self._listen(await self.stack.enter_async_context(following(feed))))

    async def _listen(self, follower: Follower) -> None:
        while True:
            self.told.append(await follower.next())
            self.heard.set()

    @rule(currency=st.sampled_from(CURRENCIES), places=st.integers(0, 18))
    def change(self, currency: str, places: int) -> None:
        self.changes += 1
        # Each is larger than those before it, so that going back is seen.
        balance = f"{1000 + self.changes}" + (f".{'0' * (places - 1)}7" if places else "")
        self.true.setdefault(currency.upper(), []).append(balance)
        amounts = {"balance": balance, "available": balance}
        self.runner.run(self.stage.order(balance={"token": "sandbox-sfox-token", "currency": currency, **amounts}))

    @rule()
    def speak_of_something_else(self) -> None:
        self.runner.run(self.stage.beside())

    @rule(fault=st.sampled_from(sorted(FEED_FAULTS)))
    def go_wrong(self, fault: str) -> None:
        self.runner.run(self.stage.fail(fault))

    @rule(fault=st.sampled_from(AT_THE_DOOR))
    def fail_at_the_door(self, fault: str) -> None:
        self.runner.run(self.stage.fail(fault, route="GET /ws"))

    @rule(fault=st.sampled_from(WHILE_READING))
    def fail_while_reading(self, fault: str) -> None:
        self.runner.run(self.stage.fail(fault, route="GET /v1/user/balance"))

    @rule()
    def listen_for_a_while(self) -> None:
        self.runner.run(self._next())

    @precondition(lambda self: self.changes)
    @rule()
    def be_well_again(self) -> None:
        self.runner.run(self._converge())

    async def _next(self) -> None:
        self.heard.clear()
        # Where nothing is wrong there is a heartbeat; where something is, there is trouble.
        async with asyncio.timeout(_HANGS):
            await self.heard.wait()

    async def _converge(self) -> None:
        async with asyncio.timeout(_HANGS):
            while not self._is_right():
                await self._next()

    def _is_right(self) -> bool:
        last = self.told[-1] if self.told else None
        return isinstance(last, Answer) and balances(last) == self.stage.holds()

    def _check(self) -> None:
        reached = dict.fromkeys(self.true, 0)
        position = 0
        for answer in self.told:
            if isinstance(answer, UpstreamError):
                continue
            told = balances(answer)
            assert {"BTC", "USD", "ETH", "LTC", "USDC"} <= told.keys(), "a currency vanished"
            for currency, balance in told.items():
                assert balance in self.true[currency], f"{currency} never was {balance}"
                step = self.true[currency].index(balance)
                assert step >= reached[currency], f"{currency} went back to {balance}"
                reached[currency] = step
            assert answer.position is not None
            assert answer.position.value >= position, "a position went back"
            position = answer.position.value

    async def _end(self) -> None:
        try:
            await self._converge()
        finally:
            self.listening.cancel()
            with suppress(asyncio.CancelledError):
                await self.listening
            await self.stack.aclose()

    def teardown(self) -> None:
        with self.runner:
            self.runner.run(self._end())
        self._check()


TestFeedAndLedger = FeedAndLedger.TestCase
TestFeedAndLedger.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
