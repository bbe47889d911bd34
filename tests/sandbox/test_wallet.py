"""A wallet as sats-connect meets it: permissions, three ages of answers, and errors in the wallet's own words."""

import json
from typing import Any

import pytest

from gateway.sandbox import addresses
from tests.sandbox.caller import JSON_TYPE, Caller, Heard

CONNECT = {"addresses": ["ordinals"], "message": "to see"}
PURPOSES = {"purposes": ["ordinals", "payment"]}


async def say(caller: Caller, request: Any) -> Heard:
    return await caller.ask("POST", "wallet", "/", headers=JSON_TYPE, body=json.dumps(request).encode())


async def ask(caller: Caller, method: str, params: Any = None) -> Any:
    heard = await say(caller, {"jsonrpc": "2.0", "id": "k3Jq0xV1bT", "method": method, "params": params})
    assert heard.status == 200
    return heard.tree


async def connected(caller: Caller) -> Any:
    answer = await ask(caller, "wallet_connect", CONNECT)
    assert "error" not in answer
    return answer["result"]


async def balances(caller: Caller) -> list[dict[str, Any]]:
    answer = await ask(caller, "runes_getBalance")
    rows: list[dict[str, Any]] = answer["result"]["balances"]
    return rows


async def test_an_account_is_read_after_the_person_has_agreed_and_not_before(caller: Caller) -> None:
    denied = await ask(caller, "runes_getBalance")
    assert denied == {
        "jsonrpc": "2.0",
        "id": "k3Jq0xV1bT",
        "error": {"code": -32002, "message": "Access denied."},
        "source": "xverse-wallet",
    }
    session = await connected(caller)
    assert session["addresses"] == [
        {
            "address": addresses.RUNES_HOLDER,
            "publicKey": "5a" * 32,
            "purpose": "ordinals",
            "addressType": "p2tr",
            "walletType": "software",
        }
    ]
    assert session["network"]["bitcoin"] == {"name": "Mainnet"}
    assert len(await balances(caller)) == 8


async def test_a_row_of_today_is_as_its_schema_says(caller: Caller) -> None:
    await connected(caller)
    alpha, widest, *_ = await balances(caller)
    assert alpha == {
        "runeName": "SANDBOX•ALPHA•COIN",
        "amount": "150000001",
        "divisibility": 5,
        "symbol": "₳",
        "inscriptionId": "9f3c0d6c2a4b1e5f7788990011223344556677889900aabbccddeeff00112233i0",
        "spendableBalance": "100000001",
    }
    assert (widest["amount"], widest["inscriptionId"]) == ("340282366920938463463374607431768211455", None)


async def test_a_wallet_of_2025_lets_its_own_service_s_members_through(caller: Caller) -> None:
    await caller.order("wallet", mode={"personality": "leaking"})
    await connected(caller)
    row = (await balances(caller))[0]
    assert (row["id"], row["divisibility"]) == ("840123:17", "5")
    assert {"priceChangePercentage24h", "currentPrice"} < row.keys()
    assert "platform" not in (await ask(caller, "getInfo"))["result"]


async def test_an_old_wallet_knows_no_permissions_and_not_what_can_be_spent(caller: Caller) -> None:
    await caller.order("wallet", mode={"personality": "old"})
    unknown = await ask(caller, "wallet_connect", CONNECT)
    assert unknown["error"] == {"code": -32601, "message": '"wallet_connect" is not supported.'}
    told = (await ask(caller, "getAccounts", PURPOSES))["result"]
    assert [(each["purpose"], each["addressType"]) for each in told] == [("ordinals", "p2tr"), ("payment", "p2wpkh")]
    assert not [row for row in await balances(caller) if "spendableBalance" in row]


async def test_a_person_may_refuse_and_then_nothing_is_granted(caller: Caller) -> None:
    await caller.order("wallet", mode={"person": "refuses"})
    for method, params in (("wallet_connect", CONNECT), ("getAccounts", PURPOSES), ("wallet_requestPermissions", None)):
        assert (await ask(caller, method, params))["error"]["code"] == -32000
    assert (await ask(caller, "runes_getBalance"))["error"]["code"] == -32002


@pytest.mark.parametrize("leave", ["wallet_disconnect", "wallet_renouncePermissions"])
async def test_a_permission_is_handed_back(caller: Caller, leave: str) -> None:
    await connected(caller)
    granted = (await ask(caller, "wallet_getCurrentPermissions"))["result"]
    assert [each["actions"] for each in granted] == [{"read": True}]
    assert (await ask(caller, leave))["result"] is None
    assert (await ask(caller, "wallet_getCurrentPermissions"))["result"] == []
    assert (await ask(caller, "runes_getBalance"))["error"]["code"] == -32002


async def test_a_permission_is_for_one_account_on_one_network(caller: Caller) -> None:
    await connected(caller)
    for account in ("many", "new", "testnet"):
        await caller.order("wallet", mode={"account": account})
        assert (await ask(caller, "wallet_getAccount"))["error"]["code"] == -32002
    assert (await ask(caller, "wallet_requestPermissions"))["result"] is True
    (taproot, payment) = (await ask(caller, "wallet_getAccount"))["result"]["addresses"]
    assert taproot["address"].startswith("tb1p")
    assert payment["address"].startswith("tb1q")
    assert (await ask(caller, "getAddresses", PURPOSES))["result"]["network"]["bitcoin"] == {"name": "Testnet"}
    await caller.order("wallet", mode={"account": "holder"})
    assert len(await balances(caller)) == 8


async def test_an_account_made_just_now_holds_nothing(caller: Caller) -> None:
    await caller.order("wallet", mode={"account": "new"})
    session = await connected(caller)
    assert session["addresses"][0]["address"] == addresses.NEW_HOLDER
    assert await balances(caller) == []
    # Nothing is there to be spoilt, but for the answer itself.
    await caller.fail("wallet", "missing-field")
    assert "jsonrpc" not in await ask(caller, "runes_getBalance")


async def test_the_wallet_follows_the_chain_until_it_is_told_to_say_otherwise(caller: Caller) -> None:
    await connected(caller)
    change = {"address": addresses.RUNES_HOLDER, "rune": addresses.UNCOMMON_GOODS, "confirmed": "4"}
    await caller.order("xverse", balance=change)
    assert ("UNCOMMON•GOODS", "4") in [(row["runeName"], row["amount"]) for row in await balances(caller)]
    await caller.order("wallet", balance={"rune": "UNCOMMONGOODS", "amount": "9", "spendable": "5"})
    await caller.order("wallet", balance={"rune": "900000:1", "amount": "1"})
    said = {row["runeName"]: (row["amount"], row["spendableBalance"]) for row in await balances(caller)}
    assert said["UNCOMMON•GOODS"] == ("9", "5")
    assert said["NUMBERED•RUNE•AA"] == ("1", "1")
    heard = await caller.get("xverse", f"/v2/runes/address/{addresses.RUNES_HOLDER}/balance?runeId=1:0")
    assert heard.tree["balances"][0]["confirmedBalance"] == "4"


async def test_a_reset_takes_back_permissions_and_figures(caller: Caller) -> None:
    await connected(caller)
    await caller.order("wallet", balance={"rune": "1:0", "amount": "9"}, mode={"person": "refuses"})
    shown = await caller.order("wallet", reset=True)
    assert shown["modes"] == {
        "personality": "current",
        "installed": True,
        "account": "holder",
        "person": "accepts",
        "methods_off": [],
    }
    assert (await ask(caller, "runes_getBalance"))["error"]["code"] == -32002
    await connected(caller)
    assert "9" not in [row["amount"] for row in await balances(caller)]


@pytest.mark.parametrize(
    "change",
    [
        {"rune": "NO•SUCH•RUNE", "amount": "1"},
        {"rune": "1:0", "amount": 1},
        {"rune": "1:0", "amount": "1", "spendable": "2"},
        {"rune": "1:0", "amount": "1", "address": addresses.RUNES_HOLDER},
    ],
)
async def test_a_figure_that_no_wallet_shows_is_refused(caller: Caller, change: dict[str, Any]) -> None:
    assert await caller.refused_order("wallet", json.dumps({"balance": change}).encode())


@pytest.mark.parametrize("params", [{}, [], {"purposes": []}])
async def test_parameters_are_looked_at_after_the_permission(caller: Caller, params: Any) -> None:
    assert (await ask(caller, "runes_getBalance", params))["error"]["code"] == -32002
    await connected(caller)
    refused = (await ask(caller, "runes_getBalance", params))["error"]
    assert (refused["code"], refused["message"]) == (-32602, "Invalid parameters.")
    assert refused["data"]["error"]


@pytest.mark.parametrize("params", [None, {}, {"purposes": []}, {"purposes": "ordinals"}, {"purposes": [1]}])
async def test_accounts_are_asked_for_by_purpose(caller: Caller, params: Any) -> None:
    assert (await ask(caller, "getAccounts", params))["error"]["code"] == -32602


async def test_a_method_can_be_switched_off(caller: Caller) -> None:
    await caller.order("wallet", mode={"methods_off": ["runes_getBalance"]})
    await connected(caller)
    refused = await ask(caller, "runes_getBalance")
    assert refused["error"] == {"code": -32601, "message": '"runes_getBalance" is not supported.'}


@pytest.mark.parametrize("message", [{"id": 1}, {}, {"id": "x", "jsonrpc": "1.0"}])
async def test_what_is_no_message_gets_no_answer(caller: Caller, message: dict[str, Any]) -> None:
    heard = await say(caller, {"jsonrpc": "2.0", "method": "getInfo", **message})
    assert (heard.status, heard.text) == (204, "")


async def test_what_is_no_json_gets_no_answer_and_a_get_is_told_how(caller: Caller) -> None:
    assert (await caller.ask("POST", "wallet", "/", body=b"\xff")).status == 204
    assert (await caller.ask("POST", "wallet", "/", body=b"[]")).status == 204
    assert (await caller.get("wallet", "/")).status == 405
    assert (await caller.order("wallet"))["calls"] == {"(unknown method)": 3}


@pytest.mark.parametrize("fault", ["429", "429-retry-after", "500", "503"])
async def test_a_failure_of_the_wallet_s_own_service_comes_as_an_internal_error(caller: Caller, fault: str) -> None:
    await connected(caller)
    await caller.fail("wallet", fault, route="runes_getBalance")
    assert await ask(caller, "runes_getBalance") == {
        "jsonrpc": "2.0",
        "id": "k3Jq0xV1bT",
        "error": {"code": -32603, "message": f"Request failed with status code {fault[:3]}"},
        "source": "xverse-wallet",
    }
    assert len(await balances(caller)) == 8


async def test_answers_can_be_spoilt(caller: Caller) -> None:
    await connected(caller)
    spoilt = {}
    for fault in ("rpc-32603", "wrong-id", "both-result-and-error", "error-in-200", "missing-field", "float-amount"):
        await caller.fail("wallet", fault, route="runes_getBalance")
        spoilt[fault] = await ask(caller, "runes_getBalance")
    assert spoilt["rpc-32603"]["error"] == {"code": -32603, "message": "Internal error"}
    assert spoilt["wrong-id"]["id"] != "k3Jq0xV1bT"
    assert {"result", "error"} < spoilt["both-result-and-error"].keys()
    assert not {"result", "error"} & spoilt["error-in-200"].keys()
    assert "amount" not in spoilt["missing-field"]["result"]["balances"][0]
    await caller.fail("wallet", "float-amount")
    heard = await say(caller, {"jsonrpc": "2.0", "id": "x", "method": "runes_getBalance"})
    assert '"amount":150000001.0' in heard.text


@pytest.mark.parametrize("fault", ["html", "not-json", "empty"])
async def test_what_breaks_on_the_way_is_no_json(caller: Caller, fault: str) -> None:
    await caller.fail("wallet", fault)
    heard = await say(caller, {"jsonrpc": "2.0", "id": "x", "method": "getInfo"})
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(heard.text)
