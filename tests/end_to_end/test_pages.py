"""Lists: filtered, sorted and cut by the gateway, and whole when the pages are put together."""

from collections.abc import Sequence
from typing import Any

import pytest

from gateway.sandbox.addresses import (
    MANY_RUNES_HOLDER,
    OWNER,
    OWNER_OF_MANY,
    RUNES_HOLDER,
    SCALED_MINT,
    USDC_MINT,
    WRAPPED_SOL_MINT,
)
from tests.running import DEMO_KEY, Gateway

RUNES = """query ($a: Address!, $first: Int, $after: String, $filter: RuneFilter, $orderBy: RuneOrder) {
    account(address: $a) { runes(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
        outcome totalCount nodes { rune { id name } amount { display } } edges { cursor node { rune { id } } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }"""
TOKENS = """query ($filter: TokenFilter) { account(address: "%s") { tokens(filter: $filter) {
    totalCount nodes { token { mint symbol } } } } }"""
TOKEN_ACCOUNTS = """query ($a: Address!, $first: Int, $after: String, $mint: Address) { account(address: $a) {
    tokenAccounts(first: $first, after: $after, mint: $mint) { totalCount
        nodes { address token { mint } outcome provenance { operation } } pageInfo { hasNextPage endCursor } } } }"""


async def _runes(gateway: Gateway, address: str, **variables: Any) -> Any:
    return (await gateway.ask(RUNES, {"a": address, **variables})).data["account"]["runes"]


def _ids(runes: Any) -> Sequence[str]:
    return [node["rune"]["id"] for node in runes["nodes"]]


@pytest.mark.parametrize("order_by", [None, "NAME", "AMOUNT_DESC"])
@pytest.mark.parametrize("first", [1, 60, 129, 130, 131])
async def test_the_pages_of_a_list_make_up_the_list(gateway: Gateway, first: int, order_by: str | None) -> None:
    if first == 1:
        address, total = RUNES_HOLDER, 8
    else:
        address, total = MANY_RUNES_HOLDER, 130
    whole = await _runes(gateway, address, first=1000, orderBy=order_by)
    found: list[str] = []
    cursor = None
    for _ in range(total):
        page = await _runes(gateway, address, first=first, after=cursor, orderBy=order_by)
        assert page["totalCount"] == total
        assert page["pageInfo"]["hasPreviousPage"] is bool(found)
        assert [edge["node"]["rune"]["id"] for edge in page["edges"]] == _ids(page)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        found += _ids(page)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == _ids(whole)
    assert len(set(found)) == total


async def test_a_page_has_a_hundred_where_no_size_is_given(gateway: Gateway) -> None:
    page = await _runes(gateway, MANY_RUNES_HOLDER)
    assert (len(page["nodes"]), page["totalCount"], page["pageInfo"]["hasNextPage"]) == (100, 130, True)


async def test_a_page_of_none_is_empty_and_says_how_many_there_are(gateway: Gateway) -> None:
    page = await _runes(gateway, RUNES_HOLDER, first=0)
    assert (page["nodes"], page["edges"], page["totalCount"]) == ([], [], 8)
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(("first", "code"), [(-1, "BAD_USER_INPUT"), (1001, "LIMIT_EXCEEDED")])
async def test_a_page_size_out_of_bounds_is_refused_before_anyone_is_asked(
    gateway: Gateway, first: int, code: str
) -> None:
    answer = await gateway.ask(RUNES, {"a": RUNES_HOLDER, "first": first})
    assert answer.codes == [code]
    assert not gateway.sandbox.calls["xverse"]


async def test_a_cursor_of_another_order_is_refused(gateway: Gateway) -> None:
    page = await _runes(gateway, RUNES_HOLDER, first=1, orderBy="AMOUNT_DESC")
    answer = await gateway.ask(RUNES, {"a": RUNES_HOLDER, "after": page["pageInfo"]["endCursor"]})
    assert answer.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("after", ["", "%%%", "WyJhIl0=", "€", "bnVsbA==", "W1siaSIsIngiXV0="])
async def test_what_is_no_cursor_is_refused(gateway: Gateway, after: str) -> None:
    answer = await gateway.ask(RUNES, {"a": RUNES_HOLDER, "after": after})
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_runes_are_listed_by_name_and_by_amount(gateway: Gateway) -> None:
    by_name = [node["rune"]["name"].replace("•", "") for node in (await _runes(gateway, RUNES_HOLDER))["nodes"]]
    assert by_name == sorted(by_name)
    by_amount = await _runes(gateway, RUNES_HOLDER, orderBy="AMOUNT_DESC")
    assert [node["amount"]["display"] for node in by_amount["nodes"]] == [
        "1500.00001",
        "250",
        "42.00000042",
        "27",
        "7",
        "3.40282366920938463463374607431768211455",
        "3",
        "0",
    ]


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"ids": ["1:0", "840777:42", "999:9"]}, {"1:0", "840777:42"}),
        ({"ids": []}, set()),
        ({"names": ["such•a•good•dog", "UNCOMMONGOODS"]}, {"840777:42", "1:0"}),
        ({"names": ["SUCH A GOOD DOG"], "ids": ["1:0"]}, set()),
        ({"nonZero": False}, {"840300:9"}),
    ],
)
async def test_runes_are_filtered_by_all_that_is_given(
    gateway: Gateway, filter_: dict[str, Any], expected: set[str]
) -> None:
    runes = await _runes(gateway, RUNES_HOLDER, filter=filter_)
    assert (runes["outcome"], set(_ids(runes)), runes["totalCount"]) == ("FRESH", expected, len(expected))


async def test_leaving_out_zeros_leaves_out_nothing_else(gateway: Gateway) -> None:
    everything = set(_ids(await _runes(gateway, RUNES_HOLDER)))
    assert set(_ids(await _runes(gateway, RUNES_HOLDER, filter={"nonZero": True}))) == everything - {"840300:9"}


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"mints": [USDC_MINT, WRAPPED_SOL_MINT]}, {"USDC", "SOL"}),
        ({"symbols": ["usdc", "srm"]}, {"USDC", "SRM"}),
        ({"symbols": ["usdc"], "mints": [SCALED_MINT]}, set()),
        ({"nonZero": False}, {"SRM"}),
        ({"nonZero": True}, {"USDC", "SOL", "CENT", None}),
    ],
)
async def test_tokens_are_filtered_by_all_that_is_given(
    gateway: Gateway, filter_: dict[str, Any], expected: set[str | None]
) -> None:
    tokens = (await gateway.ask(TOKENS % OWNER, {"filter": filter_})).data["account"]["tokens"]
    assert {node["token"]["symbol"] for node in tokens["nodes"]} == expected
    assert tokens["totalCount"] == len(expected)


async def test_token_accounts_of_one_mint_are_picked_out_and_paged(gateway: Gateway) -> None:
    found: list[str] = []
    cursor, more = None, []
    for _ in range(3):
        variables = {"a": OWNER_OF_MANY, "first": 100, "after": cursor, "mint": USDC_MINT}
        page = (await gateway.ask(TOKEN_ACCOUNTS, variables)).data["account"]["tokenAccounts"]
        assert page["totalCount"] == 250
        assert {node["token"]["mint"] for node in page["nodes"]} == {USDC_MINT}
        assert {node["provenance"]["operation"] for node in page["nodes"]} == {"getTokenAccountsByOwner"}
        found += [node["address"] for node in page["nodes"]]
        cursor = page["pageInfo"]["endCursor"]
        more.append(page["pageInfo"]["hasNextPage"])
    assert more == [True, True, False]
    assert (len(found), found) == (250, sorted(set(found)))


async def test_exchange_wallets_are_filtered_and_paged(gateway: Gateway) -> None:
    query = """query ($first: Int, $after: String, $currencies: [String!]) {
        exchangeWallets(first: $first, after: $after, currencies: $currencies) {
            totalCount nodes { currency { code } } pageInfo { hasNextPage endCursor } } }"""
    page = (await gateway.ask(query, {"first": 3}, key=DEMO_KEY)).data["exchangeWallets"]
    assert [node["currency"]["code"] for node in page["nodes"]] == ["BTC", "ETH", "LTC"]
    variables = {"first": 3, "after": page["pageInfo"]["endCursor"]}
    rest = (await gateway.ask(query, variables, key=DEMO_KEY)).data["exchangeWallets"]
    assert [node["currency"]["code"] for node in rest["nodes"]] == ["USD", "USDC"]
    assert rest["pageInfo"]["hasNextPage"] is False
    some = (await gateway.ask(query, {"currencies": ["Btc", "xyz"]}, key=DEMO_KEY)).data["exchangeWallets"]
    assert ([node["currency"]["code"] for node in some["nodes"]], some["totalCount"]) == (["BTC"], 1)
