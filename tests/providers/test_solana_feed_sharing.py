"""Many accounts on few sockets: each is told its own figures, and all together cost few calls."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Answer
from gateway.sandbox import addresses
from tests.providers.feeding import Feeding, Listener, open_feeding

ACCOUNTS = addresses.GENERATED_TOKEN_ACCOUNTS


@pytest_asyncio.fixture
async def feeding() -> AsyncIterator[Feeding]:
    async with open_feeding(most=3) as opened:
        yield opened


async def test_each_hears_its_own_account_on_as_few_sockets_as_may_be(feeding: Feeding) -> None:
    listeners = {account: await feeding.listen(account) for account in ACCOUNTS[:7]}
    await feeding.settled(*listeners.values())
    assert sorted(map(len, await feeding.watched())) == [1, 3, 3]
    for amount, account in enumerate(listeners, start=1):
        await feeding.change(amount, account)
    for number, (account, listener) in enumerate(listeners.items(), start=1):
        await listener.until_amount(number)
        told = listener.told[-1]
        assert isinstance(told, Answer)
        assert told.value.address.text == account
        assert listener.shown == [999_999 + number] * 2 + [number]


async def test_a_node_that_takes_fewer_to_a_socket_is_given_fewer() -> None:
    async with open_feeding() as feeding:
        await feeding.order(mode={"max_subscriptions": 2})
        listeners = [await feeding.listen(account) for account in ACCOUNTS[:5]]
        await feeding.settled(*listeners)
        async with asyncio.timeout(20):
            while sorted(map(len, await feeding.watched())) != [1, 2, 2]:
                pass
        await feeding.order(hang_up=True)
        for account in ACCOUNTS[:5]:
            await feeding.change(7, account)
        for listener in listeners:
            await listener.until_amount(7)


async def test_past_the_last_socket_accounts_are_polled_until_there_is_room() -> None:
    async with open_feeding(most=2, sockets=2) as feeding:
        listeners = [await feeding.listen(account) for account in ACCOUNTS[:6]]
        await feeding.settled(*listeners[:4])
        await feeding.until_watched(list(ACCOUNTS[:2]), list(ACCOUNTS[2:4]))
        assert feeding.calls("WS /") == 2
        for account in ACCOUNTS[:6]:
            await feeding.change(7, account)
        await feeding.beat_until(lambda: all(listener.shown[-1:] == [7] for listener in listeners))
        assert operations(listeners[4]) == {"getMultipleAccounts"}
        # The first to come is the first to be let in, and what changed meanwhile is read.
        await listeners[1].leave()
        await feeding.until_watched([ACCOUNTS[0], ACCOUNTS[4]], list(ACCOUNTS[2:4]))
        await feeding.change(8, ACCOUNTS[4])
        await listeners[4].until_amount(8)
        assert "accountSubscribe" in operations(listeners[4])
        assert feeding.sockets == 2


async def test_a_socket_whose_last_account_is_left_takes_the_one_that_waits() -> None:
    async with open_feeding(most=1, sockets=1) as feeding:
        first, second = await feeding.listen(ACCOUNTS[0]), await feeding.listen(ACCOUNTS[1])
        await feeding.settled(first)
        await second.until_amount(1_000_001)
        await first.leave()
        await feeding.until_watched([ACCOUNTS[1]])
        assert feeding.calls("WS /") == 1
        await second.leave()
        await feeding.until_watched()
        assert feeding.sockets == 0


async def test_a_node_that_takes_fewer_to_a_socket_is_opened_no_more_sockets_for_it() -> None:
    async with open_feeding(sockets=2) as feeding:
        await feeding.order(mode={"max_subscriptions": 2})
        listeners = [await feeding.listen(account) for account in ACCOUNTS[:5]]
        async with asyncio.timeout(20):
            while sorted(map(len, await feeding.watched())) != [2, 2]:
                pass
        assert feeding.calls("WS /") == 2
        for account in ACCOUNTS[:5]:
            await feeding.change(7, account)
        await feeding.beat_until(lambda: all(listener.shown[-1:] == [7] for listener in listeners))
        assert not any(isinstance(told, UpstreamError) for listener in listeners for told in listener.told)


def operations(listener: Listener) -> set[str]:
    return {told.operation for told in listener.told if isinstance(told, Answer)}


async def test_two_who_follow_one_account_share_a_subscription(feeding: Feeding) -> None:
    one, other = await feeding.listen(), await feeding.listen()
    await feeding.settled(one, other)
    assert await feeding.watched() == [[addresses.TOKEN_ACCOUNT]]
    await feeding.change(5)
    await asyncio.gather(one.until_amount(5), other.until_amount(5))
    await one.leave()
    await feeding.change(6)
    await other.until_amount(6)
    third = await feeding.listen()
    await third.until_amount(6)
    await feeding.change(7)
    await asyncio.gather(third.until_amount(7), other.until_amount(7))
    assert feeding.calls("accountSubscribe") == 1


async def test_one_who_leaves_and_comes_back_at_once_hears_what_follows(feeding: Feeding) -> None:
    """Nodes give equal subscriptions one number: ending the first must not end the second."""
    stays = await feeding.listen(addresses.USDC_ACCOUNT)
    await feeding.settled(stays)
    await feeding.order(latency_ms=30)
    for _ in range(3):
        gone = await feeding.listen()
        await gone.until(lambda told: len(told) >= 1)
        await gone.leave()
    listener = await feeding.listen()
    await feeding.order(latency_ms=0)
    await feeding.settled(listener)
    await feeding.change(5)
    told = await listener.until_amount(5)
    assert isinstance(told, Answer)
    assert told.operation == "accountSubscribe"


async def test_snapshots_of_many_accounts_are_read_together() -> None:
    async with open_feeding() as feeding:
        listeners = [await feeding.listen(account) for account in ACCOUNTS[:90]]
        await feeding.settled(*listeners)
        reads = feeding.calls("getMultipleAccounts")
        assert reads < 9
        told = [len(listener.told) for listener in listeners]
        feeding.beats.let_pass()
        for listener, before in zip(listeners, told, strict=True):
            await listener.until(lambda all_told, before=before: len(all_told) > before)  # type: ignore[misc]  # a default
        assert feeding.calls("getMultipleAccounts") == reads + 1
        assert len(await feeding.watched()) == 1
