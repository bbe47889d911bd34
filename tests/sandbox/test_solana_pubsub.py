"""The node's pubsub: who is told what, when, and in which words it refuses."""

from base64 import b64decode
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import addresses
from gateway.sandbox.credentials import SOLANA_API_KEY
from tests.sandbox.caller import Caller
from tests.sandbox.subscriber import PARSED, change, open_subscriber

CONFIRMED = 301_554_249


async def test_a_websocket_is_to_be_had_where_the_calls_go(caller: Caller) -> None:
    assert caller.sandbox.feeds == {"solana": caller.sandbox.urls["solana"].replace("http", "ws")}
    async with open_subscriber(caller, f"/?api_key={SOLANA_API_KEY}") as subscriber:
        assert await subscriber.watch() == 23784


async def test_nothing_is_told_at_first_and_then_each_change(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await change(caller, "5")
        await change(caller, "6")
        assert [await subscriber.told(), await subscriber.told()] == [(CONFIRMED + 1, "5"), (CONFIRMED + 2, "6")]
        assert not subscriber.heard


async def test_a_notification_has_the_form_that_is_documented(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        subscription = await subscriber.watch()
        await change(caller, "5")
        tree = await subscriber.hear()
        reply = await caller.rpc("getMultipleAccounts", [addresses.TOKEN_ACCOUNT], PARSED)
        result = {"context": {"slot": CONFIRMED + 1}, "value": reply["result"]["value"][0]}
        params = {"result": result, "subscription": subscription}
        assert tree == {"jsonrpc": "2.0", "method": "accountNotification", "params": params}


async def test_an_account_that_is_closed_has_no_lamports_and_no_owner(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.order("solana", balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "close": True})
        assert (await subscriber.hear())["params"]["result"]["value"] == {
            "data": ["", "base64"],
            "executable": False,
            "lamports": 0,
            "owner": "11111111111111111111111111111111",
            "rentEpoch": 0,
            "space": 0,
        }


async def test_an_account_that_is_not_there_may_be_watched_until_it_is(caller: Caller) -> None:
    book = caller.sandbox.ledger.solana
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch(addresses.CLOSED_ACCOUNT)
        await caller.order("solana", slots=1)
        book.record(addresses.CLOSED_ACCOUNT, book.account(addresses.USDC_ACCOUNT, "processed"))
        await caller.order("solana", slots=1)
        assert await subscriber.told() == (CONFIRMED + 3, "1250250000")


async def test_each_commitment_is_told_when_its_slot_has_come(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        levels = {
            await subscriber.watch(config={**PARSED, "commitment": level}): level
            for level in ("processed", "confirmed", "finalized")
        }
        assert len(levels) == 3
        await caller.order(
            "solana", mode={"lag": True}, balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": "5"}
        )
        told = [await subscriber.hear()]
        await caller.order("solana", slots=100)
        told += [await subscriber.hear(), await subscriber.hear()]
        assert [levels[each["params"]["subscription"]] for each in told] == ["processed", "confirmed", "finalized"]
        # All of them tell the slot in which the change was made.
        assert {each["params"]["result"]["context"]["slot"] for each in told} == {301_554_252}


async def test_only_the_account_that_is_watched_is_told_of(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await change(caller, "5", addresses.USDC_ACCOUNT)
        await change(caller, "6")
        assert (await subscriber.told())[1] == "6"


async def test_whoever_unsubscribes_hears_nothing_more(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        first, second = await subscriber.watch(), await subscriber.watch(addresses.USDC_ACCOUNT)
        assert (await subscriber.ask("accountUnsubscribe", first))["result"] is True
        await change(caller, "5")
        await change(caller, "6", addresses.USDC_ACCOUNT)
        assert (await subscriber.hear())["params"]["subscription"] == second
        assert (await subscriber.ask("accountUnsubscribe", first))["error"] == {
            "code": -32602,
            "message": "Invalid subscription id.",
        }


async def test_whoever_asks_for_the_same_is_given_the_same_number(caller: Caller) -> None:
    async with open_subscriber(caller) as one, open_subscriber(caller) as other:
        assert await one.watch() == await one.watch() == await other.watch()
        await change(caller, "5")
        assert await one.told() == await other.told()
        await change(caller, "6")
        # Once for both that the first had asked for.
        assert (await one.told())[1] == "6"


async def test_other_encodings_are_spoken(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        for config in ({"encoding": "base64"}, {"encoding": "base58"}, None):
            await subscriber.watch(config=config)
        await change(caller, "5")
        found = [(await subscriber.hear())["params"]["result"]["value"]["data"] for _ in range(3)]
        assert (len(b64decode(found[0][0])), found[0][1]) == (165, "base64")
        assert found[1:] == [
            ["error: data too large for bs58 encoding", "base58"],
            "error: data too large for bs58 encoding",
        ]


@pytest.mark.parametrize(
    ("method", "params", "code", "message"),
    [
        ("accountSubscribe", [], -32602, "`params` should have at least 1 argument(s)"),
        ("accountSubscribe", ["0"], -32602, "Invalid Request: Invalid pubkey provided"),
        ("accountSubscribe", [1], -32602, "Invalid params: invalid type: integer `1`, expected a string."),
        ("accountSubscribe", [addresses.OWNER, {"commitment": "max"}], -32602, "Invalid params: unknown variant `max`"),
        ("accountUnsubscribe", [-1], -32602, "Invalid params: invalid type: integer `-1`, expected u64."),
        ("getSlot", [], -32601, "Method not found"),
    ],
)
async def test_a_bad_call_is_refused_in_the_nodes_words(
    caller: Caller, method: str, params: list[Any], code: int, message: str
) -> None:
    async with open_subscriber(caller) as subscriber:
        error = (await subscriber.ask(method, *params))["error"]
        assert (error["code"], error["message"][: len(message)]) == (code, message)


async def test_what_is_no_call_is_refused_and_a_notification_is_not_answered(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.socket.send_str("{")
        assert (await subscriber.reply())["error"] == {"code": -32700, "message": "Parse error"}
        await subscriber.send({"jsonrpc": "2.0", "id": 1, "method": "accountSubscribe", "also": 1})
        assert (await subscriber.reply())["error"]["code"] == -32600
        await subscriber.send({"id": 2, "method": "accountSubscribe"})
        assert (await subscriber.reply())["error"]["code"] == -32600
        await subscriber.send({"jsonrpc": "2.0", "method": "accountSubscribe", "params": [addresses.OWNER]})
        batch = [{"jsonrpc": "2.0", "id": n, "method": "accountUnsubscribe", "params": [n]} for n in (3, 4)]
        await subscriber.send(batch)
        assert [each["id"] for each in await subscriber.reply()] == [3, 4]


@pytest.mark.parametrize("message", ["{" + " " * 4096 + "}", b"\xff"])
async def test_who_sends_too_much_or_no_text_is_dropped(caller: Caller, message: str | bytes) -> None:
    async with open_subscriber(caller) as subscriber:
        await (
            subscriber.socket.send_str(message) if isinstance(message, str) else subscriber.socket.send_bytes(message)
        )
        assert (await subscriber.socket.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [("/?api_key=wrong", {}, 401), ("/", {"Authorization": "wrong"}, 401), ("/feed", {}, 404)],
)
async def test_an_upgrade_is_refused(caller: Caller, query: str, headers: dict[str, str], status: int) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with open_subscriber(caller, query, headers=headers):
            pytest.fail("it opened all the same")
    assert refused.value.status == status


async def test_there_are_limits_to_connections_and_to_subscriptions_on_one(caller: Caller) -> None:
    await caller.order("solana", mode={"max_connections": 2, "max_subscriptions": 1})
    async with open_subscriber(caller) as one, open_subscriber(caller) as other:
        await one.watch()
        refused = await one.ask("accountSubscribe", addresses.USDC_ACCOUNT)
        assert refused["error"] == {
            "code": -32603,
            "message": "Internal Error: Subscription refused. Node subscription limit reached",
        }
        await other.watch(addresses.USDC_ACCOUNT)
        with pytest.raises(aiohttp.WSServerHandshakeError) as full:
            async with open_subscriber(caller):
                pytest.fail("it opened all the same")
        assert full.value.status == 429


async def test_the_control_shows_who_watches_what_and_can_hang_up(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber, open_subscriber(caller) as idle:
        subscription = await subscriber.watch()
        shown = (await caller.get("solana", "/_sandbox")).tree
        watched = {"subscription": subscription, "account": addresses.TOKEN_ACCOUNT, "commitment": "confirmed"}
        assert sorted(shown["connections"], key=len) == [[], [watched]]
        assert shown["calls"] == {"WS /": 2, "accountSubscribe": 1}
        await caller.order("solana", hang_up=True)
        for each in (subscriber, idle):
            assert (await each.socket.receive()).type is aiohttp.WSMsgType.CLOSED
    assert (await caller.refused_order("sfox", b'{"hang_up":true}')).startswith("sfox has no WebSockets")
    assert (await caller.refused_order("solana", b'{"hang_up":1}')).startswith("'hang_up' wants true")


async def test_a_reset_drops_every_connection(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.order("solana", reset=True)
        assert (await subscriber.socket.receive()).type is aiohttp.WSMsgType.CLOSED
