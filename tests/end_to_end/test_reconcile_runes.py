"""A wallet's own answer against Xverse: every wallet there ever was, and whatever somebody sends in its place."""

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.sandbox import addresses as known
from tests.end_to_end.asking import BATCH_INFO, V2
from tests.readings.clock import StandingClock
from tests.running import READER_KEY, Answer, Gateway, running_gateway

QUERY = """query ($address: Address!, $wallet: [WalletRuneBalanceInput!]!) {
    reconcileRunes(address: $address, wallet: $wallet) {
        asset { ... on Rune { id name symbol divisibility } } verdict
        observations { amount { display atomic }
            provenance { provider operation age servedFrom position { kind value } } }
        problems { code provider } } }"""
# As the current library hands it on.
CURRENT = {
    "runeName": "SANDBOX•ALPHA•COIN",
    "amount": "150000001",
    "divisibility": 5,
    "symbol": "₳",
    "inscriptionId": "9f3c0d6c2a4b1e5f7788990011223344556677889900aabbccddeeff00112233i0",
    "spendableBalance": "100000001",
}
# As wallets of 2025 sent it on Chromium: their own API's row, its numbers made strings.
LEAKING = {
    **CURRENT,
    "divisibility": "5",
    "inscriptionId": None,
    "id": "840123:17",
    "priceChangePercentage24h": {"currencyCode": "USD", "currentPrice": "0.0125"},
    "currentPrice": -1.5,
}
OLDEST = {"runeName": "SANDBOX•ALPHA•COIN", "amount": "150000001"}
ALPHA = known.SANDBOX_ALPHA_COIN
NUMBERED = {"runeName": "NUMBERED•RUNE•AB", "amount": "5"}


async def ask(gateway: Gateway, *wallet: Any, address: str = known.RUNES_HOLDER, key: str | None = None) -> Answer:
    return await gateway.ask(QUERY, {"address": address, "wallet": wallet}, key=key)


async def compared(gateway: Gateway, *wallet: Any, address: str = known.RUNES_HOLDER) -> dict[str, Any]:
    rows = (await ask(gateway, *wallet, address=address)).data["reconcileRunes"]
    return {row["asset"]["id"]: row for row in rows}


def figures(row: Any) -> list[tuple[str, str]]:
    return [(each["provenance"]["provider"], each["amount"]["display"]) for each in row["observations"]]


@pytest.mark.parametrize("row", [CURRENT, LEAKING, OLDEST], ids=["current", "leaking", "oldest"])
async def test_every_wallet_there_was_is_understood(gateway: Gateway, row: Any) -> None:
    found = (await compared(gateway, row))[ALPHA]
    assert found["verdict"] == "AGREED"
    wallet, indexer = found["observations"]
    assert wallet["amount"] == {"display": "1500.00001", "atomic": "150000001"}
    how = {name: value for name, value in wallet["provenance"].items() if name != "age"}
    assert how == {
        "provider": "WALLET",
        "operation": "runes_getBalance",
        "servedFrom": "UPSTREAM",
        "position": None,
    }
    assert indexer["provenance"]["operation"] == V2
    assert indexer["provenance"]["position"] == {"kind": "BLOCK_HEIGHT", "value": "871204"}
    assert found["problems"] == []


async def test_a_whole_wallet_agrees_rune_by_rune_and_what_it_leaves_out_is_zero(gateway: Gateway) -> None:
    wallet = [
        CURRENT,
        {"runeName": "WIDEST•RUNE", "amount": str(2**128 - 1), "divisibility": "38", "symbol": "¤"},
        {"runeName": "BAREMINIMUM", "amount": 7, "divisibility": 0},
        {"runeName": "UNCOMMONGOODS", "amount": "2"},
        {"runeName": "SUCH•A•GOOD•DOG", "amount": "4200000042", "divisibility": 8, "symbol": "🐕"},
        {"runeName": "AAAAAAAAAAAAAAAAZSLFFIYLSID", "amount": "27000", "divisibility": 2},
    ]
    found = await compared(gateway, *wallet)
    assert {id_: row["verdict"] for id_, row in found.items()} == {
        ALPHA: "AGREED",
        known.WIDEST_RUNE: "AGREED",
        known.BARE_MINIMUM: "AGREED",
        known.GOOD_DOG: "AGREED",
        # Nothing on either side.
        known.ZERO_BALANCE_RUNE: "AGREED",
        known.UNCOMMON_GOODS: "DISPUTED",
        # The same digits, another unit.
        known.UNNAMED_RUNE: "DISPUTED",
        # Not listed by the wallet, and more than all that is pending.
        known.CHAINED_MEMPOOL_RUNE: "DISPUTED",
    }
    assert figures(found[known.UNCOMMON_GOODS]) == [("WALLET", "2"), ("XVERSE", "3")]
    assert figures(found[known.UNNAMED_RUNE]) == [("WALLET", "270"), ("XVERSE", "27")]
    assert figures(found[known.CHAINED_MEMPOOL_RUNE]) == [("WALLET", "0"), ("XVERSE", "250")]


@pytest.mark.parametrize(("amount", "verdict"), [("149997501", "NOT_COMPARABLE"), ("99997500", "DISPUTED")])
async def test_what_is_pending_may_have_reached_the_wallet_first(gateway: Gateway, amount: str, verdict: str) -> None:
    assert (await compared(gateway, {**CURRENT, "amount": amount}))[ALPHA]["verdict"] == verdict


async def test_a_rune_that_only_the_wallet_lists_is_looked_up_by_its_name(gateway: Gateway) -> None:
    found = await compared(gateway, NUMBERED, address=known.MANY_RUNES_HOLDER)
    assert gateway.calls("xverse", BATCH_INFO) == 0
    row = (await compared(gateway, NUMBERED))["900001:1"]
    assert row["asset"] == {"id": "900001:1", "name": "NUMBERED•RUNE•AB", "symbol": "#", "divisibility": 1}
    assert (row["verdict"], figures(row)) == ("DISPUTED", [("WALLET", "0.5"), ("XVERSE", "0")])
    assert gateway.calls("xverse", BATCH_INFO) == 1
    assert found["900001:1"]["verdict"] == "DISPUTED"


async def test_an_address_that_is_no_taproot_address_is_none_that_a_wallet_speaks_of(gateway: Gateway) -> None:
    found = await compared(gateway, CURRENT, address=known.DOCUMENTED_HOLDER)
    assert {row["verdict"] for row in found.values()} == {"NOT_COMPARABLE"}


async def test_where_the_indexer_fails_the_wallet_stands_alone_as_far_as_it_names_its_runes(gateway: Gateway) -> None:
    await gateway.fail("xverse", "401")
    row = (await compared(gateway, LEAKING))[ALPHA]
    assert (row["verdict"], figures(row)) == ("SINGLE_SOURCE", [("WALLET", "1500.00001")])
    assert row["problems"] == [{"code": "UPSTREAM_UNAUTHENTICATED", "provider": "XVERSE"}]
    for rows in ([CURRENT], []):
        refused = await ask(gateway, *rows)
        assert (refused.codes, refused.body["data"]) == (["UPSTREAM_UNAUTHENTICATED"], None)


async def test_where_only_the_names_cannot_be_looked_up_the_wallets_own_id_will_do(gateway: Gateway) -> None:
    await gateway.control("xverse", fail={"fault": "401", "times": None, "route": BATCH_INFO})
    said = {**NUMBERED, "divisibility": 1, "id": "900001:1"}
    assert (await compared(gateway, said))["900001:1"]["verdict"] == "DISPUTED"
    assert (await ask(gateway, NUMBERED)).codes == ["UPSTREAM_UNAUTHENTICATED"]


async def test_a_stale_index_disputes_nothing() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        wallet = {"runeName": "UNCOMMON•GOODS", "amount": "2"}
        assert (await compared(gateway, wallet))["1:0"]["verdict"] == "DISPUTED"
        await gateway.fail("xverse", "401")
        clock.advance(60)
        row = (await compared(gateway, wallet))["1:0"]
    assert (row["verdict"], row["problems"][0]["provider"]) == ("NOT_COMPARABLE", "XVERSE")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"runeName": "lower"}, "wallet[1]: runeName"),
        ({"runeName": "A,B"}, "wallet[1]: runeName"),
        ({"runeName": "SANDBOX•ALPHA•COIN/../../x"}, "wallet[1]: runeName"),
        ({"runeName": "A" * 100_000}, "wallet[1]: runeName"),
        ({"runeName": "NO•SUCH•RUNE"}, "wallet[1]: there is no rune of this name"),
        ({"runeName": "BAREMINIMUM"}, "wallet[1]: this rune is listed twice"),
        ({"amount": "-1"}, "wallet[1]: amount"),
        ({"amount": str(2**128)}, "wallet[1]: amount"),
        ({"amount": "1.5"}, "at [1].amount"),
        ({"amount": 1.5}, "at [1].amount"),
        ({"amount": "1e3"}, "at [1].amount"),
        ({"amount": "0x10"}, "at [1].amount"),
        ({"amount": None}, "at [1].amount"),
        ({"amount": True}, "at [1].amount"),
        ({"amount": "9" * 401}, "at [1].amount"),
        ({"amount": {"s": 1, "e": 0, "c": [1]}}, "at [1].amount"),
        ({"spendableBalance": "-1"}, "wallet[1]: spendableBalance"),
        ({"divisibility": 39}, "wallet[1]: divisibility"),
        ({"divisibility": "39"}, "wallet[1]: divisibility"),
        ({"divisibility": -1}, "wallet[1]: divisibility"),
        ({"divisibility": "-1"}, "at [1].divisibility"),
        ({"divisibility": "5.0"}, "at [1].divisibility"),
        ({"divisibility": "\u0665"}, "at [1].divisibility"),
        ({"divisibility": {"s": 1, "e": 0, "c": [5]}}, "at [1].divisibility"),
        ({"symbol": "AB"}, "wallet[1]: symbol"),
        ({"inscriptionId": "<script>"}, "wallet[1]: inscriptionId"),
    ],
    ids=str,
)
async def test_nonsense_is_refused_by_its_place(gateway: Gateway, change: dict[str, Any], named: str) -> None:
    refused = await ask(gateway, {"runeName": "BAREMINIMUM", "amount": "7"}, {**CURRENT, **change})
    assert refused.codes == ["BAD_USER_INPUT"]
    assert named in refused.body["errors"][0]["message"]
    assert len(refused.body["errors"][0]["message"]) < 7000


@pytest.mark.parametrize("rows", [["nonsense"], [7], [None], [[CURRENT]], [{}], [{"balances": [CURRENT]}]], ids=str)
async def test_what_is_no_row_at_all_is_refused(gateway: Gateway, rows: Sequence[Any]) -> None:
    refused = await ask(gateway, *rows)
    assert set(refused.codes) == {"BAD_USER_INPUT"}
    assert gateway.calls("xverse", V2) == 0


async def test_a_wallet_may_not_be_endless_nor_have_endless_names_looked_up(gateway: Gateway) -> None:
    def named(count: int) -> list[dict[str, str]]:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return [
            {"runeName": f"Q{letters[n // 676]}{letters[n // 26 % 26]}{letters[n % 26]}", "amount": "1"}
            for n in range(count)
        ]

    assert (await ask(gateway, *named(1001))).codes == ["LIMIT_EXCEEDED"]
    assert gateway.calls("xverse", V2) == 0
    assert (await ask(gateway, *named(101))).codes == ["LIMIT_EXCEEDED"]
    assert gateway.calls("xverse", BATCH_INFO) == 0
    assert (await ask(gateway, *named(100))).codes == ["BAD_USER_INPUT"]
    assert gateway.calls("xverse", BATCH_INFO) == 10
    await gateway.fail("xverse", "401")
    assert (await ask(gateway, *named(101), address=known.EMPTY_HOLDER)).codes == ["UPSTREAM_UNAUTHENTICATED"]


async def test_only_a_bitcoin_address_of_this_network_can_be_asked_and_only_by_who_may(gateway: Gateway) -> None:
    for address in (known.OWNER, "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4"):
        assert (await ask(gateway, CURRENT, address=address)).codes == ["BAD_USER_INPUT"]
    async with running_gateway(GATEWAY_ANONYMOUS_SCOPES="[]") as closed:
        assert (await ask(closed, CURRENT)).codes == ["UNAUTHENTICATED"]
        assert (await ask(closed, CURRENT, key=READER_KEY)).data["reconcileRunes"]


async def test_rows_written_into_the_query_are_read_by_the_schemas_own_rules(gateway: Gateway) -> None:
    def query(more: str) -> str:
        return f"""{{ reconcileRunes(address: "{known.RUNES_HOLDER}", wallet: [{{
            runeName: "SANDBOX•ALPHA•COIN", amount: 150000001 {more} }}]) {{ verdict }} }}"""

    found = (await gateway.ask(query("divisibility: 5"))).data["reconcileRunes"]
    assert {"verdict": "AGREED"} in found
    assert (await gateway.ask(query('divisibility: "5"'))).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert (await gateway.ask(query("currentPrice: 1"))).codes == ["GRAPHQL_VALIDATION_FAILED"]
    only = """query ($row: WalletRuneBalanceInput!) {
        reconcileRunes(address: "%s", wallet: [$row]) { verdict } }"""
    answer = await gateway.ask(only % known.RUNES_HOLDER, {"row": LEAKING})
    assert {"verdict": "AGREED"} in answer.data["reconcileRunes"]
