"""Several hosts that take sockets: which is gone to, and that nothing is lost or told backwards on the way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Answer
from gateway.sandbox import Sandbox, addresses, open_sandbox
from tests.providers.feeding import Feeding, Listener, Told, open_feeding
from tests.providers.test_solana_feed import slots

UPGRADE, SUBSCRIBE = "WS /", "accountSubscribe"
ACCOUNT = addresses.TOKEN_ACCOUNT


@dataclass
class Clock:
    """What passes between two attempts."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Pair:
    """A feed that has two nodes of one chain to go to; balances are read at the first."""

    feeding: Feeding
    second: Sandbox
    clock: Clock

    async def at_second(self, **orders: Any) -> Any:
        async with self.feeding.http.post(f"{self.second.urls['solana']}/_sandbox", json=orders) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def change(self, amount: int) -> None:
        """Let the chain go on: both nodes see it."""
        await self.feeding.change(amount)
        await self.follow(amount)

    async def follow(self, amount: int) -> None:
        """Let the second node see what the first has seen."""
        await self.at_second(balance={"tokenAccount": ACCOUNT, "amount": str(amount)})

    async def close_first(self) -> None:
        """Let the first node take no sockets, and drop those that it has."""
        await self.feeding.fail("503", UPGRADE, times=None)
        await self.feeding.order(hang_up=True)

    async def until_second(self) -> None:
        """Wait until the account is subscribed to at the second node, and at that alone."""
        while [len(each) for each in (await self.at_second())["connections"]] != [1]:
            pass
        await self.feeding.until_watched()


@asynccontextmanager
async def open_pair(most: int = 100) -> AsyncIterator[Pair]:
    clock = Clock()
    async with open_sandbox(limits=False) as first, open_sandbox(limits=False) as second:
        urls = first.feeds["solana"], second.feeds["solana"]
        async with open_feeding(first, *urls, most=most, monotonic=clock) as feeding:
            yield Pair(feeding, second, clock)


@pytest_asyncio.fixture
async def pair() -> AsyncIterator[Pair]:
    async with open_pair() as opened:
        yield opened


async def listening(pair: Pair) -> Listener:
    listener = await pair.feeding.listen()
    await pair.feeding.settled(listener)
    return listener


def is_by_socket(told: Told, amount: int) -> bool:
    return isinstance(told, Answer) and told.operation == SUBSCRIBE and told.value.amount.integer == amount


async def test_the_first_host_is_gone_to_while_it_is_well(pair: Pair) -> None:
    await listening(pair)
    await pair.feeding.until_watched([ACCOUNT])
    assert pair.second.calls["solana"][UPGRADE] == 0


async def test_a_host_that_drops_is_left_for_the_next_at_once(pair: Pair) -> None:
    listener = await listening(pair)
    await pair.close_first()
    await pair.until_second()
    assert pair.feeding.waits.asked == []
    await pair.change(5)
    await listener.until_last(lambda told: is_by_socket(told, 5))
    assert [shown for shown in listener.shown if isinstance(shown, ProblemCode)] == [ProblemCode.UNAVAILABLE]


@pytest.mark.parametrize("fault", ["401", "429-retry-after", "503", "html", "redirect", "disconnect"])
async def test_a_host_that_refuses_is_left_for_the_next(pair: Pair, fault: str) -> None:
    await pair.feeding.fail(fault, UPGRADE, times=None)
    listener = await listening(pair)
    await pair.until_second()
    await pair.change(5)
    await listener.until_last(lambda told: is_by_socket(told, 5))
    # It has stood nowhere before, and so fell nowhere.
    assert set(listener.shown) == {9864, 5}


@pytest.mark.parametrize(
    "order",
    [
        {"mode": {"methods_off": [SUBSCRIBE]}},
        {"fail": {"fault": "refused", "route": SUBSCRIBE, "times": None}},
    ],
    ids=["an unknown method", "no room"],
)
async def test_a_host_that_takes_no_subscription_is_left_for_the_next(pair: Pair, order: dict[str, Any]) -> None:
    await pair.feeding.order(**order)
    listener = await listening(pair)
    await pair.until_second()
    await pair.change(5)
    await listener.until_last(lambda told: is_by_socket(told, 5))


async def test_a_host_that_refuses_one_account_is_not_left_for_that() -> None:
    """Else the next would be left alone, too, and be closed to those whom neither refuses."""
    async with open_pair(most=1) as pair:
        await listening(pair)
        await pair.feeding.until_watched([ACCOUNT])
        await pair.feeding.fail("rpc-32603", SUBSCRIBE, times=3)
        await pair.feeding.listen(addresses.USDC_ACCOUNT)
        await pair.feeding.until_watched([ACCOUNT], [addresses.USDC_ACCOUNT])
        assert pair.feeding.calls(SUBSCRIBE) == 5
        assert pair.second.calls["solana"][UPGRADE] == 0


async def test_a_change_that_nobody_told_in_between_is_read(pair: Pair) -> None:
    listener = await listening(pair)
    await pair.at_second(latency_ms=100)
    await pair.close_first()
    await pair.change(5)
    await listener.until_amount(5)


async def test_a_host_that_is_behind_tells_nothing_backwards(pair: Pair) -> None:
    listener = await listening(pair)
    for amount in (5, 6, 7):
        await pair.feeding.change(amount)
    await listener.until_amount(7)
    await pair.close_first()
    await pair.until_second()
    for amount in (5, 6, 7):
        await pair.follow(amount)
    await pair.change(8)
    await listener.until_last(lambda told: is_by_socket(told, 8))
    after = listener.shown[listener.shown.index(ProblemCode.UNAVAILABLE) + 1 :]
    assert set(after) <= {7, 8}
    assert slots(listener.told) == sorted(slots(listener.told))


async def test_the_first_host_is_the_first_again_for_the_next_socket(pair: Pair) -> None:
    await pair.feeding.fail("503", UPGRADE)
    listener = await listening(pair)
    await pair.until_second()
    pair.clock.now += 1
    await pair.at_second(hang_up=True)
    await pair.feeding.until_watched([ACCOUNT])
    await pair.change(5)
    await listener.until_last(lambda told: is_by_socket(told, 5))
    assert (await pair.at_second())["connections"] == []


async def test_a_host_that_keeps_refusing_is_not_asked_at_every_drop_of_the_next(pair: Pair) -> None:
    await pair.feeding.fail("429-retry-after", UPGRADE, times=None)
    await listening(pair)
    await pair.until_second()
    pair.clock.now += 0.1
    await pair.at_second(hang_up=True)
    await pair.feeding.until(lambda: pair.second.calls["solana"][UPGRADE] == 2)
    assert pair.feeding.calls(UPGRADE) == 1
    # Both are left alone for a while, the second for the shorter.
    assert [wait < 1 for wait in pair.feeding.waits.asked] == [True]


async def test_while_no_host_takes_a_socket_snapshots_are_told_and_a_socket_is_gone_back_to(pair: Pair) -> None:
    await pair.feeding.fail("503", UPGRADE, times=None)
    await pair.at_second(fail={"fault": "503", "route": UPGRADE, "times": None})
    listener = await pair.feeding.listen()
    await listener.until_amount(9864)
    await pair.feeding.until(lambda: len(pair.feeding.waits.asked) >= 2)
    await pair.change(5)
    pair.feeding.beats.let_pass(3)
    await listener.until_amount(5)
    assert [told.operation for told in listener.told if isinstance(told, Answer)][-1] == "getMultipleAccounts"
    await pair.at_second(reset=True)
    for amount in (1, 5):
        await pair.follow(amount)
    await pair.until_second()
    await pair.change(6)
    await listener.until_last(lambda told: isinstance(told, Answer) and told.value.amount.integer == 6)
    assert set(listener.shown) == {9864, 5, 6}
