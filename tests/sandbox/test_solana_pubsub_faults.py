"""Faults of the node's pubsub: each by its name, at the upgrade, in a reply or in place of a notification."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from gateway.sandbox import PUBSUB_FAULTS, addresses, open_sandbox
from gateway.sandbox.fault import FAULTS, RPC_FAULTS
from tests.sandbox.caller import Caller
from tests.sandbox.subscriber import change, open_subscriber

NOTIFICATION = "accountNotification"


async def spoilt(caller: Caller, fault: str) -> Any:
    """The notification that the fault strikes, as JSON."""
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.fail("solana", fault, route=NOTIFICATION)
        await change(caller, "5")
        return await subscriber.hear()


@pytest.mark.parametrize("status", ["401", "429", "503"])
async def test_an_upgrade_may_be_answered_with_any_status(caller: Caller, status: str) -> None:
    await caller.fail("solana", status, route="WS /")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with open_subscriber(caller):
            pytest.fail("it opened all the same")
    assert refused.value.status == int(status)


async def test_an_upgrade_may_meet_nothing_but_a_closed_door(caller: Caller) -> None:
    await caller.fail("solana", "disconnect", times=None, route="WS /")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        async with open_subscriber(caller):
            pytest.fail("it opened all the same")


async def test_faults_of_messages_wait_for_a_message(caller: Caller) -> None:
    await caller.fail("solana", "gap")
    await caller.fail("solana", "rpc-32603", route="accountSubscribe")
    assert "result" in await caller.rpc("getSlot")
    async with open_subscriber(caller) as subscriber:
        assert (await subscriber.ask("accountSubscribe", addresses.TOKEN_ACCOUNT))["error"]["code"] == -32603
        await subscriber.watch()
        await change(caller, "5")
        await change(caller, "6")
        assert (await subscriber.told())[1] == "6"


async def test_a_notification_may_come_twice(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.fail("solana", "duplicate", route=NOTIFICATION)
        await change(caller, "5")
        assert await subscriber.told() == await subscriber.told()


async def test_a_notification_may_come_after_the_next(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.fail("solana", "reordered", route=NOTIFICATION)
        await change(caller, "5")
        await change(caller, "6")
        assert [(await subscriber.told())[1] for _ in range(2)] == ["6", "5"]


async def test_a_connection_may_drop_in_place_of_a_notification_or_within_it(caller: Caller) -> None:
    for fault in ("disconnect", "truncated"):
        async with open_subscriber(caller) as subscriber:
            await subscriber.watch()
            await caller.fail("solana", fault, route=NOTIFICATION)
            await change(caller, str(len(fault)))
            assert (await subscriber.socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_connection_may_fall_silent_to_pings_too(caller: Caller) -> None:
    async with open_subscriber(caller, heartbeat=0.1) as subscriber:
        await subscriber.watch()
        await caller.fail("solana", "silence", route=NOTIFICATION)
        await change(caller, "5")
        await change(caller, "6")
        assert (await subscriber.socket.receive()).type is aiohttp.WSMsgType.ERROR
        assert isinstance(subscriber.socket.exception(), aiohttp.ServerTimeoutError)


async def test_a_ping_is_answered(caller: Caller) -> None:
    async with open_subscriber(caller, autoping=False) as subscriber:
        await subscriber.socket.ping(b"there?")
        assert (await subscriber.socket.receive()).data == b"there?"


async def test_a_message_may_be_too_large(caller: Caller) -> None:
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        await caller.fail("solana", "oversize", route=NOTIFICATION)
        await change(caller, "5")
        message = await subscriber.socket.receive()
        assert message.type is aiohttp.WSMsgType.ERROR
        assert subscriber.socket.close_code == aiohttp.WSCloseCode.MESSAGE_TOO_BIG


async def test_a_notification_may_be_spoilt(caller: Caller) -> None:
    with pytest.raises(json.JSONDecodeError):
        await spoilt(caller, "not-json")
    assert await spoilt(caller, "wrong-type") == []
    assert (await spoilt(caller, "wrong-id"))["params"]["subscription"] > 1_000_000
    assert "data" not in (await spoilt(caller, "missing-field"))["params"]["result"]["value"]
    assert (await spoilt(caller, "float-amount"))["params"]["result"]["value"]["lamports"] == Decimal("0.5")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (
            "refused",
            {
                "error": {
                    "code": -32603,
                    "message": "Internal Error: Subscription refused. Node subscription limit reached",
                }
            },
        ),
        ("error-in-200", {"error": {"code": -32603, "message": "Internal error"}}),
        ("rpc-429", {"error": {"code": 429, "message": "Too many requests for a specific RPC call"}}),
        ("wrong-id", {"id": "1", "result": 23784}),
        ("both-result-and-error", {"result": 23784, "error": {"code": -32603, "message": "Internal error"}}),
        ("missing-field", {}),
    ],
)
async def test_a_subscription_may_be_answered_wrongly(caller: Caller, fault: str, said: dict[str, Any]) -> None:
    await caller.fail("solana", fault, route="accountSubscribe")
    async with open_subscriber(caller) as subscriber:
        reply = await subscriber.ask("accountSubscribe", addresses.TOKEN_ACCOUNT)
        assert reply == {"jsonrpc": "2.0", "id": 1} | said
        watched = (await caller.get("solana", "/_sandbox")).tree["connections"]
        # What is refused is not subscribed to all the same.
        assert watched == [[]] or "error" not in said or "result" in said


async def test_a_subscription_may_be_left_unanswered(caller: Caller) -> None:
    await caller.fail("solana", "hang", route="accountSubscribe")
    async with open_subscriber(caller) as subscriber:
        await subscriber.send({"jsonrpc": "2.0", "id": 1, "method": "accountSubscribe", "params": [addresses.OWNER]})
        assert (await subscriber.ask("accountSubscribe", addresses.OWNER, call_id=2))["id"] == 2


async def test_a_notification_may_come_before_the_reply(caller: Caller) -> None:
    await caller.fail("solana", "early", route="accountSubscribe")
    async with open_subscriber(caller) as subscriber:
        subscription = await subscriber.watch()
        assert [each["params"]["subscription"] for each in subscriber.heard] == [subscription]


async def test_messages_take_their_time_and_keep_their_order(caller: Caller) -> None:
    await caller.order("solana", latency_ms={"median": 1, "p99": 30})
    async with open_subscriber(caller) as subscriber:
        await subscriber.watch()
        for amount in range(20):
            await change(caller, str(amount))
        assert [(await subscriber.told())[1] for _ in range(20)] == [str(amount) for amount in range(20)]


async def test_closing_the_sandbox_closes_the_connections(session: aiohttp.ClientSession) -> None:
    async with open_sandbox(limits=False) as sandbox:
        socket = await session.ws_connect(sandbox.feeds["solana"])
    async with asyncio.timeout(10):
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


def test_every_fault_has_a_name_of_its_own_and_is_described() -> None:
    assert not set(PUBSUB_FAULTS) & (set(FAULTS) | set(RPC_FAULTS))
    assert all(PUBSUB_FAULTS.values())
