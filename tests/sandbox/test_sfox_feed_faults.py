"""What can be made to go wrong with sFOX's feed, each by its name."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import FEED_FAULTS, credentials
from tests.sandbox.caller import Caller
from tests.sandbox.listener import Listener, connected, listening

BALANCES = "private.user.balances"


async def change(caller: Caller, balance: str) -> None:
    await caller.order("sfox", balance={"token": credentials.SFOX_TOKEN, "currency": "btc", "balance": balance})


async def numbered(listener: Listener, count: int) -> list[tuple[int, str]]:
    """Read so many messages: their numbers, and what they say of bitcoin."""
    read = [await listener.tree() for _ in range(count)]
    return [(each["sequence"], each["payload"][0]["balance"]) for each in read]


async def spoilt(caller: Caller, fault: str) -> Any:
    """Read the message that a fault has struck, and see that the next one is right."""
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", fault)
        await change(caller, "7")
        text = await listener.text()
        await change(caller, "8")
        assert await numbered(listener, 1) == [(4, "8")]
    return text


async def test_a_refused_request_may_be_made_again(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-refuse", times=2)
        for expected in (False, False, True):
            await listener.authenticate()
            assert await listener.acknowledged() is expected


async def test_a_refused_subscription_is_told_nothing(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-refuse", route="subscribe")
        await listener.authenticate()
        assert await listener.acknowledged()
        await listener.subscribe()
        assert not await listener.acknowledged()
        await change(caller, "7")
        assert await listener.is_all()


async def test_a_late_acknowledgement_comes(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-late-ack")
        await listener.authenticate()
        acknowledged = asyncio.create_task(listener.acknowledged())
        while not caller.sandbox.calls["sfox"]["authenticate"]:
            await caller.order("sfox")
        # By now he is known, and has not been told so.
        assert not acknowledged.done()
        assert await acknowledged


async def test_an_ignored_request_is_not_carried_out(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-no-ack")
        await listener.authenticate()
        assert await listener.is_all()
        await listener.subscribe()
        assert not await listener.acknowledged()


async def test_a_gap_takes_a_message_and_its_number(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-gap")
        await change(caller, "7")
        await change(caller, "8")
        assert await numbered(listener, 1) == [(4, "8")]


async def test_a_message_may_come_after_the_one_that_follows_it(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-reorder")
        await change(caller, "7")
        assert await listener.is_all()
        await change(caller, "8")
        await change(caller, "9")
        assert await numbered(listener, 3) == [(4, "8"), (3, "7"), (5, "9")]


async def test_a_message_may_come_twice(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-duplicate")
        await change(caller, "7")
        await change(caller, "8")
        assert await numbered(listener, 3) == [(3, "7"), (3, "7"), (4, "8")]


async def test_half_a_message_is_no_json(caller: Caller) -> None:
    text = await spoilt(caller, "feed-half")
    assert text.startswith('{"sequence":3,')
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


async def test_a_payload_of_another_type(caller: Caller) -> None:
    assert json.loads(await spoilt(caller, "feed-wrong-type"))["payload"] == "balances"


async def test_a_missing_amount(caller: Caller) -> None:
    (row,) = json.loads(await spoilt(caller, "feed-missing-field"))["payload"]
    assert "balance" not in row
    assert "available" in row


async def test_an_amount_that_is_a_number(caller: Caller) -> None:
    assert '[{"currency":"btc","balance":7,"available":"1",' in await spoilt(caller, "feed-float-amount")


async def test_an_amount_that_is_none(caller: Caller) -> None:
    assert '[{"currency":"btc","balance":"NaN","available":"1",' in await spoilt(caller, "feed-nan")


async def test_a_message_that_is_too_long(caller: Caller) -> None:
    text = await spoilt(caller, "feed-oversize")
    assert len(text) > 2 * 2**20
    assert json.loads(text)["payload"][0]["balance"] == "7"


@pytest.mark.parametrize(
    ("fault", "frame", "code"),
    [("feed-drop", aiohttp.WSMsgType.CLOSED, 1006), ("feed-close", aiohttp.WSMsgType.CLOSE, 1001)],
)
@pytest.mark.parametrize("route", ["GET /ws", "authenticate", "subscribe", BALANCES])
async def test_a_connection_ends_at_any_step(
    caller: Caller, fault: str, frame: aiohttp.WSMsgType, code: int, route: str
) -> None:
    await caller.fail("sfox", fault, route=route)
    async with connected(caller.sandbox, caller.session) as listener:
        if route != "GET /ws":
            await listener.authenticate()
        if route in ("subscribe", BALANCES):
            assert await listener.acknowledged()
            await listener.subscribe()
        if route == BALANCES:
            assert await listener.acknowledged()
            await change(caller, "7")
        assert (await listener.frame()).type is frame
        assert listener.socket.close_code == code


async def test_a_silent_connection_says_nothing_and_answers_no_ping(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-silence")
        await change(caller, "7")
        await change(caller, "8")
        await listener.socket.ping()
        await listener.subscribe()
        (seat,) = (await caller.get("sfox", "/_sandbox")).tree["feed"]["connections"]
        assert seat["silent"]
        await caller.order("sfox", reset=True)
        # The end is the first that is heard of it.
        assert (await listener.frame()).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("route", ["authenticate", BALANCES])
async def test_a_ban_is_an_error_an_end_and_a_closed_door(caller: Caller, route: str) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-ban", route=route)
        await change(caller, "7")
        if route == "authenticate":
            assert (await listener.tree())["sequence"] == 3
            await listener.authenticate()
        assert not await listener.acknowledged()
        await listener.frame()
        assert listener.socket.close_code == 1008
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(caller.sandbox, caller.session):
            raise AssertionError
    assert refused.value.status == 429
    # Only the feed is closed to him; a reset opens it again.
    assert (await caller.get("sfox", "/v1/user/balance")).status == 200
    await caller.order("sfox", reset=True)
    async with connected(caller.sandbox, caller.session) as again:
        assert await again.is_all()


async def test_a_banned_caller_is_refused_at_the_door(caller: Caller) -> None:
    await caller.fail("sfox", "feed-ban", route="GET /ws")
    for _ in range(2):
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(caller.sandbox, caller.session):
                raise AssertionError


@pytest.mark.parametrize("fault", FEED_FAULTS)
async def test_faults_of_the_feed_leave_plain_calls_alone(caller: Caller, fault: str) -> None:
    await caller.fail("sfox", fault)
    assert (await caller.get("sfox", "/v1/user/balance")).status == 200
    assert len((await caller.get("sfox", "/_sandbox")).tree["faults"]) == 1


async def test_a_spoilt_wallet_beside_the_account_is_one_too(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-nan")
        wallet = {"address": "0xaa", "network": "ethereum", "balance": "12.5"}
        await caller.order("sfox", balance={"token": credentials.SFOX_TOKEN, **wallet})
        assert (await listener.tree())["payload"]["balance"] == "NaN"


async def test_a_row_without_a_balance_loses_what_it_has(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.fail("sfox", "feed-missing-field")
        await caller.order("sfox", balance={"token": credentials.SFOX_TOKEN, "currency": "new", "available": "1"})
        assert (await listener.tree())["payload"] == [{"currency": "new"}]
