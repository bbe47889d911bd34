"""Xverse as its documentation has it: v1, v2 and batch-info, strings for amounts, JSON strings for errors."""

import pytest

from gateway.sandbox import addresses
from tests.sandbox.caller import Caller

V2 = "/v2/runes/address/{}/balance"
V1 = "/v1/ordinals/address/{}/runes"


async def test_v2_answers_the_documented_example_to_the_letter(caller: Caller) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER) + "?runeId=840123:17")
    assert heard.media == "application/json; charset=utf-8"
    assert heard.tree == {
        "indexerHeight": 871204,
        "balances": [
            {
                "runeId": "840123:17",
                "runeName": "SANDBOX•ALPHA•COIN",
                "divisibility": 5,
                "symbol": "₳",
                "confirmedBalance": "150000001",
                "availableBalance": "100000001",
                "projectedBalance": "149997501",
                "pendingBalance": {"incomingAmount": "50000000", "outgoingAmount": "50002500", "netAmount": "-2500"},
            }
        ],
    }


async def test_projected_is_confirmed_and_net_in_every_row(caller: Caller) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER))
    assert len(heard.tree["balances"]) == 8
    for row in heard.tree["balances"]:
        pending = row["pendingBalance"]
        assert int(pending["netAmount"]) == int(pending["incomingAmount"]) - int(pending["outgoingAmount"])
        assert int(row["projectedBalance"]) == int(row["confirmedBalance"]) + int(pending["netAmount"])


async def test_a_chain_in_the_mempool_parts_available_from_confirmed_less_outgoing(caller: Caller) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER) + f"?runeId={addresses.CHAINED_MEMPOOL_RUNE}")
    (row,) = heard.tree["balances"]
    outgoing = int(row["pendingBalance"]["outgoingAmount"])
    assert int(row["availableBalance"]) != int(row["confirmedBalance"]) - outgoing


async def test_the_widest_rune_is_sent_whole(caller: Caller) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER) + f"?runeId={addresses.WIDEST_RUNE}")
    (row,) = heard.tree["balances"]
    assert row["confirmedBalance"] == "340282366920938463463374607431768211455"
    assert row["divisibility"] == 38


async def test_v1_sends_the_full_list_whatever_is_asked(caller: Caller) -> None:
    heard = await caller.get("xverse", V1.format(addresses.MANY_RUNES_HOLDER) + "?limit=25&offset=40")
    assert (heard.tree["limit"], heard.tree["offset"], heard.tree["total"]) == (130, 0, 130)
    assert len(heard.tree["items"]) == 130


async def test_v1_pages_when_told_to(caller: Caller) -> None:
    await caller.order("xverse", mode={"paging": True})
    seen: list[str] = []
    for offset in (0, 60, 120):
        heard = await caller.get("xverse", V1.format(addresses.MANY_RUNES_HOLDER) + f"?offset={offset}")
        assert (heard.tree["limit"], heard.tree["offset"], heard.tree["total"]) == (60, offset, 130)
        seen += [row["id"] for row in heard.tree["items"]]
    assert len(set(seen)) == 130


@pytest.mark.parametrize("query", ["limit=24", "limit=61", "limit=x", "offset=-1", "offset=1.5"])
async def test_v1_refuses_paging_out_of_range(caller: Caller, query: str) -> None:
    heard = await caller.get("xverse", V1.format(addresses.RUNES_HOLDER) + f"?{query}")
    assert (heard.status, heard.text) == (400, '"Invalid input"')


async def test_optional_fields_are_absent_not_null(caller: Caller) -> None:
    v1 = await caller.get("xverse", V1.format(addresses.RUNES_HOLDER) + f"?runeId={addresses.BARE_MINIMUM}")
    assert v1.tree["items"] == [{"id": "871000:1", "runeName": "BAREMINIMUM", "amount": "7"}]
    v2 = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER) + f"?runeId={addresses.BARE_MINIMUM}")
    assert "symbol" not in v2.tree["balances"][0]


async def test_v1_has_the_inscription_and_v2_has_not(caller: Caller) -> None:
    v1 = await caller.get("xverse", V1.format(addresses.RUNES_HOLDER))
    v2 = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER))
    assert v1.tree["items"][0]["inscriptionId"].endswith("i0")
    assert "inscriptionId" not in v2.tree["balances"][0]


async def test_names_and_symbols_are_as_odd_as_on_the_chain(caller: Caller) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER))
    rows = {row["runeId"]: row for row in heard.tree["balances"]}
    assert len(rows[addresses.UNNAMED_RUNE]["runeName"]) == 27
    assert len(rows[addresses.GOOD_DOG]["symbol"].encode("utf-16-le")) == 4
    assert rows[addresses.UNCOMMON_GOODS]["symbol"] == "⧉"
    assert rows[addresses.ZERO_BALANCE_RUNE]["confirmedBalance"] == "0"


async def test_an_empty_address_is_200_and_an_empty_list(caller: Caller) -> None:
    v1 = await caller.get("xverse", V1.format(addresses.EMPTY_HOLDER))
    v2 = await caller.get("xverse", V2.format(addresses.EMPTY_HOLDER))
    assert v1.tree == {"limit": 0, "offset": 0, "total": 0, "items": [], "indexerHeight": 871204}
    assert v2.tree == {"balances": [], "indexerHeight": 871204}


@pytest.mark.parametrize(
    "address",
    [
        addresses.DOCUMENTED_HOLDER,
        addresses.LEGACY_HOLDER,
        addresses.RUNES_HOLDER.upper(),
        "3BgwBuoNnajJzGLgnk4pAF1pYEiRfD4r3J",
        addresses.GENERATED_HOLDERS[49],
    ],
)
async def test_every_form_of_mainnet_address_is_taken(caller: Caller, address: str) -> None:
    assert (await caller.get("xverse", V2.format(address))).status == 200


async def test_a_bech32_address_in_capitals_is_the_same_address(caller: Caller) -> None:
    await caller.order(
        "xverse",
        balance={"address": addresses.DOCUMENTED_HOLDER.upper(), "rune": addresses.GOOD_DOG, "confirmed": "77"},
    )
    small = await caller.get("xverse", V2.format(addresses.DOCUMENTED_HOLDER))
    large = await caller.get("xverse", V2.format(addresses.DOCUMENTED_HOLDER.upper()))
    assert small.tree == large.tree
    assert [row["confirmedBalance"] for row in small.tree["balances"]] == ["5000000", "77"]


@pytest.mark.parametrize(
    "address",
    [
        "bc1qshort",
        "mqWsZRPv3hrBgD7sPDNbZXsDFi2R1iyihi",
        "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4",
        addresses.RUNES_HOLDER[:-1] + "q",
        addresses.LEGACY_HOLDER[:-1] + "3",
        "B" + addresses.RUNES_HOLDER[1:],
        addresses.OWNER,
        "0x00000000000000000000000000000000000000aa",
    ],
)
async def test_other_addresses_are_refused(caller: Caller, address: str) -> None:
    heard = await caller.get("xverse", V2.format(address))
    assert (heard.status, heard.text) == (400, '"Invalid input"')


async def test_facts_about_runes_come_ten_at_a_time(caller: Caller) -> None:
    ten = ",".join(f"{900_000 + n}:1" for n in range(10))
    assert len((await caller.get("xverse", f"/v1/runes/batch-info?runeIds={ten}")).tree) == 10
    for refused in (f"?runeIds={ten},1:0", "?runeIds=", ""):
        assert (await caller.get("xverse", f"/v1/runes/batch-info{refused}")).status == 400


async def test_facts_mix_ids_and_names_and_call_things_otherwise(caller: Caller) -> None:
    heard = await caller.get("xverse", "/v1/runes/batch-info?runeIds=840123:17,BAREMINIMUM,999999:9,UNCOMMON•GOODS")
    first, bare, goods = heard.tree
    assert (first["runeName"], first["spacedRuneName"]) == ("SANDBOXALPHACOIN", "SANDBOX•ALPHA•COIN")
    assert first["divisibility"] == "5"
    assert bare["divisibility"] is None
    assert "symbol" not in bare
    assert (goods["runeId"], goods["divisibility"]) == ("1:0", "0")


async def test_prices_come_when_asked_for(caller: Caller) -> None:
    path = V2.format(addresses.DOCUMENTED_HOLDER)
    assert "prices" not in (await caller.get("xverse", path)).text
    assert "prices" in (await caller.get("xverse", path + "?includePricing=true")).text


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "wrong"}, {"Authorization": "Bearer sandbox-xverse-key"}])
async def test_a_key_is_needed(caller: Caller, headers: dict[str, str]) -> None:
    heard = await caller.get("xverse", V2.format(addresses.RUNES_HOLDER), headers=headers)
    assert (heard.status, heard.text, heard.media) == (401, '"Unauthorized"', "application/json; charset=utf-8")


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_a_version_can_be_switched_off(caller: Caller, version: str) -> None:
    await caller.order("xverse", mode={version: False})
    paths = {"v1": V1, "v2": V2}
    for name, path in paths.items():
        heard = await caller.get("xverse", path.format(addresses.RUNES_HOLDER))
        assert heard.status == (404 if name == version else 200)


async def test_unknown_paths_and_verbs_are_not_found(caller: Caller) -> None:
    assert (await caller.get("xverse", "/v3/runes")).status == 404
    assert (await caller.ask("POST", "xverse", V2.format(addresses.RUNES_HOLDER))).status == 404


async def test_errors_take_the_shape_that_is_told(caller: Caller) -> None:
    await caller.order("xverse", mode={"errors": "object"})
    fastify = {"statusCode": 404, "error": "Not Found", "message": "Not found"}
    assert (await caller.get("xverse", "/v3")).tree == fastify
    await caller.order("xverse", mode={"errors": "html"})
    assert (await caller.get("xverse", "/v3")).media == "text/html; charset=utf-8"
    await caller.order("xverse", mode={"errors": "text"})
    assert (await caller.get("xverse", "/v3")).text == "Not found"
    await caller.order("xverse", mode={"errors": "empty"})
    assert (await caller.get("xverse", "/v3")).text == ""


async def test_a_changed_balance_is_a_new_block(caller: Caller) -> None:
    changed = {"address": addresses.EMPTY_HOLDER, "rune": "UNCOMMON•GOODS", "confirmed": "9", "available": "4"}
    await caller.order("xverse", balance={**changed, "incoming": "3", "outgoing": "5"})
    heard = await caller.get("xverse", V2.format(addresses.EMPTY_HOLDER))
    assert heard.tree["indexerHeight"] == 871205
    (row,) = heard.tree["balances"]
    assert (row["confirmedBalance"], row["availableBalance"], row["projectedBalance"]) == ("9", "4", "7")


async def test_a_lagging_replica_is_a_block_behind_with_the_balances_of_then(caller: Caller) -> None:
    change = {"address": addresses.LEGACY_HOLDER, "rune": addresses.UNCOMMON_GOODS, "confirmed": "22"}
    await caller.order("xverse", balance=change, mode={"lagging": True})
    behind = await caller.get("xverse", V2.format(addresses.LEGACY_HOLDER))
    await caller.order("xverse", mode={"lagging": False})
    ahead = await caller.get("xverse", V2.format(addresses.LEGACY_HOLDER))
    assert (behind.tree["indexerHeight"], ahead.tree["indexerHeight"]) == (871204, 871205)
    assert behind.tree["balances"][0]["confirmedBalance"] == "21"
    assert ahead.tree["balances"][0]["confirmedBalance"] == "22"


async def test_calls_are_counted_by_route(caller: Caller) -> None:
    for address in addresses.GENERATED_HOLDERS:
        await caller.get("xverse", V2.format(address))
    await caller.get("xverse", V1.format(addresses.RUNES_HOLDER))
    assert caller.sandbox.calls["xverse"] == {
        "GET /v2/runes/address/{address}/balance": 50,
        "GET /v1/ordinals/address/{address}/runes": 1,
    }
