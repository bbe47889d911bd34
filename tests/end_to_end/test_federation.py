"""Entities: a router's representations are resolved together, each by itself, and only for who may see them."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode, parse, print_ast

from gateway.sandbox.addresses import (
    GENERATED_TOKEN_ACCOUNTS,
    OWNER,
    RUNES_HOLDER,
    SANDBOX_ALPHA_COIN,
    TOKEN_ACCOUNT,
    USDC_MINT,
)
from tests.end_to_end.asking import BATCH_INFO, V2, WALLETS
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, Answer, Gateway, running_gateway, serving

FIELDS = """__typename
    ... on Account { address chain runes { totalCount } }
    ... on Rune { id name divisibility }
    ... on Token { mint symbol decimals }
    ... on TokenAccount { address outcome commitment amount { display } }
    ... on ExchangeWallet { id currency { code } balance { display } }
    ... on Currency { code }"""
ENTITIES = f"query ($of: [_Any!]!) {{ _entities(representations: $of) {{ {FIELDS} }} }}"
Representation = Mapping[str, Any]


async def _ask(gateway: Gateway, *of: Representation, key: str | None = None) -> Answer:
    return await gateway.ask(ENTITIES, {"of": of}, key=key)


def _account(address: str) -> Representation:
    return {"__typename": "Account", "address": address}


def _token_account(address: str) -> Representation:
    return {"__typename": "TokenAccount", "address": address}


def _wallet(id_: str) -> Representation:
    return {"__typename": "ExchangeWallet", "id": id_}


async def _wallet_id(gateway: Gateway, key: str, currency: str = "btc") -> str:
    query = "query ($c: [String!]) { exchangeWallets(currencies: $c) { nodes { id } } }"
    (node,) = (await gateway.ask(query, {"c": [currency]}, key=key)).data["exchangeWallets"]["nodes"]
    id_: str = node["id"]
    return id_


async def test_every_kind_of_entity_is_found_by_its_key_in_the_order_asked(gateway: Gateway) -> None:
    wallet = await _wallet_id(gateway, DEMO_KEY)
    answer = await _ask(
        gateway,
        {"__typename": "Currency", "code": "btc"},
        _token_account(TOKEN_ACCOUNT),
        _account(RUNES_HOLDER),
        {"__typename": "Rune", "id": SANDBOX_ALPHA_COIN},
        {"__typename": "Token", "mint": USDC_MINT},
        _wallet(wallet),
        _account(OWNER),
        key=DEMO_KEY,
    )
    assert answer.data["_entities"] == [
        {"__typename": "Currency", "code": "BTC"},
        {
            "__typename": "TokenAccount",
            "address": TOKEN_ACCOUNT,
            "outcome": "FRESH",
            "commitment": "FINALIZED",
            "amount": {"display": "98.64"},
        },
        {"__typename": "Account", "address": RUNES_HOLDER, "chain": "BITCOIN", "runes": {"totalCount": 8}},
        {"__typename": "Rune", "id": SANDBOX_ALPHA_COIN, "name": "SANDBOX•ALPHA•COIN", "divisibility": 5},
        {"__typename": "Token", "mint": USDC_MINT, "symbol": None, "decimals": None},
        {"__typename": "ExchangeWallet", "id": wallet, "currency": {"code": "BTC"}, "balance": {"display": "1"}},
        {"__typename": "Account", "address": OWNER, "chain": "SOLANA", "runes": None},
    ]


async def test_many_representations_cost_as_few_calls_as_a_list_would(gateway: Gateway) -> None:
    accounts = [_token_account(address) for address in GENERATED_TOKEN_ACCOUNTS[:100]]
    runes = [{"__typename": "Rune", "id": f"{900_000 + n}:1"} for n in range(10)]
    answer = await _ask(gateway, *accounts, *runes, *accounts[:50])
    assert len(answer.data["_entities"]) == 160
    assert gateway.calls("solana", "getMultipleAccounts") == 1
    assert gateway.calls("xverse", BATCH_INFO) == 1


async def test_one_variable_under_two_aliases_is_resolved_twice_and_read_once(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """query ($of: [_Any!]!) {
            first: _entities(representations: $of) { ... on Account { runes { totalCount } } }
            second: _entities(representations: $of) { ... on Account { address runes { totalCount } } }
        }""",
        {"of": [_account(RUNES_HOLDER)]},
    )
    assert answer.data == {
        "first": [{"runes": {"totalCount": 8}}],
        "second": [{"address": RUNES_HOLDER, "runes": {"totalCount": 8}}],
    }
    assert gateway.calls("xverse", V2) == 1


async def test_representations_may_be_written_into_the_query_with_variables_in_them(gateway: Gateway) -> None:
    answer = await gateway.ask(
        """query ($address: Address!, $rune: ID!) {
            _entities(representations: [
                {__typename: "Account", address: $address}
                {__typename: "Rune", id: $rune}
                {__typename: "Account", address: 7}
            ]) { ... on Account { chain } ... on Rune { name } }
        }""",
        {"address": RUNES_HOLDER, "rune": SANDBOX_ALPHA_COIN},
    )
    assert answer.body["data"] == {"_entities": [{"chain": "BITCOIN"}, {"name": "SANDBOX•ALPHA•COIN"}, None]}
    assert answer.codes == ["BAD_USER_INPUT"]


BAD: Sequence[Any] = (
    "text",
    7,
    [],
    {},
    {"__typename": 7},
    {"__typename": "Query"},
    {"__typename": "Problem"},
    {"__typename": "Account"},
    {"__typename": "Account", "address": None},
    {"__typename": "Account", "address": 7},
    {"__typename": "Account", "address": "bc1qnobody"},
    {"__typename": "Account", "address": "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4"},
    {"__typename": "Rune", "id": "no id"},
    {"__typename": "Token", "mint": RUNES_HOLDER},
    {"__typename": "TokenAccount", "address": RUNES_HOLDER},
    {"__typename": "Account", "address": OWNER, "chain": "SOLANA"},
    {"__typename": "Rune", "id": SANDBOX_ALPHA_COIN, "name": "ANOTHER"},
    {"__typename": "Rune", "ids": SANDBOX_ALPHA_COIN},
    {"__typename": "ExchangeWallet"},
    {"__typename": "Currency", "code": ""},
    {"__typename": "Currency", "code": "B T C"},
    {"__typename": "Currency", "code": "\N{RIGHT-TO-LEFT OVERRIDE}BTC"},
    {"__typename": "Currency", "code": "B" * 65},
)


@pytest.mark.parametrize("bad", BAD, ids=str)
async def test_a_bad_representation_spoils_only_itself(gateway: Gateway, bad: Any) -> None:
    answer = await _ask(gateway, _token_account(TOKEN_ACCOUNT), bad, {"__typename": "Currency", "code": "usd"})
    account, none, currency = answer.body["data"]["_entities"]
    assert (account["amount"]["display"], none, currency["code"]) == ("98.64", None, "USD")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["errors"][0]["path"] == ["_entities", 1]


async def test_an_entity_whose_provider_is_in_trouble_spoils_only_itself(gateway: Gateway) -> None:
    await gateway.fail("xverse", "503")
    answer = await _ask(gateway, {"__typename": "Rune", "id": SANDBOX_ALPHA_COIN}, _token_account(TOKEN_ACCOUNT))
    rune, account = answer.body["data"]["_entities"]
    assert (rune, account["outcome"]) == (None, "FRESH")
    assert answer.codes == ["UNAVAILABLE"]


async def test_a_rune_that_does_not_exist_is_null_without_an_error(gateway: Gateway) -> None:
    answer = await _ask(gateway, {"__typename": "Rune", "id": "999999:9"})
    assert answer.data == {"_entities": [None]}


async def test_an_exchange_wallet_is_found_only_by_the_caller_whose_it_is(gateway: Gateway) -> None:
    demos = await _wallet_id(gateway, DEMO_KEY)
    others = await _wallet_id(gateway, OTHER_KEY)
    found = (await _ask(gateway, _wallet(demos), key=DEMO_KEY)).data["_entities"]
    assert found[0]["balance"] == {"display": "1"}
    asked_before = gateway.calls("sfox", WALLETS)
    assert (await _ask(gateway, _wallet(demos), key=OTHER_KEY)).data == {"_entities": [None]}
    assert (await _ask(gateway, _wallet(others), key=DEMO_KEY)).data == {"_entities": [None]}
    for key, code in ((READER_KEY, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        refused = await _ask(gateway, _wallet(demos), key=key)
        assert (refused.codes, refused.body["data"]) == ([code], {"_entities": [None]})
    assert gateway.calls("sfox", WALLETS) == asked_before


async def test_a_wallet_that_the_account_does_not_hold_is_null(gateway: Gateway) -> None:
    plain = base64.urlsafe_b64encode(b"SFOX\ndemo\nXYZ").decode().rstrip("=")
    assert (await _ask(gateway, _wallet(plain), key=DEMO_KEY)).data == {"_entities": [None]}


@pytest.mark.parametrize(
    "id_", ["", "%", "a", "€", "bm90aGluZw", base64.urlsafe_b64encode(b"MTGOX\ndemo\nBTC").decode()]
)
async def test_what_is_no_wallets_id_is_refused(gateway: Gateway, id_: str) -> None:
    answer = await _ask(gateway, _wallet(id_), key=DEMO_KEY)
    assert (answer.codes, answer.body["data"]) == (["BAD_USER_INPUT"], {"_entities": [None]})


async def test_a_wallet_at_an_exchange_in_trouble_is_an_error_and_no_zero(gateway: Gateway) -> None:
    id_ = base64.urlsafe_b64encode(b"SFOX\ndemo\nBTC").decode()
    await gateway.fail("sfox", "503")
    answer = await _ask(gateway, _wallet(id_), key=DEMO_KEY)
    assert (answer.codes, answer.body["data"]) == (["UNAVAILABLE"], {"_entities": [None]})


async def test_entities_are_kept_from_those_who_may_not_read_balances() -> None:
    async with running_gateway(GATEWAY_ANONYMOUS_SCOPES="[]") as gateway:
        of = [_account(OWNER), _token_account(TOKEN_ACCOUNT), {"__typename": "Token", "mint": USDC_MINT}]
        answer = await _ask(gateway, *of, {"__typename": "Rune", "id": "1:0"})
        assert answer.codes == ["UNAUTHENTICATED"] * 4
        assert answer.body["data"] == {"_entities": [None] * 4}
        assert not any(calls for calls in gateway.sandbox.calls.values())


async def test_wallets_of_two_callers_are_read_from_the_askers_account_in_one_call(gateway: Gateway) -> None:
    mine = [await _wallet_id(gateway, DEMO_KEY, code) for code in ("btc", "usd")]
    theirs = await _wallet_id(gateway, OTHER_KEY)
    async with serving(gateway.sandbox) as cold:
        before = gateway.calls("sfox", WALLETS)
        answer = await _ask(cold, _wallet(mine[0]), _wallet(theirs), _wallet(mine[1]), key=DEMO_KEY)
        found = [each and each["id"] for each in answer.data["_entities"]]
        assert found == [mine[0], None, mine[1]]
        assert gateway.calls("sfox", WALLETS) == before + 1


async def test_a_router_gets_the_subgraphs_sdl(gateway: Gateway) -> None:
    sdl = (await gateway.ask("{ _service { sdl } }")).data["_service"]["sdl"]
    assert 'url: "https://specs.apollo.dev/federation/v2' in sdl
    for key, kind in (
        ("address", "Account"),
        ("id", "Rune"),
        ("mint", "Token"),
        ("address", "TokenAccount"),
        ("id", "ExchangeWallet"),
        ("code", "Currency"),
    ):
        declaration = next(line for line in sdl.splitlines() if line.startswith(f"type {kind} "))
        assert f'@key(fields: "{key}")' in declaration
    for kind in ("Amount", "Problem", "Provenance", "Position", "PageInfo"):
        assert f"type {kind} @shareable" in sdl


def _needed(node: ObjectTypeDefinitionNode | FieldDefinitionNode) -> list[str]:
    """List what a declaration says of who may read it."""
    return [print_ast(each) for each in node.directives or () if each.name.value in ("authenticated", "requiresScopes")]


async def test_what_needs_a_scope_for_certain_is_declared_to_routers_and_nothing_else_is(gateway: Gateway) -> None:
    sdl = (await gateway.ask("{ _service { sdl } }")).data["_service"]["sdl"]
    types = [each for each in parse(sdl).definitions if isinstance(each, ObjectTypeDefinitionNode)]
    declared = {each.name.value: _needed(each) for each in types}
    declared |= {
        f"{each.name.value}.{field.name.value}": _needed(field) for each in types for field in each.fields or ()
    }
    needs = ["@authenticated", '@requiresScopes(scopes: [["exchange:read"]])']
    assert {name: found for name, found in declared.items() if found} == {
        "ExchangeWallet": needs,
        "Query.exchangeWallets": needs,
    }
    # And enforced: who has not got the scope gets neither, whichever router stands in front.
    for key, code in ((READER_KEY, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        assert (await gateway.ask("{ exchangeWallets { totalCount } }", key=key)).codes == [code]


async def test_more_representations_than_the_limit_are_refused(gateway: Gateway) -> None:
    of = [{"__typename": "Currency", "code": "BTC"}] * 501
    assert (await _ask(gateway, *of)).codes == ["LIMIT_EXCEEDED"]
