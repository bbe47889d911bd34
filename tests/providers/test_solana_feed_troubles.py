"""A feed of Solana's accounts in trouble: what is told of it, what is not, and how it gets well again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.sandbox import addresses
from tests.providers.feeding import Feeding, Listener, open_feeding, shown

NOTIFICATION, SUBSCRIBE = "accountNotification", "accountSubscribe"
CONFIRMED = 301_554_249


@pytest_asyncio.fixture
async def feeding() -> AsyncIterator[Feeding]:
    async with open_feeding() as opened:
        yield opened


async def listening(feeding: Feeding, account: str = addresses.TOKEN_ACCOUNT) -> Listener:
    listener = await feeding.listen(account)
    await feeding.settled(listener)
    return listener


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("disconnect", ProblemCode.UNAVAILABLE),
        ("truncated", ProblemCode.UNAVAILABLE),
        ("oversize", ProblemCode.PROTOCOL),
        ("not-json", ProblemCode.PROTOCOL),
        ("wrong-type", ProblemCode.PROTOCOL),
    ],
)
async def test_a_socket_that_breaks_is_told_once_and_what_was_missed_is_read(
    feeding: Feeding, fault: str, code: ProblemCode
) -> None:
    listener = await listening(feeding)
    feeding.waits.is_open = False
    await feeding.fail(fault, NOTIFICATION)
    await feeding.change(5)
    await listener.until_last(lambda told: shown(told) is code)
    await feeding.change(6)
    feeding.waits.let_pass()
    await listener.until_amount(6)
    assert listener.shown == [9864, 9864, code, 6]


async def test_a_socket_that_cannot_be_raised_again_is_told_of_once(feeding: Feeding) -> None:
    listener = await listening(feeding)
    await feeding.fail("503", "WS /", times=None)
    await feeding.order(hang_up=True)
    await feeding.until(lambda: len(feeding.waits.asked) >= 5)
    assert listener.shown == [9864, 9864, ProblemCode.UNAVAILABLE]
    await feeding.change(5)
    feeding.beats.let_pass(3)
    await listener.until_amount(5)


async def test_silence_is_noticed_by_a_missing_pong() -> None:
    async with open_feeding(ping=0.1) as feeding:
        listener = await listening(feeding)
        await feeding.fail("silence", NOTIFICATION)
        await feeding.change(5)
        await listener.until_amount(5)
        assert listener.shown == [9864, 9864, ProblemCode.TIMEOUT, 5]


@pytest.mark.parametrize(
    "fault",
    [
        "hang",
        "refused",
        "rpc-32603",
        "rpc-429",
        "wrong-id",
        "both-result-and-error",
        "missing-field",
        "not-json",
        "silence",
        "float-amount",
        "disconnect",
        "truncated",
        "oversize",
        "error-in-200",
    ],
)
async def test_whatever_happens_to_a_subscription_it_is_asked_for_again(fault: str) -> None:
    async with open_feeding(patience=0.3, ping=0.2) as feeding:
        await feeding.fail(fault, SUBSCRIBE, times=2)
        listener = await feeding.listen()
        await listener.until_amount(9864)
        await feeding.until(lambda: feeding.calls(SUBSCRIBE) >= 3)
        await feeding.until_watched([addresses.TOKEN_ACCOUNT])
        await feeding.change(5)
        await listener.until_amount(5)
        # Snapshots are read meanwhile: a feed that never stood has nothing to tell of its fall.
        assert [each for each in listener.told if isinstance(each, UpstreamError)] == []


@pytest.mark.parametrize("fault", ["401", "429-retry-after", "503", "html", "empty", "disconnect", "hang", "redirect"])
async def test_whatever_happens_at_the_door_snapshots_are_told(fault: str) -> None:
    async with open_feeding(patience=0.3) as feeding:
        await feeding.fail(fault, "WS /", times=None)
        listener = await feeding.listen()
        await listener.until_amount(9864)
        await feeding.until(lambda: len(feeding.waits.asked) >= 2)
        await feeding.change(5)
        feeding.beats.let_pass(3)
        await listener.until_amount(5)
        assert await feeding.watched() == []
        assert set(listener.shown) == {9864, 5}
        if fault == "429-retry-after":
            assert min(feeding.waits.asked) >= 1


async def test_a_snapshot_that_fails_is_told_at_first_and_read_again_at_the_next_beat(feeding: Feeding) -> None:
    await feeding.fail("503", "POST /", times=2)
    listener = await feeding.listen()
    await listener.until_last(lambda told: shown(told) is ProblemCode.UNAVAILABLE)
    await feeding.beat_until(lambda: listener.shown[-1] == 9864)
    assert feeding.calls("POST /") == 3


async def test_snapshots_that_fail_while_the_socket_stands_are_told_from_the_third_on(feeding: Feeding) -> None:
    listener = await listening(feeding)
    await feeding.fail("503", "POST /", times=None)
    reads = feeding.calls("POST /")
    await feeding.beat_until(lambda: ProblemCode.UNAVAILABLE in listener.shown)
    assert feeding.calls("POST /") == reads + 3
    await feeding.change(5)
    await listener.until_amount(5)
    assert listener.shown[:3] == [9864, 9864, ProblemCode.UNAVAILABLE]
