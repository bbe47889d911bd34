"""The control endpoint: what it shows, what it takes, and the sentences with which it refuses."""

import json
from typing import Any

import pytest

from gateway.sandbox import addresses, credentials
from tests.sandbox.caller import Caller

OWNER_BALANCE = f"/api/v2/balance?ownerAddress={addresses.OWNER}"


async def test_it_shows_how_things_stand(caller: Caller) -> None:
    await caller.get("sfox", "/v1/user/balance")
    await caller.fail("sfox", "429", times=3, route="GET /v1/user/balance")
    assert (await caller.get("sfox", "/_sandbox", headers={})).tree == {
        "provider": "sfox",
        "calls": {"GET /v1/user/balance": 1},
        "faults": [{"fault": "429", "times": 3, "route": "GET /v1/user/balance"}],
        "modes": {"errors": "object", "feed_rows": "changed", "feed_acks": "documented"},
        "limits": False,
        "latency_ms": 0,
        "feed": {"connections": [], "kept_out": []},
    }


async def test_each_provider_answers_for_itself(caller: Caller) -> None:
    for provider in caller.sandbox.urls:
        assert (await caller.get(provider, "/_sandbox", headers={})).tree["provider"] == provider


async def test_a_reset_restores_everything(caller: Caller) -> None:
    changed: dict[str, Any] = {
        "latency_ms": 1,
        "limits": True,
        "mode": {"spelling": "docs"},
        "fail": {"fault": "500", "times": None},
        "balance": {"owner": addresses.OWNER, "mint": addresses.SERUM_MINT, "settled": "5"},
    }
    before = await caller.get("bloxroute", OWNER_BALANCE)
    await caller.order("bloxroute", **changed)
    await caller.get("bloxroute", OWNER_BALANCE)
    shown = await caller.order("bloxroute", reset=True)
    assert shown == {
        "provider": "bloxroute",
        "calls": {},
        "faults": [],
        "modes": {"spelling": "canonical", "errors": "object"},
        "limits": False,
        "latency_ms": 0,
    }
    assert (await caller.get("bloxroute", OWNER_BALANCE)).tree == before.tree
    assert caller.sandbox.calls["bloxroute"] == {"GET /api/v2/balance": 1}


async def test_a_reset_comes_before_the_other_orders(caller: Caller) -> None:
    await caller.fail("sfox", "500", times=None)
    shown = await caller.order("sfox", fail={"fault": "429", "times": 1}, reset=True)
    assert [planned["fault"] for planned in shown["faults"]] == ["429"]


async def test_a_reset_of_one_provider_leaves_the_others_alone(caller: Caller) -> None:
    change = {"token": credentials.SFOX_TOKEN, "currency": "btc", "balance": "3"}
    await caller.order("sfox", balance=change)
    await caller.order("xverse", reset=True)
    assert (await caller.get("sfox", "/v1/user/balance")).tree[0]["balance"] == 3


async def test_other_verbs_are_not_allowed(caller: Caller) -> None:
    assert (await caller.ask("DELETE", "sfox", "/_sandbox")).status == 405


async def test_control_calls_are_not_counted(caller: Caller) -> None:
    shown = await caller.order("xverse")
    assert shown["calls"] == {}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "a JSON object is wanted"),
        (b"\xff", "a JSON object is wanted"),
        (b"[]", "a JSON object is wanted"),
        (b'{"balances":{}}', "'balances' is not known here; the keys are reset, limits, latency_ms, mode, fail"),
        (b'{"reset":1}', "'reset' wants true"),
        (b'{"limits":"no"}', "'limits' wants true or false"),
        (b'{"latency_ms":-1}', "'latency_ms' wants a whole number from 0"),
        (b'{"latency_ms":true}', "'latency_ms' wants a whole number from 0"),
        (b'{"mode":[]}', "'mode' wants a JSON object"),
        (b'{"mode":{"v3":true}}', "there is no mode 'v3' here; the modes are v1, v2, errors, lagging, paging"),
        (b'{"mode":{"v2":1}}', "mode 'v2' wants true or false"),
        (b'{"mode":{"errors":"xml"}}', "mode 'errors' wants one of string, object, html, text, empty"),
        (b'{"fail":"429"}', "'fail' wants a JSON object"),
        (b'{"fail":{}}', "'fault' must be given, as a string"),
        (b'{"fail":{"fault":"teapot"}}', "xverse has no fault 'teapot'; its faults are 400, 401"),
        (b'{"fail":{"fault":"rpc-429"}}', "xverse has no fault 'rpc-429'"),
        (b'{"fail":{"fault":"429","times":0}}', "'times' wants a whole number, 1 or more, or null"),
        (b'{"fail":{"fault":"429","route":1}}', "'route' wants one of GET /v1/ordinals/address/{address}/runes"),
        (b'{"fail":{"fault":"429","often":1}}', "'often' is not known here; the keys are fault, times, route"),
        (b'{"slots":1}', "xverse has no slots"),
    ],
)
async def test_a_bad_order_is_refused_with_a_sentence(caller: Caller, body: bytes, sentence: str) -> None:
    assert (await caller.refused_order("xverse", body)).startswith(sentence)


@pytest.mark.parametrize(
    ("provider", "change", "sentence"),
    [
        ("xverse", {}, "'address' must be given, as a string"),
        ("xverse", {"address": "bc1q", "rune": "1:0", "confirmed": "1"}, "'bc1q' is no Bitcoin mainnet address"),
        ("xverse", {"address": addresses.RUNES_HOLDER, "rune": "X"}, "'X' is no rune of this world"),
        ("xverse", {"address": addresses.RUNES_HOLDER, "rune": "1:0"}, "'confirmed' must be given"),
        ("xverse", {"address": addresses.RUNES_HOLDER, "rune": "1:0", "confirmed": "1.5"}, "'confirmed' must be a str"),
        (
            "xverse",
            {"address": addresses.RUNES_HOLDER, "rune": "1:0", "confirmed": "1", "available": "2"},
            "0 <= available <= confirmed < 2^128",
        ),
        ("solana", {"tokenAccount": addresses.OWNER, "amount": "1"}, f"'{addresses.OWNER}' is no token account"),
        ("solana", {"tokenAccount": addresses.TOKEN_ACCOUNT}, "one of 'amount', 'state' and 'close' must be given"),
        ("solana", {"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": str(2**64)}, "'amount' must be below 2^64"),
        ("solana", {"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": 5}, "'amount' must be given, as a string"),
        ("solana", {"tokenAccount": addresses.TOKEN_ACCOUNT, "state": "cold"}, "'state' wants one of initialized"),
        ("solana", {"tokenAccount": addresses.TOKEN_ACCOUNT, "close": False}, "'close' wants true"),
        ("bloxroute", {"owner": "x", "mint": "y", "settled": "1"}, "'x' is no Solana address"),
        ("bloxroute", {"owner": "0", "mint": "y", "settled": "1"}, "'0' is no Solana address"),
        (
            "bloxroute",
            {"owner": addresses.OWNER, "mint": addresses.USDC_MINT, "settled": "many"},
            "'settled' must be a decimal number in a string",
        ),
        ("sfox", {"token": "x", "currency": "btc", "balance": "1"}, "'token' opens no account here"),
        ("sfox", {"token": credentials.SFOX_TOKEN, "currency": "btc"}, "one of balance, available"),
        ("sfox", {"token": credentials.SFOX_TOKEN, "currency": "btc", "balance": "01"}, "'balance' must be a JSON num"),
    ],
)
async def test_a_bad_balance_is_refused_with_a_sentence(
    caller: Caller, provider: str, change: dict[str, Any], sentence: str
) -> None:
    said = await caller.refused_order(provider, json.dumps({"balance": change}).encode())
    assert said.startswith(sentence)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ({"max_accounts": 0}, "mode 'max_accounts' wants a whole number, 1 or more"),
        ({"methods_off": ["getBlock"]}, "mode 'methods_off' wants a list of getTokenAccountBalance"),
        ({"batches": "lost"}, "mode 'batches' wants one of ordered, shuffled"),
    ],
)
async def test_a_bad_mode_of_the_node_is_refused(caller: Caller, mode: dict[str, Any], sentence: str) -> None:
    assert (await caller.refused_order("solana", json.dumps({"mode": mode}).encode())).startswith(sentence)


async def test_slots_must_go_forward(caller: Caller) -> None:
    assert await caller.refused_order("solana", b'{"slots":0}') == "'slots' wants a whole number, 1 or more\n"
