"""A node without getMultipleAccounts: its snapshots say less than its notifications, and of absence not even when."""

from collections.abc import AsyncIterator

import pytest_asyncio

from gateway.domain.reading import Absent, Answer
from gateway.sandbox import addresses
from tests.providers.feeding import Feeding, open_feeding


@pytest_asyncio.fixture
async def feeding() -> AsyncIterator[Feeding]:
    async with open_feeding() as opened:
        await opened.order(mode={"methods_off": ["getMultipleAccounts"]})
        yield opened


async def test_what_is_known_of_an_account_does_not_come_and_go(feeding: Feeding) -> None:
    listener = await feeding.listen()
    await feeding.settled(listener)
    await feeding.change(5)
    told = await listener.until_amount(5)
    assert isinstance(told, Answer)
    assert told.value.token is not None
    await feeding.order(slots=1)
    before = len(listener.told)
    await feeding.beat_until(lambda: len(listener.told) > before)
    # Its own position, too: of the later slot only the amount is known.
    assert listener.told[before:] == [told] * (len(listener.told) - before)


async def test_an_amount_that_only_a_snapshot_tells_is_told_without_the_rest(feeding: Feeding) -> None:
    listener = await feeding.listen()
    await feeding.settled(listener)
    await feeding.change(5)
    await listener.until_amount(5)
    await feeding.fail("gap", "accountNotification")
    await feeding.change(6)
    await feeding.beat_until(lambda: listener.shown[-1] == 6)
    told = listener.told[-1]
    assert isinstance(told, Answer)
    assert (told.value.token, told.operation) == (None, "getTokenAccountBalance")


async def test_absence_without_a_slot_is_believed_when_it_is_said_again(feeding: Feeding) -> None:
    listener = await feeding.listen()
    await feeding.settled(listener)
    await feeding.fail("gap", "accountNotification")
    await feeding.change(None)
    reads = feeding.calls("getTokenAccountBalance")
    await feeding.beat_until(lambda: listener.shown[-1] is None)
    assert listener.told[-1] == Absent("getTokenAccountBalance")
    # A batch and a call by itself, if at all, for each of three snapshots.
    assert feeding.calls("getTokenAccountBalance") - reads >= 3
    before = len(listener.told)
    await feeding.beat_until(lambda: len(listener.told) > before)
    assert set(listener.shown[before:]) == {None}


async def test_an_account_that_is_not_there_at_first_is_absent_at_once(feeding: Feeding) -> None:
    listener = await feeding.listen(addresses.CLOSED_ACCOUNT)
    await feeding.settled(listener)
    assert set(listener.told) == {Absent("getTokenAccountBalance")}
