"""Zero, nothing, absent and unreadable are four different answers, and none is ever taken for another."""

from typing import Any

from gateway.sandbox.addresses import (
    CLOSED_ACCOUNT,
    EMPTY_HOLDER,
    FROZEN_ACCOUNT,
    NEVER_CREATED,
    OWNER,
    OWNER_OF_NONE,
    RUNES_HOLDER,
    TOKEN_ACCOUNT,
    USDC_MINT,
    ZERO_ACCOUNT,
    ZERO_BALANCE_RUNE,
)
from tests.end_to_end.asking import READING
from tests.running import DEMO_KEY, Gateway

TOKEN_ACCOUNTS = """query ($addresses: [Address!]!) { tokenAccounts(addresses: $addresses) {
    address outcome problem { code message } amount { atomic display }
    state isNative token { mint } owner { address } } }"""


async def _account(gateway: Gateway, address: str, fields: str) -> Any:
    return (await gateway.ask(f'{{ account(address: "{address}") {{ {fields} }} }}')).data["account"]


async def test_a_rune_that_is_all_spent_is_a_fresh_zero(gateway: Gateway) -> None:
    fields = f'runes(filter: {{ids: ["{ZERO_BALANCE_RUNE}"]}}) {{ {READING} nodes {{ amount {{ atomic display }} }} }}'
    runes = (await _account(gateway, RUNES_HOLDER, fields))["runes"]
    assert (runes["outcome"], runes["problem"]) == ("FRESH", None)
    assert runes["nodes"] == [{"amount": {"atomic": "0", "display": "0"}}]


async def test_an_address_without_runes_is_a_fresh_empty_list(gateway: Gateway) -> None:
    fields = (
        f"runes {{ {READING} nodes {{ amount {{ atomic }} }} totalCount edges {{ cursor }} pageInfo {{ endCursor }} }}"
    )
    runes = (await _account(gateway, EMPTY_HOLDER, fields))["runes"]
    assert (runes["outcome"], runes["problem"]) == ("FRESH", None)
    assert (runes["nodes"], runes["edges"], runes["totalCount"]) == ([], [], 0)
    assert runes["pageInfo"] == {"endCursor": None}
    assert runes["provenance"]["position"] == {"kind": "BLOCK_HEIGHT", "value": "871204"}


async def test_an_owner_of_nothing_is_a_fresh_empty_list_from_both_providers(gateway: Gateway) -> None:
    fields = "tokens { outcome nodes { token { mint } } } tokenAccounts { outcome nodes { address } totalCount }"
    account = await _account(gateway, OWNER_OF_NONE, fields)
    assert account["tokens"] == {"outcome": "FRESH", "nodes": []}
    assert account["tokenAccounts"] == {"outcome": "FRESH", "nodes": [], "totalCount": 0}


async def test_token_accounts_are_zero_frozen_absent_or_none_at_all_each_by_itself(gateway: Gateway) -> None:
    addresses = [TOKEN_ACCOUNT, ZERO_ACCOUNT, FROZEN_ACCOUNT, CLOSED_ACCOUNT, NEVER_CREATED, OWNER, USDC_MINT]
    answer = await gateway.ask(TOKEN_ACCOUNTS, {"addresses": addresses})
    found = dict(zip(addresses, answer.data["tokenAccounts"], strict=True))
    assert found[TOKEN_ACCOUNT]["amount"] == {"atomic": "9864", "display": "98.64"}
    assert (found[ZERO_ACCOUNT]["outcome"], found[ZERO_ACCOUNT]["amount"]["atomic"]) == ("FRESH", "0")
    assert (found[FROZEN_ACCOUNT]["outcome"], found[FROZEN_ACCOUNT]["state"]) == ("FRESH", "FROZEN")
    for address in (CLOSED_ACCOUNT, NEVER_CREATED):
        assert (found[address]["outcome"], found[address]["amount"], found[address]["problem"]) == (
            "ABSENT",
            None,
            None,
        )
    for address in (OWNER, USDC_MINT):
        assert (found[address]["outcome"], found[address]["amount"]) == ("UNAVAILABLE", None)
    assert found[OWNER]["problem"] == {"code": "REJECTED", "message": "There is no token account at this address."}


async def test_an_absence_has_a_provenance_and_no_figures(gateway: Gateway) -> None:
    answer = await gateway.ask(
        f"""{{ tokenAccount(address: "{CLOSED_ACCOUNT}") {{
            {READING} id amount {{ atomic }} uiAmount token {{ mint }} owner {{ address }} state isNative
        }} }}"""
    )
    account = answer.data["tokenAccount"]
    assert account["outcome"] == "ABSENT"
    assert account["provenance"]["operation"] == "getMultipleAccounts"
    assert account["provenance"]["position"]["kind"] == "SLOT"
    assert account["id"] == f"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp:{CLOSED_ACCOUNT}@finalized"
    nothing = ("problem", "amount", "uiAmount", "token", "owner", "state", "isNative")
    assert [account[field] for field in nothing] == [None] * len(nothing)


async def test_what_a_field_has_nothing_to_say_about_is_null_as_the_contract_says(gateway: Gateway) -> None:
    bitcoin = await _account(gateway, RUNES_HOLDER, "chain tokens { outcome } tokenAccounts { outcome }")
    assert bitcoin == {"chain": "BITCOIN", "tokens": None, "tokenAccounts": None}
    solana = await _account(gateway, OWNER, "chain runes { outcome }")
    assert solana == {"chain": "SOLANA", "runes": None}
    assert not any(calls for calls in gateway.sandbox.calls.values())


async def test_an_exchanges_figures_come_with_every_digit_and_are_null_where_it_sent_none(gateway: Gateway) -> None:
    query = """{ exchangeWallets(currencies: ["ltc", "USDC", "eth"]) { outcome totalCount nodes {
        exchange currency { code } balance { display atomic scale precision } available { display }
        held { display } trading { display } lending { display } borrow { display } collateral { display } } } }"""
    reading = (await gateway.ask(query, key=DEMO_KEY)).data["exchangeWallets"]
    eth, ltc, usdc = reading["nodes"]
    assert [node["currency"]["code"] for node in (eth, ltc, usdc)] == ["ETH", "LTC", "USDC"]
    assert eth["balance"] == {"display": "0.00000001", "atomic": None, "scale": None, "precision": "EXACT"}
    assert usdc["borrow"] == {"display": "-25.5"}
    assert ltc["available"] == {"display": "0.25161318"}
    assert [ltc[name] for name in ("held", "trading", "lending", "borrow", "collateral")] == [None] * 5


async def test_a_tokens_figures_from_bloxroute_are_labelled_as_the_floats_they_are(gateway: Gateway) -> None:
    fields = """tokens { nodes {
        token { mint symbol decimals } settled { display atomic scale precision }
        unsettled { display } openOrders { display } } }"""
    nodes = (await _account(gateway, OWNER, fields))["tokens"]["nodes"]
    named = {node["token"]["symbol"]: node for node in nodes}
    assert named["SOL"]["settled"] == {
        "display": "3.435929722",
        "atomic": None,
        "scale": None,
        "precision": "PROVIDER_FLOAT",
    }
    assert named["SRM"]["settled"]["display"] == "0"
    assert named["CENT"]["settled"]["display"] == "1000000000000000000000"
    assert (named["USDC"]["unsettled"], named["USDC"]["openOrders"]) == ({"display": "12.5"}, {"display": "0.000001"})
    assert named[None]["settled"]["display"] == "0.000000001"
    assert {node["token"]["decimals"] for node in nodes} == {None}
