"""What is kept, under way, refreshed, stale or shared for one credential is nothing to who has another."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from gateway.domain.exchange import Fingerprints
from gateway.domain.reading import Outcome
from tests.isolation.account import KEEP_FOR, Accounts, Gatekeeper
from tests.readings.clock import StandingClock
from tests.readings.opening import find, found_shelf, open_shelf_at
from tests.stores.process import StoreProcess

either = st.sampled_from([0, 1])
ages = st.sampled_from([None, 0, 5, 60, 1e6])
moves = st.sampled_from([1, 8, 9, 11, 100, KEEP_FOR])


class TwoCallers(RuleBasedStateMachine):
    """Two owners of accounts, and their readers at any number of replicas, in any order and at once."""

    url: str | None = None
    replicas = 1

    @initialize()
    def open(self) -> None:
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.stack.enter_context(capture_logs())
        self.clock = StandingClock()
        self.fingerprints = Fingerprints()
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.accounts = Accounts(self.fingerprints)
        self.keepers = [await self._keeper() for _ in range(self.replicas)]

    async def _keeper(self) -> Gatekeeper:
        shelf = None
        if self.url is not None:
            shelf = open_shelf_at(self.url, KEEP_FOR, self.clock)
            self.stack.push_async_callback(shelf.link.close)
            await find(shelf.link)
        keeper = Gatekeeper(self.accounts, self.fingerprints, self.clock, shelf)
        self.stack.push_async_callback(keeper.plane.flights.close)
        return keeper

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.stack.aclose())
            self.runner.close()

    @rule(who=either, at=either, age=ages)
    def read(self, who: int, at: int, age: float | None) -> None:
        self.runner.run(self._read(who, at, age))

    @rule(readers=st.lists(st.tuples(either, either, ages), min_size=2, max_size=6))
    def read_at_once(self, readers: Sequence[tuple[int, int, float | None]]) -> None:
        async def read() -> None:
            await asyncio.gather(*(self._read(*each) for each in readers))

        self.runner.run(read())

    async def _read(self, who: int, at: int, age: float | None) -> None:
        account, keeper = self.accounts.both[who], self.keepers[at % self.replicas]
        # Who asks an account that hangs waits a moment; nobody waits because the other account hangs.
        if not account.gate.is_set():
            await keeper.read(account, age, within=0)
        elif account.is_failing:
            await keeper.read(account, age)
        else:
            await keeper.reads_its_own(account, age)

    @rule(who=either)
    def hang(self, who: int) -> None:
        self.accounts.both[who].gate.clear()

    @rule(who=either)
    def answer_at_last(self, who: int) -> None:
        self.accounts.both[who].gate.set()

    @rule(who=either, is_failing=st.booleans())
    def fail(self, who: int, is_failing: bool) -> None:  # noqa: FBT001 - the machine passes it by name
        # What was asked before it changed may end either way.
        if self.accounts.both[who].gate.is_set() and not any(keeper.plane.flights for keeper in self.keepers):
            self.accounts.both[who].is_failing = is_failing

    @rule(seconds=moves)
    def advance(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(at=either)
    def restart(self, at: int) -> None:
        at %= self.replicas
        self.runner.run(self.keepers[at].plane.flights.close())
        self.keepers[at] = self.runner.run(self._keeper())


TestTwoCallers = TwoCallers.TestCase
TestTwoCallers.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)


def test_two_callers_over_one_store_never_see_each_others_figures(store: StoreProcess) -> None:
    class TwoCallersOverTheStore(TwoCallers):
        url = store.url
        replicas = 2

    few = settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(TwoCallersOverTheStore, settings=few)


@asynccontextmanager
async def _keepers(store: StoreProcess | None) -> AsyncIterator[tuple[Accounts, Sequence[Gatekeeper]]]:
    """Give two replicas over a store, or the same one twice where there is none."""
    clock, fingerprints = StandingClock(), Fingerprints()
    accounts = Accounts(fingerprints)
    if store is None:
        keepers = [Gatekeeper(accounts, fingerprints, clock)] * 2
        yield accounts, keepers
    else:
        async with found_shelf(store.url, clock) as one, found_shelf(store.url, clock) as other:
            keepers = [Gatekeeper(accounts, fingerprints, clock, shelf) for shelf in (one, other)]
            yield accounts, keepers
            for keeper in keepers:
                await keeper.plane.flights.close()
    await keepers[0].plane.flights.close()


@pytest.fixture
async def alone() -> AsyncIterator[tuple[Accounts, Sequence[Gatekeeper]]]:
    async with _keepers(None) as opened:
        yield opened


@pytest.fixture
async def shared(store: StoreProcess) -> AsyncIterator[tuple[Accounts, Sequence[Gatekeeper]]]:
    async with _keepers(store) as opened:
        yield opened


Opened = tuple[Accounts, Sequence[Gatekeeper]]


async def _keeps_apart(opened: Opened) -> None:
    accounts, (one, other) = opened
    for _ in range(2):
        await one.reads_its_own(accounts.mine)
        await other.reads_its_own(accounts.yours)
        await one.reads_its_own(accounts.yours)
        await other.reads_its_own(accounts.mine)
    # What is the second's has the lower positions: it is no older state of what is the first's.
    await one.reads_its_own(accounts.yours, max_age=0)
    assert accounts.asked == {"first-secret": 1, "second-secret": 2}


async def test_what_is_kept_in_memory_is_kept_for_each(alone: Opened) -> None:
    await _keeps_apart(alone)


async def test_what_replicas_share_is_kept_for_each(shared: Opened) -> None:
    await _keeps_apart(shared)


async def _holds_up_nobody_else(opened: Opened) -> None:
    accounts, (one, other) = opened
    accounts.mine.gate.clear()
    waiting = asyncio.create_task(one.read(accounts.mine))
    while not accounts.asked["first-secret"]:  # noqa: ASYNC110 - the account tells only by its count
        await asyncio.sleep(0.001)
    async with asyncio.timeout(1):
        await other.reads_its_own(accounts.yours)
        await one.reads_its_own(accounts.yours)
    accounts.mine.gate.set()
    assert (await waiting).outcome is Outcome.FRESH


async def test_a_call_under_way_for_one_holds_up_nobody_else(alone: Opened) -> None:
    await _holds_up_nobody_else(alone)


async def test_a_replicas_turn_for_one_holds_up_nobody_else(shared: Opened) -> None:
    await _holds_up_nobody_else(shared)


async def test_a_refresh_for_one_leaves_the_others_figures_alone(alone: Opened) -> None:
    accounts, (one, _) = alone
    for account in accounts.both:
        await one.reads_its_own(account)
    one.clock.advance(8)
    await one.reads_its_own(accounts.mine)
    await one.reads_its_own(accounts.yours)
    while one.plane.flights:  # noqa: ASYNC110 - whatever lands, nobody tells
        await asyncio.sleep(0)
    for account in accounts.both:
        await one.reads_its_own(account)
    assert accounts.asked == {"first-secret": 2, "second-secret": 2}


async def test_what_is_stale_for_one_stands_in_for_nobody_else(shared: Opened) -> None:
    accounts, (one, other) = shared
    await one.reads_its_own(accounts.mine)
    for account in accounts.both:
        account.is_failing = True
    one.clock.advance(60)
    assert (await other.read(accounts.mine)).outcome is Outcome.STALE
    assert (await other.read(accounts.yours)).outcome is Outcome.UNAVAILABLE
