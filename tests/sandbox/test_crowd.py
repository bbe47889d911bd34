"""A crowd of holders: as many as were ordered, with figures of their own, beside the world as it begins."""

import json
from typing import Any

import pytest

from gateway.sandbox import addresses
from tests.sandbox.caller import Caller

FIRST, SECOND = addresses.crowd_holders(2)


async def balances(caller: Caller, address: str) -> Any:
    return (await caller.get("xverse", f"/v2/runes/address/{address}/balance")).tree["balances"]


async def test_each_address_of_a_crowd_holds_as_many_runes_as_ordered_and_its_own_amounts(caller: Caller) -> None:
    before = await balances(caller, addresses.RUNES_HOLDER)
    assert await balances(caller, FIRST) == []
    await caller.order("xverse", crowd={"addresses": 2, "runes": 130})
    first, second = await balances(caller, FIRST), await balances(caller, SECOND)
    assert (len(first), len(second)) == (130, 130)
    assert [row["runeId"] for row in first] == [row["runeId"] for row in second]
    assert not {row["confirmedBalance"] for row in first} & {row["confirmedBalance"] for row in second}
    assert await balances(caller, addresses.crowd_holders(3)[2]) == []
    assert await balances(caller, addresses.RUNES_HOLDER) == before


async def test_the_runes_of_a_crowd_are_listed_by_name_and_need_more_than_64_bits_now_and_then(caller: Caller) -> None:
    await caller.order("xverse", crowd={"addresses": 1, "runes": 1000})
    rows = await balances(caller, FIRST)
    assert [row["runeName"] for row in rows] == sorted({row["runeName"] for row in rows})
    assert sum(int(row["confirmedBalance"]) >= 2**64 for row in rows) == 200


async def test_the_token_accounts_of_a_crowd_are_read_by_their_addresses(caller: Caller) -> None:
    accounts = addresses.crowd_token_accounts(3)
    await caller.order("solana", crowd={"tokenAccounts": 2})
    answer = await caller.rpc("getMultipleAccounts", list(accounts), {"encoding": "jsonParsed"})
    found = answer["result"]["value"]
    amounts = [each and each["data"]["parsed"]["info"]["tokenAmount"]["amount"] for each in found]
    assert amounts == ["1000000007", "2000000014", None]


async def test_a_reset_sends_the_crowd_away(caller: Caller) -> None:
    await caller.order("xverse", crowd={"addresses": 2, "runes": 20})
    await caller.order("xverse", reset=True)
    assert await balances(caller, FIRST) == []


@pytest.mark.parametrize(
    ("provider", "crowd", "sentence"),
    [
        ("xverse", {"addresses": 1, "runes": 1001}, "'runes' must be a whole number from 1 to 1000"),
        ("xverse", {"addresses": 1001, "runes": 1000}, "'addresses' must be a whole number from 1 to 1000"),
        ("xverse", {"tokenAccounts": 1}, "'tokenAccounts' is not known here"),
        ("solana", {"tokenAccounts": True}, "'tokenAccounts' must be a whole number from 1 to 100000"),
        ("sfox", {"addresses": 1}, "sfox has no crowd"),
    ],
)
async def test_a_bad_crowd_is_refused_with_a_sentence(
    caller: Caller, provider: str, crowd: dict[str, Any], sentence: str
) -> None:
    said = await caller.refused_order(provider, json.dumps({"crowd": crowd}).encode())
    assert said.startswith(sentence)


async def test_a_crowd_needs_a_key_like_anyone(caller: Caller) -> None:
    await caller.order("xverse", crowd={"addresses": 1, "runes": 1})
    refused = await caller.get("xverse", f"/v2/runes/address/{FIRST}/balance", headers={"x-api-key": "another"})
    assert refused.status == 401
