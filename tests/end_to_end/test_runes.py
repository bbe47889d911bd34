"""Runes as they are held and as they are: exact at every width, by v2 and by v1 alone."""

from typing import Any

import pytest

from gateway.sandbox.addresses import (
    BARE_MINIMUM,
    CHAINED_MEMPOOL_RUNE,
    GOOD_DOG,
    MANY_RUNES_HOLDER,
    RUNES_HOLDER,
    SANDBOX_ALPHA_COIN,
    UNCOMMON_GOODS,
    UNNAMED_RUNE,
    WIDEST_RUNE,
)
from tests.end_to_end.asking import BATCH_INFO, V1, V2
from tests.running import Gateway, running_gateway

ALL = """query ($a: Address!) { account(address: $a) { runes(first: 1000) { outcome totalCount
    provenance { operation } nodes { rune { id name symbol divisibility inscriptionId }
    amount { atomic scale display precision } spendable { display } projected { display }
    pending { incoming { display } outgoing { display } net { display } } } } } }"""


async def _runes(gateway: Gateway, address: str = RUNES_HOLDER) -> Any:
    return (await gateway.ask(ALL, {"a": address})).data["account"]["runes"]


async def test_every_kind_of_rune_is_told_exactly(gateway: Gateway) -> None:
    found = {node["rune"]["id"]: node for node in (await _runes(gateway))["nodes"]}
    assert found[WIDEST_RUNE]["amount"] == {
        "atomic": "340282366920938463463374607431768211455",
        "scale": 38,
        "display": "3.40282366920938463463374607431768211455",
        "precision": "EXACT",
    }
    assert found[GOOD_DOG]["rune"]["symbol"] == "🐕"
    assert found[BARE_MINIMUM]["rune"]["symbol"] == "¤"
    assert found[UNCOMMON_GOODS]["amount"]["display"] == "3"
    assert len(found[UNNAMED_RUNE]["rune"]["name"]) == 27
    chained = found[CHAINED_MEMPOOL_RUNE]
    assert (chained["amount"]["display"], chained["spendable"]["display"]) == ("250", "150")
    assert chained["projected"]["display"] == "230"
    assert chained["pending"] == {
        "incoming": {"display": "170"},
        "outgoing": {"display": "190"},
        "net": {"display": "-20"},
    }


async def test_v1_alone_says_what_it_knows_and_null_for_what_it_does_not() -> None:
    async with running_gateway(GATEWAY_XVERSE__V2="false") as gateway:
        runes = await _runes(gateway)
        assert (runes["outcome"], runes["totalCount"]) == ("FRESH", 8)
        assert runes["provenance"] == {"operation": V1}
        found = {node["rune"]["id"]: node for node in runes["nodes"]}
        assert found[SANDBOX_ALPHA_COIN]["amount"]["display"] == "1500.00001"
        assert found[SANDBOX_ALPHA_COIN]["rune"]["inscriptionId"].endswith("i0")
        for node in runes["nodes"]:
            assert [node[name] for name in ("spendable", "projected", "pending")] == [None, None, None]
        assert gateway.calls("xverse", V2) == 0
        # Inscriptions that v1 did not tell with the balance are looked for once more, for all runes together.
        assert gateway.calls("xverse", V1) <= 2


@pytest.mark.parametrize("paging", [True, False])
async def test_v1_is_read_to_its_end_whether_or_not_it_pages(*, paging: bool) -> None:
    async with running_gateway(GATEWAY_XVERSE__V2="false") as gateway:
        await gateway.control("xverse", mode={"paging": paging})
        query = (
            "query ($a: Address!) { account(address: $a) { runes(first: 1000) { totalCount nodes { rune { id } } } } }"
        )
        runes = (await gateway.ask(query, {"a": MANY_RUNES_HOLDER})).data["account"]["runes"]
        assert (runes["totalCount"], len(runes["nodes"])) == (130, 130)
        assert gateway.calls("xverse", V1) == (3 if paging else 1)


async def test_v1_and_v2_agree_on_what_is_confirmed(gateway: Gateway) -> None:
    by_v2 = {node["rune"]["id"]: node["amount"] for node in (await _runes(gateway))["nodes"]}
    async with running_gateway(GATEWAY_XVERSE__V2="false") as other:
        by_v1 = {node["rune"]["id"]: node["amount"] for node in (await _runes(other))["nodes"]}
    assert by_v1 == by_v2


async def test_a_rune_is_found_by_its_id_and_null_where_there_is_none(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """{
            dog: rune(id: "840777:42") { id name symbol divisibility inscriptionId }
            bare: rune(id: "871000:1") { symbol divisibility }
            none: rune(id: "999999:9") { id }
        }"""
    )
    assert answer.data == {
        "dog": {
            "id": "840777:42",
            "name": "SUCH•A•GOOD•DOG",
            "symbol": "🐕",
            "divisibility": 8,
            "inscriptionId": None,
        },
        "bare": {"symbol": "¤", "divisibility": 0},
        "none": None,
    }
    assert gateway.calls("xverse", BATCH_INFO) == 1
    await gateway.ask('{ rune(id: "999999:9") { id } rune2: rune(id: "840777:42") { id } }')
    assert gateway.calls("xverse", BATCH_INFO) == 1


@pytest.mark.parametrize(
    "id_", ["", "840123", "840123:17,1:0", "SUCHAGOODDOG", "-1:0", "\u0661:\u0660", "1:" + "9" * 11]
)
async def test_what_is_no_rune_id_is_refused_before_anyone_is_asked(gateway: Gateway, id_: str) -> None:
    answer = await gateway.ask("query ($id: ID!) { rune(id: $id) { id } }", {"id": id_})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] == {"rune": None}
    assert not gateway.sandbox.calls["xverse"]
