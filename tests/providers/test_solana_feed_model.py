"""Whatever goes wrong on the way, the feed tells what the chain held, forwards, and in the end what it holds."""

import asyncio
from contextlib import AsyncExitStack
from typing import Final

from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.domain.problem import UpstreamError
from gateway.domain.token import Commitment
from gateway.sandbox import addresses
from gateway.sandbox.books.solana import COMMITMENTS, TokenAccount
from tests.providers.feeding import Feeding, Listener, open_feeding, shown

ACCOUNTS: Final = (addresses.TOKEN_ACCOUNT, addresses.USDC_ACCOUNT, addresses.WRAPPED_SOL_ACCOUNT)
_OF_MESSAGES = ("disconnect", "silence", "truncated", "oversize", "not-json", "wrong-type", "wrong-id", "duplicate")
FAULTS: Final = {
    "accountNotification": (*_OF_MESSAGES, "missing-field", "float-amount", "gap", "reordered"),
    "accountSubscribe": (
        *_OF_MESSAGES,
        "missing-field",
        "both-result-and-error",
        "hang",
        "refused",
        "early",
        "rpc-429",
    ),
    "WS /": ("503", "429", "disconnect", "hang", "redirect", "html"),
    "POST /": (
        "503",
        "429",
        "disconnect",
        "truncated",
        "html",
        "rpc-32005",
        "missing-field",
        "float-amount",
        "wrong-id",
    ),
}
STRIKES: Final = [(fault, route) for route, faults in FAULTS.items() for fault in faults]
_PATIENCE = 60


class Life(RuleBasedStateMachine):
    """Accounts that change and close, a node that misbehaves, and those who follow at every commitment."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.listeners: dict[tuple[str, Commitment], Listener] = {}
        # What each commitment saw of each account, by slot.
        self.truth: dict[tuple[str, Commitment, int], int | None] = {}
        self.lags = False

    @initialize()
    def open(self) -> None:
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.feeding: Feeding = await self._feed()
        self._note()
        for account in ACCOUNTS:
            for commitment in Commitment:
                self.listeners[account, commitment] = await self.feeding.listen(account, commitment)

    async def _feed(self) -> Feeding:
        # Five to a socket make two sockets of nine subscriptions.
        return await self.stack.enter_async_context(open_feeding(most=5, patience=0.2, ping=0.1))

    @rule(account=strategies.sampled_from(ACCOUNTS), amount=strategies.sampled_from((0, 1, 2**64 - 1)))
    def change(self, account: str, amount: int) -> None:
        book = self.feeding.sandbox.ledger.solana
        if book.account(account, "processed") is None:
            self._make_anew(account)
            # Subscribers are told with the next slot.
            self._do(slots=1)
        else:
            self._do(balance={"tokenAccount": account, "amount": str(amount)})

    def _make_anew(self, account: str) -> None:
        self.feeding.sandbox.ledger.solana.record(account, self.born[account])
        self._note()

    @rule(account=strategies.sampled_from(ACCOUNTS))
    def close(self, account: str) -> None:
        if self.feeding.sandbox.ledger.solana.account(account, "processed") is not None:
            self._do(balance={"tokenAccount": account, "close": True})

    @rule(slots=strategies.integers(1, 40))
    def pass_slots(self, slots: int) -> None:
        for _ in range(slots):
            self._do(slots=1)

    @rule(strike=strategies.sampled_from(STRIKES))
    def fail(self, strike: tuple[str, str]) -> None:
        fault, route = strike
        self._do(fail={"fault": fault, "route": route, "times": 1})

    @rule()
    def hang_up(self) -> None:
        self._do(hang_up=True)

    @rule()
    def beat(self) -> None:
        self.feeding.beats.let_pass()
        self._do()

    @precondition(lambda self: not self.lags)
    @rule()
    def let_commitments_part(self) -> None:
        self.lags = True
        self._do(mode={"lag": True})

    @precondition(lambda self: self.lags)
    @rule()
    def let_commitments_agree(self) -> None:
        self.lags = False
        self._do(mode={"lag": False})

    @invariant()
    def nothing_but_the_truth_is_told_and_nothing_backwards(self) -> None:
        for (account, commitment), listener in self.listeners.items():
            latest = 0
            for told in listener.told:
                if isinstance(told, UpstreamError):
                    continue
                assert told.position is not None
                assert told.position.value >= latest
                latest = told.position.value
                assert self.truth[account, commitment, latest] == shown(told)

    def teardown(self) -> None:
        try:
            if self.listeners:
                self.runner.run(self._converge())
                self.nothing_but_the_truth_is_told_and_nothing_backwards()
        finally:
            self.runner.run(self.stack.aclose())
            self.runner.close()

    async def _converge(self) -> None:
        """Let it be well again: no change may be lost for good."""
        async with asyncio.timeout(_PATIENCE):
            while not all(self._is_told(*key) for key in self.listeners):
                self.feeding.beats.let_pass()
                await self.feeding.order()

    def _is_told(self, account: str, commitment: Commitment) -> bool:
        told = self.listeners[account, commitment].told
        slot = self._slot(commitment)
        return bool(told) and shown(told[-1]) == self.truth[account, commitment, slot]

    def _do(self, **orders: object) -> None:
        self.runner.run(self.feeding.order(**orders))
        self._note()

    def _note(self) -> None:
        book = self.feeding.sandbox.ledger.solana
        if not self.truth:
            self.born = {account: book.account(account, "processed") for account in ACCOUNTS}
        for commitment in Commitment:
            for account in ACCOUNTS:
                (level,) = (each for each in COMMITMENTS if each == commitment.lower())
                found = book.account(account, level)
                held = found.amount if isinstance(found, TokenAccount) else None
                self.truth[account, commitment, self._slot(commitment)] = held

    def _slot(self, commitment: Commitment) -> int:
        (level,) = (each for each in COMMITMENTS if each == commitment.lower())
        return self.feeding.sandbox.ledger.solana.slot_at(level)


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=30,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
