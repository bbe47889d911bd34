"""JSON-RPC batches in every mood that providers are in."""

import json
from typing import Any

from gateway.sandbox import addresses
from tests.sandbox.caller import JSON_TYPE, Caller


def balances(count: int) -> list[dict[str, Any]]:
    return [
        {"jsonrpc": "2.0", "id": f"b{n}", "method": "getTokenAccountBalance", "params": [address]}
        for n, address in enumerate(addresses.GENERATED_TOKEN_ACCOUNTS[:count])
    ]


async def test_a_batch_is_answered_in_order_and_notifications_are_not(caller: Caller) -> None:
    asked = balances(5)
    notification = {"jsonrpc": "2.0", "method": "getSlot"}
    answered = await caller.post_rpc([*asked[:2], notification, *asked[2:]])
    assert [reply["id"] for reply in answered] == ["b0", "b1", "b2", "b3", "b4"]
    assert [reply["result"]["value"]["amount"] for reply in answered] == [str(1_000_000 + n) for n in range(5)]


async def test_each_item_fails_for_itself(caller: Caller) -> None:
    closed = {"jsonrpc": "2.0", "id": 7, "method": "getTokenAccountBalance", "params": [addresses.CLOSED_ACCOUNT]}
    answered = await caller.post_rpc([*balances(1), closed, 5, {}])
    assert "result" in answered[0]
    assert answered[1]["error"]["message"] == "Invalid param: could not find account"
    assert [(reply["id"], reply["error"]["code"]) for reply in answered[2:]] == [(None, -32600), (None, -32600)]


async def test_a_shuffled_batch_is_whole_and_in_another_order(caller: Caller) -> None:
    await caller.order("solana", mode={"batches": "shuffled"})
    for count in (2, 3, 40):
        ids = [reply["id"] for reply in await caller.post_rpc(balances(count))]
        assert ids != [f"b{n}" for n in range(count)]
        assert sorted(ids) == sorted(f"b{n}" for n in range(count))


async def test_a_partial_batch_lacks_its_last_item(caller: Caller) -> None:
    await caller.order("solana", mode={"batches": "partial"})
    assert [reply["id"] for reply in await caller.post_rpc(balances(3))] == ["b0", "b1"]


async def test_items_can_be_refused_for_their_number_inside_http_200(caller: Caller) -> None:
    await caller.order("solana", mode={"batches": "item-429"})
    answered = await caller.post_rpc(balances(4))
    assert ["error" in reply for reply in answered] == [False, True, False, True]
    assert answered[1]["error"] == {"code": 429, "message": "Too many requests for a specific RPC call"}


async def test_a_rejected_batch_is_one_error(caller: Caller) -> None:
    await caller.order("solana", mode={"batches": "rejected"})
    answered = await caller.post_rpc(balances(4))
    assert (answered["id"], answered["error"]["code"]) == (None, -32600)
    assert "result" in await caller.post_rpc(balances(1)[0])


async def test_disabled_batches_are_refused_by_http(caller: Caller) -> None:
    await caller.order("solana", mode={"batches": "disabled"})
    body = json.dumps(balances(2)).encode()
    heard = await caller.ask("POST", "solana", "/", headers=JSON_TYPE, body=body)
    assert (heard.status, heard.media) == (400, "text/plain; charset=utf-8")


async def test_items_are_counted_by_method_and_requests_as_posts(caller: Caller) -> None:
    await caller.post_rpc(balances(30))
    await caller.rpc("getMultipleAccounts", list(addresses.GENERATED_TOKEN_ACCOUNTS[:100]))
    await caller.rpc("getNothing")
    assert caller.sandbox.calls["solana"] == {
        "POST /": 3,
        "getTokenAccountBalance": 30,
        "getMultipleAccounts": 1,
        "(unknown method)": 1,
    }
