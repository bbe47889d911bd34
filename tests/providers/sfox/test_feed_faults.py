"""What can go wrong with the feed: whatever it is, no change is lost, none is undone, and nothing becomes zero."""

import pytest
from aiohttp import web

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer
from gateway.providers.sfox.message import BALANCES
from gateway.providers.sfox.patience import Pace
from tests.providers.sfox.follower import Follower, Stage, balances, following, staged
from tests.providers.sfox.test_feed import BEGINNING
from tests.upstream.test_websocket import listen, serving

REST = "GET /v1/user/balance"


async def settled(stage: Stage, follower: Follower) -> None:
    """See that the numbering is in order again: a change costs no reading, and is told by itself."""
    read = stage.calls(REST)
    await stage.change("99")
    assert (await follower.balances())["BTC"] == "99"
    assert stage.calls(REST) == read


async def test_a_gap_is_closed_by_a_reading_and_not_by_another_connection(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-gap")
        await stage.change("2")
        await stage.change("7", "usd")
        # One of the two was lost, and neither is told without the other.
        assert await follower.balances() == {**BEGINNING, "BTC": "2", "USD": "7"}
        await settled(stage, follower)
    assert (stage.calls(REST), stage.calls("GET /ws")) == (2, 1)


async def test_a_lost_message_with_none_after_it_is_found_in_time(stage: Stage) -> None:
    async with following(stage.feed(Pace(ping_every=60, reads_apart=0, recheck_every=0.05))) as follower:
        await follower.next()
        await stage.fail("feed-gap")
        await stage.change("2")
        await follower.until_bitcoin("2")


async def test_the_account_is_not_read_again_right_after_a_message(stage: Stage) -> None:
    pace = Pace(ping_every=60, reads_apart=0.1, recheck_every=0.05)
    async with following(stage.feed(pace)) as follower:
        await follower.next()
        for balance in ("2", "3", "4"):
            await stage.change(balance)
            await follower.until_bitcoin(balance)
        await stage.fail("feed-gap")
        await stage.change("5")
        # Once it has been quiet for long enough.
        await follower.until_bitcoin("5")


async def test_a_message_out_of_order_undoes_nothing(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-reorder")
        await stage.change("2")
        await stage.change("3")
        # Told by number 4, and not taken back by number 3.
        heard = await follower.until_bitcoin("3")
        assert len(heard) == 1
        await settled(stage, follower)
    assert stage.calls("GET /ws") == 1


async def test_a_message_that_comes_twice_is_told_once(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-duplicate")
        await stage.change("2")
        assert (await follower.balances())["BTC"] == "2"
        await settled(stage, follower)
    assert stage.calls(REST) == 1


@pytest.mark.parametrize("fault", ["feed-half", "feed-wrong-type", "feed-missing-field", "feed-nan"])
async def test_a_message_that_is_not_understood_is_made_good_by_a_reading(stage: Stage, fault: str) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail(fault)
        await stage.change("2")
        assert await follower.balances() == {**BEGINNING, "BTC": "2"}
        await stage.change("3")
        await follower.until_bitcoin("3")
    assert stage.calls("GET /ws") == 1


async def test_an_amount_that_is_a_number_is_read_from_its_digits(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-float-amount")
        await stage.change("123456789012345678.123456789012345678")
        assert (await follower.balances())["BTC"] == "123456789012345678.123456789012345678"
    assert stage.calls(REST) == 1


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("feed-drop", ProblemCode.UNAVAILABLE),
        ("feed-close", ProblemCode.UNAVAILABLE),
        ("feed-oversize", ProblemCode.PROTOCOL),
    ],
)
async def test_a_connection_that_ends_is_told_and_then_made_anew(stage: Stage, fault: str, code: ProblemCode) -> None:
    async with following(stage.feed()) as follower:
        before = await follower.answer()
        await stage.fail(fault)
        await stage.change("2")
        assert (await follower.trouble()).code is code
        after = await follower.answer()
        assert balances(after) == {**BEGINNING, "BTC": "2"}
        assert before.position is not None
        assert before.position.is_before(after.position)
        await settled(stage, follower)
    assert [3 <= wait < 4 for wait in stage.time.waits] == [True]


async def test_changes_while_there_was_no_connection_are_told_after_it(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-drop")
        await stage.beside()
        await follower.trouble()
        await stage.change("2")
        await stage.change("7", "usd")
        assert await follower.balances() == {**BEGINNING, "BTC": "2", "USD": "7"}


async def test_the_same_value_is_told_anew_after_trouble(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-drop")
        await stage.beside()
        await follower.trouble()
        assert await follower.balances() == BEGINNING


async def test_silence_is_noticed_by_the_ping_that_is_not_answered(stage: Stage) -> None:
    async with following(stage.feed(Pace(ping_every=0.05, reads_apart=0), pong_within=0.05)) as follower:
        await follower.next()
        await stage.fail("feed-silence")
        await stage.change("2")
        heard = await follower.until(lambda told: isinstance(told, UpstreamError))
        assert isinstance(heard[-1], UpstreamError)
        assert heard[-1].code is ProblemCode.TIMEOUT
        assert all(balances(each) == BEGINNING for each in heard if isinstance(each, Answer))
        await follower.until_bitcoin("2")


@pytest.mark.parametrize("route", ["authenticate", "subscribe"])
async def test_a_late_acknowledgement_is_waited_for(stage: Stage, route: str) -> None:
    await stage.fail("feed-late-ack", route=route)
    async with following(stage.feed()) as follower:
        assert await follower.balances() == BEGINNING
    assert stage.calls("GET /ws") == 1


@pytest.mark.parametrize("route", ["authenticate", "subscribe"])
async def test_no_acknowledgement_is_trouble(stage: Stage, route: str) -> None:
    await stage.fail("feed-no-ack", route=route)
    async with following(stage.feed(Pace(ping_every=60, acknowledged_within=0.05))) as follower:
        trouble = await follower.trouble()
        assert (trouble.code, trouble.detail) == (ProblemCode.TIMEOUT, f"{route}: not acknowledged")
        assert await follower.balances() == BEGINNING


async def test_the_subscription_waits_for_the_acknowledgement(stage: Stage) -> None:
    await stage.fail("feed-no-ack", route="authenticate")
    async with following(stage.feed(Pace(ping_every=60, acknowledged_within=0.05))) as follower:
        await follower.trouble()
    assert (stage.calls("authenticate"), stage.calls("subscribe")) == (1, 0)


async def test_a_reading_that_fails_is_trouble_and_the_connection_stays(stage: Stage) -> None:
    await stage.fail("503", route=REST)
    async with following(stage.feed()) as follower:
        assert (await follower.trouble()).code is ProblemCode.UNAVAILABLE
        assert await follower.balances() == BEGINNING
    assert (stage.calls("GET /ws"), stage.time.waits) == (1, [])


async def test_nothing_doubtful_is_told_while_the_reading_fails(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("500", times=3, route=REST)
        await stage.fail("feed-gap")
        await stage.change("2")
        await stage.change("3")
        assert [(await follower.trouble()).code for _ in range(3)] == [ProblemCode.UNAVAILABLE] * 3
        assert (await follower.balances())["BTC"] == "3"


async def test_readings_keep_apart_however_disorderly_the_feed(stage: Stage) -> None:
    async with following(stage.feed(Pace(ping_every=60, reads_apart=60))) as follower:
        await follower.next()
        for balance in ("2", "3"):
            await stage.fail("feed-gap")
            await stage.change(balance)
            await stage.change("4")
        await stage.fail("feed-drop")
        await stage.beside()
        # What was known is in doubt, and the next reading a minute off: nothing was told before the end.
        await follower.trouble()
        assert stage.calls(REST) == 1
        assert (await follower.balances())["BTC"] == "4"


async def test_a_numbering_that_begins_anew_is_left_for_another_connection() -> None:
    async def begin_anew(socket: web.WebSocketResponse) -> None:
        for sequence in (1, 2):
            await socket.receive()
            action = ("authenticate", "subscribe")[sequence - 1]
            await socket.send_json({"type": "success", "sequence": sequence, "action": action})
        # Passed long ago, and none of them like the one before it.
        for address in ("0xaa", "0xbb", "0xcc"):
            beside = {"address": address, "balance": "1", "network": "ethereum", "type": "web3"}
            await socket.send_json({"sequence": 0, "recipient": BALANCES, "payload": beside})
        await listen(socket)

    async with (
        staged() as stage,
        serving(begin_anew) as way,
        following(stage.feed(url=way.url)) as follower,
    ):
        trouble = await follower.trouble()
        assert (trouble.code, trouble.detail) == (ProblemCode.PROTOCOL, "the numbering has begun anew")
