"""Slots: what each commitment sees, and when."""

from typing import Any

from gateway.sandbox import addresses
from tests.sandbox.caller import Caller

PARSED = {"encoding": "jsonParsed"}


async def test_a_minimum_slot_is_ignored_by_one_method_and_kept_by_the_others(caller: Caller) -> None:
    beyond = {**PARSED, "minContextSlot": 301_554_220, "commitment": "finalized"}
    assert "result" in await caller.rpc("getTokenAccountBalance", addresses.TOKEN_ACCOUNT, beyond)
    asked: list[tuple[str, list[Any]]] = [
        ("getMultipleAccounts", [[addresses.OWNER]]),
        ("getAccountInfo", [addresses.OWNER]),
        ("getBalance", [addresses.OWNER]),
        ("getTokenAccountsByOwner", [addresses.OWNER, {"mint": addresses.USDC_MINT}]),
        ("getSlot", []),
    ]
    for method, params in asked:
        reply = await caller.rpc(method, *params, beyond)
        assert reply["error"] == {
            "code": -32016,
            "message": "Minimum context slot has not been reached",
            "data": {"contextSlot": 301_554_219},
        }
        assert "result" in await caller.rpc(method, *params, {**beyond, "minContextSlot": 301_554_219})


async def balance_at(caller: Caller, commitment: str) -> tuple[int, str | None]:
    reply = await caller.rpc("getMultipleAccounts", [addresses.TOKEN_ACCOUNT], {**PARSED, "commitment": commitment})
    (account,) = reply["result"]["value"]
    amount = account and account["data"]["parsed"]["info"]["tokenAmount"]["amount"]
    return reply["result"]["context"]["slot"], amount


async def test_a_newer_commitment_reads_a_newer_slot(caller: Caller) -> None:
    slots = [(await balance_at(caller, level))[0] for level in ("processed", "confirmed", "finalized")]
    assert slots == [301_554_251, 301_554_249, 301_554_219]


async def test_without_lag_a_change_is_seen_everywhere_one_slot_later(caller: Caller) -> None:
    await caller.order("solana", balance={"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": "5"})
    assert await balance_at(caller, "finalized") == (301_554_220, "5")
    assert await balance_at(caller, "processed") == (301_554_252, "5")


async def test_with_lag_a_change_is_seen_as_slots_go_by(caller: Caller) -> None:
    change = {"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": "5"}
    await caller.order("solana", mode={"lag": True}, balance=change)

    async def seen() -> list[str | None]:
        return [(await balance_at(caller, level))[1] for level in ("processed", "confirmed", "finalized")]

    assert await seen() == ["5", "9864", "9864"]
    await caller.order("solana", slots=1)
    assert await seen() == ["5", "9864", "9864"]
    await caller.order("solana", slots=1)
    assert await seen() == ["5", "5", "9864"]
    await caller.order("solana", balance={**change, "amount": "6"})
    assert await seen() == ["6", "5", "9864"]
    await caller.order("solana", mode={"lag": False})
    assert await seen() == ["6", "6", "6"]
