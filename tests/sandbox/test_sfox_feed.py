"""The feed of sFOX: acknowledged requests, changes told to whoever subscribed, and limits that keep a caller out."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import credentials, open_sandbox
from tests.sandbox.caller import Caller, Clock
from tests.sandbox.listener import FEED, Listener, connected, listening

NOW = 1_767_225_600


@pytest.fixture
async def limited(session: aiohttp.ClientSession) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock(NOW)
    async with open_sandbox(clock=clock) as sandbox:
        yield Caller(sandbox, session), clock


async def change(caller: Caller, currency: str = "btc", token: str = credentials.SFOX_TOKEN, **amounts: str) -> None:
    await caller.order("sfox", balance={"token": token, "currency": currency, **amounts})


async def shown(caller: Caller) -> Any:
    return (await caller.get("sfox", "/_sandbox")).tree["feed"]


async def test_requests_are_acknowledged_as_documented(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    async with connected(caller.sandbox, caller.session) as listener:
        await listener.authenticate()
        assert await listener.text() == (
            '{"type":"success","sequence":1,"timestamp":1767225600000000000,'
            '"payload":{"action":"authenticate"},"action":"authenticate"}'
        )
        await listener.subscribe()
        assert await listener.text() == (
            '{"type":"success","sequence":2,"timestamp":1767225600000000000,'
            '"payload":{"action":"subscribe","feeds":["private.user.balances"]},"action":"subscribe"}'
        )


async def test_a_change_is_told_in_strings_with_the_next_number(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    async with listening(caller.sandbox, caller.session) as listener:
        await change(caller, "eth", balance="1e-8", available="0.25")
        assert await listener.text() == (
            '{"sequence":3,"recipient":"private.user.balances","timestamp":1767225600000000000,'
            '"payload":[{"currency":"eth","balance":"0.00000001","available":"0.25","held":"0","borrow_wallet":"0",'
            '"collateral_wallet":"0","lending_wallet":"0","trading_wallet":"0.00000001"}]}'
        )


async def test_every_subscriber_of_the_account_is_told_and_nobody_else(caller: Caller) -> None:
    async with (
        listening(caller.sandbox, caller.session) as one,
        listening(caller.sandbox, caller.session) as two,
        listening(caller.sandbox, caller.session, credentials.SFOX_OTHER_TOKEN) as stranger,
        connected(caller.sandbox, caller.session) as guest,
    ):
        await change(caller, balance="7")
        for listener in (one, two):
            assert (await listener.tree())["payload"][0]["balance"] == "7"
        assert await stranger.is_all()
        assert await guest.is_all()


async def test_nothing_is_told_before_there_is_a_change(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        assert await listener.is_all()


async def test_messages_may_hold_the_whole_account(caller: Caller) -> None:
    await caller.order("sfox", mode={"feed_rows": "all"})
    async with listening(caller.sandbox, caller.session) as listener:
        await change(caller, balance="7")
        assert [row["currency"] for row in (await listener.tree())["payload"]] == ["btc", "usd", "eth", "ltc", "usdc"]


async def test_acknowledgements_may_lack_their_payload(caller: Caller) -> None:
    await caller.order("sfox", mode={"feed_acks": "bare"})
    async with connected(caller.sandbox, caller.session) as listener:
        await listener.authenticate()
        assert "payload" not in await listener.tree()


async def test_a_wallet_beside_the_account_is_told_as_an_object(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        wallet = {"address": "0xaa", "network": "ethereum", "balance": "12.5"}
        await caller.order("sfox", balance={"token": credentials.SFOX_TOKEN, **wallet})
        assert (await listener.tree())["payload"] == {**wallet, "type": "web3"}


async def test_numbering_begins_with_1_or_2_and_is_each_connections_own(caller: Caller) -> None:
    begun = []
    for _ in range(3):
        async with connected(caller.sandbox, caller.session) as listener:
            await listener.authenticate()
            begun.append((await listener.tree())["sequence"])
    assert begun == [1, 2, 1]


@pytest.mark.parametrize("token", ["", "sandbox-xverse-key"])
async def test_a_wrong_token_is_refused_without_a_reason(caller: Caller, token: str) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await listener.authenticate(token)
        told = await listener.tree()
        assert (told["type"], told["payload"]) == ("error", {"action": "authenticate"})
        await listener.subscribe()
        assert not await listener.acknowledged()


async def test_nobody_subscribes_before_he_is_known_or_to_what_there_is_not(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await listener.subscribe()
        assert not await listener.acknowledged()
        await listener.authenticate()
        assert await listener.acknowledged()
        await listener.subscribe("private.user.secrets")
        assert not await listener.acknowledged()
        await listener.subscribe()
        assert await listener.acknowledged()


@pytest.mark.parametrize("text", ["", "[]", "null", '{"type":5}', '{"type":"dance"}'])
async def test_what_is_no_request_is_answered_with_an_error(caller: Caller, text: str) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        await listener.socket.send_str(text)
        assert not await listener.acknowledged()


async def test_control_shows_connections_and_subscriptions(caller: Caller) -> None:
    assert await shown(caller) == {"connections": [], "kept_out": []}
    async with listening(caller.sandbox, caller.session), connected(caller.sandbox, caller.session) as guest:
        assert await guest.is_all()
        assert (await shown(caller))["connections"] == [
            {"number": 1, "authenticated": True, "feeds": [FEED], "sequence": 2, "silent": False},
            {"number": 2, "authenticated": False, "feeds": [], "sequence": 1, "silent": False},
        ]
        assert caller.sandbox.calls["sfox"] == {"GET /ws": 2, "authenticate": 1, "subscribe": 1}


async def test_a_connection_that_has_gone_is_shown_no_more(caller: Caller) -> None:
    async with connected(caller.sandbox, caller.session) as listener:
        assert await listener.is_all()
    # Its close frame was answered, so the provider knows.
    assert (await shown(caller))["connections"] == []


async def test_a_reset_closes_every_connection(caller: Caller) -> None:
    async with listening(caller.sandbox, caller.session) as listener:
        await caller.order("sfox", reset=True)
        assert ((await listener.frame()).type, listener.socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1001)


async def test_the_feed_is_no_page(caller: Caller) -> None:
    assert (await caller.get("sfox", "/ws")).status == 404


async def test_http_faults_strike_the_opening_too(caller: Caller) -> None:
    await caller.fail("sfox", "503", route="GET /ws")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(caller.sandbox, caller.session):
            raise AssertionError
    assert refused.value.status == 503


async def refused_opening(caller: Caller) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with connected(caller.sandbox, caller.session):
            raise AssertionError
    return refused.value.status


async def test_the_eleventh_connection_keeps_its_caller_out_for_two_minutes(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(connected(caller.sandbox, caller.session))
        assert await refused_opening(caller) == 429
    assert (await shown(caller))["kept_out"] == ["127.0.0.1"]
    clock.now += 119
    assert await refused_opening(caller) == 429
    clock.now += 1
    async with connected(caller.sandbox, caller.session) as listener:
        assert await listener.is_all()


async def requests(listener: Listener, number: int) -> list[bool]:
    said = []
    for _ in range(number):
        await listener.authenticate()
        said.append(await listener.acknowledged())
    return said


async def test_the_forty_first_request_in_a_minute_closes_and_keeps_out(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    async with (
        connected(caller.sandbox, caller.session) as one,
        connected(caller.sandbox, caller.session) as two,
    ):
        assert all([*await requests(one, 20), *await requests(two, 20)])
        assert await requests(one, 1) == [False]
        await one.frame()
        assert one.socket.close_code == 1008
        # Whoever is kept out may not ask on another connection either.
        assert await requests(two, 1) == [False]
    assert await refused_opening(caller) == 429
    clock.now += 120
    async with connected(caller.sandbox, caller.session) as again:
        assert await requests(again, 1) == [True]


async def test_forty_requests_in_any_minute_are_allowed_for_ever(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    async with connected(caller.sandbox, caller.session) as listener:
        for _ in range(3):
            assert all(await requests(listener, 40))
            clock.now += 60


@pytest.mark.parametrize("order", [{"balance": "1"}, {"network": "x", "balance": "1", "held": "0"}, {"network": "x"}])
async def test_a_bad_wallet_beside_the_account_is_refused(caller: Caller, order: dict[str, str]) -> None:
    body = {"balance": {"token": credentials.SFOX_TOKEN, "address": "0xaa", **order}}
    said = await caller.refused_order("sfox", str(body).replace("'", '"').encode())
    assert re.match(r"'\w+' (must be given|is not known here)", said)
