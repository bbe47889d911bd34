"""Who has spent a budget, or met a penalty, has spent and met it for nobody else, at whichever replica."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from limits.aio.storage import MemoryStorage

from gateway.replicas.pulse import Pulse
from gateway.upstream.budget import Budget
from gateway.upstream.limit import Limit
from gateway.upstream.sharing import Sharing, open_storage
from tests.plane.clock import AheadClock
from tests.readings.opening import found_shelf
from tests.running import DEMO_KEY, OTHER_KEY, Gateway, running_gateway
from tests.stores.process import StoreProcess

LIMITS = [
    Limit(4, 60),
    Limit(4, 60, fails_closed=True),
    Limit(4, 60, by_wall_clock=True),
]
NAMES = ["window", "closing", "minute"]
PENALTY = 30.0
WALLETS = "query ($age: Int) { exchangeWallets(maxAge: $age) { outcome problem { code } } }"
BUDGETS = "{ providers { provider budgetRemaining } }"


def _budget(limit: Limit | None, clock: AheadClock, sharing: Sharing | None) -> Budget:
    return Budget(
        limit, lambda _step, _now: PENALTY, storage=MemoryStorage(), time=clock.time, name="SFOX", sharing=sharing
    )


@asynccontextmanager
async def _budgets(limit: Limit | None, store: StoreProcess | None) -> AsyncIterator[Sequence[Budget]]:
    """Give the budgets of two replicas over a store, or one's twice where there is none."""
    clock = AheadClock()
    if store is None:
        yield [_budget(limit, clock, None)] * 2
        return
    async with found_shelf(store.url, clock) as one, found_shelf(store.url, clock) as other:
        sharings = [
            Sharing(shelf.link, Pulse(shelf.link, clock.monotonic), open_storage(shelf.link)) for shelf in (one, other)
        ]
        for sharing in (*sharings, *sharings):
            assert await sharing.pulse.beat()
        yield [_budget(limit, clock, sharing) for sharing in sharings]


async def _are_spent_apart(limit: Limit, store: StoreProcess | None) -> None:
    async with _budgets(limit, store) as (one, other):
        taken = [await budget.take("mine") == 0 for budget in (one, other) * limit.calls]
        assert taken.count(True) == limit.calls
        for budget in (one, other):
            mine, yours = await budget.left("mine"), await budget.left("yours")
            assert mine is not None
            assert yours is not None
            assert (mine.calls, yours.calls) == (0, limit.calls)
        for budget in (one, other):
            assert await budget.take("mine") > 0
            assert await budget.take("yours") == 0


@pytest.mark.parametrize("limit", LIMITS, ids=NAMES)
async def test_a_budget_is_spent_by_each_for_itself(limit: Limit) -> None:
    await _are_spent_apart(limit, None)


@pytest.mark.parametrize("limit", LIMITS, ids=NAMES)
async def test_a_budget_that_replicas_share_is_spent_by_each_for_itself(limit: Limit, store: StoreProcess) -> None:
    await _are_spent_apart(limit, store)


async def _close_apart(store: StoreProcess | None) -> None:
    async with _budgets(None, store) as (one, other):
        assert await one.empty("mine", None) == PENALTY
        for budget in (one, other):
            assert await budget.take("mine") > 0
            assert await budget.take("yours") == 0
            assert budget.penalty("mine") > 0
            assert budget.penalty("yours") == 0


async def test_a_penalty_closes_the_provider_to_who_earned_it_alone() -> None:
    await _close_apart(None)


async def test_a_penalty_that_replicas_share_closes_the_provider_to_who_earned_it_alone(store: StoreProcess) -> None:
    await _close_apart(store)


async def _outcome(gateway: Gateway, key: str) -> tuple[str, str | None]:
    reading = (await gateway.ask(WALLETS, {"age": 0}, key=key)).data["exchangeWallets"]
    return reading["outcome"], reading["problem"] and reading["problem"]["code"]


async def _left(gateway: Gateway, key: str | None) -> int | None:
    told = (await gateway.ask(BUDGETS, key=key)).data["providers"]
    (left,) = [each["budgetRemaining"] for each in told if each["provider"] == "SFOX"]
    assert left is None or isinstance(left, int)
    return left


async def test_a_caller_who_has_asked_five_times_has_spent_nobody_elses_calls(gateway: Gateway) -> None:
    for _ in range(5):
        assert await _outcome(gateway, DEMO_KEY) == ("FRESH", None)
    assert [await _left(gateway, key) for key in (DEMO_KEY, OTHER_KEY, None)] == [0, 5, None]
    assert await _outcome(gateway, DEMO_KEY) == ("STALE", "RATE_LIMITED")
    assert await _outcome(gateway, OTHER_KEY) == ("FRESH", None)
    assert [await _left(gateway, key) for key in (DEMO_KEY, OTHER_KEY)] == [0, 4]


async def test_a_caller_whom_the_exchange_refuses_is_refused_alone() -> None:
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="1") as gateway:
        await gateway.fail("sfox", "429", 1)
        assert await _outcome(gateway, DEMO_KEY) == ("UNAVAILABLE", "RATE_LIMITED")
        assert await _outcome(gateway, OTHER_KEY) == ("FRESH", None)
        assert await _outcome(gateway, DEMO_KEY) == ("UNAVAILABLE", "RATE_LIMITED")
