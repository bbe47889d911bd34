"""What an operation asks for at the most, measured before it runs by what the schema declares."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, get_operation_ast, parse, validate

from gateway.sandbox.addresses import (
    GENERATED_HOLDERS,
    GENERATED_TOKEN_ACCOUNTS,
    OWNER,
    OWNER_OF_NONE,
    RUNES_HOLDER,
    TOKEN_ACCOUNT,
)
from gateway.schema.limits import DEFAULT_PAGE
from gateway.schema.schema import create_schema
from gateway.server.measure import Measures, Ruler
from gateway.server.outline import ENDLESS
from gateway.server.tariff import Tariff

SCHEMA = create_schema().graphql
TARIFF = Tariff(SCHEMA)
CALL = 100
THREE = list(GENERATED_HOLDERS[:3])
PAGE = (
    "query ($a: [Address!]!, $n: Int) { accounts(addresses: $a) { runes(first: $n) { nodes { amount { scale } } } } }"
)
ENTITIES = "query ($r: [_Any!]!) { _entities(representations: $r) { %s } }"


def measured(query: str, variables: dict[str, Any] | None = None) -> Measures:
    document = parse(query)
    assert validate(SCHEMA, document) == []
    operation = get_operation_ast(document)
    assert isinstance(operation, OperationDefinitionNode)
    return Ruler(TARIFF, document, operation).measure(variables or {})


def of_account(fields: str, address: str = RUNES_HOLDER) -> Measures:
    return measured(f'{{ account(address: "{address}") {{ {fields} }} }}')


def calls_of(fields: str, address: str = RUNES_HOLDER) -> int:
    return of_account(fields, address).upstream_calls


def test_cost_counts_calls_first_and_fields_second() -> None:
    assert measured("{ limits { maxDepth maxCost } }").cost == 3
    assert of_account("runes { outcome }").cost == 3 + CALL
    assert Measures(fields=7, upstream_calls=2).cost == 7 + 2 * CALL
    assert Measures(fields=ENDLESS, upstream_calls=ENDLESS).cost == ENDLESS


@pytest.mark.parametrize(
    ("field", "address", "calls"),
    [
        *(("id", OWNER, 0), ("chain", OWNER, 0), ("runes { outcome }", RUNES_HOLDER, 1)),
        *(("tokens { outcome }", OWNER, 1), ("tokenAccounts { outcome }", OWNER, 2)),
        # Nobody is asked for the runes of a Solana address, nor for the tokens of a Bitcoin address.
        *(("runes { outcome }", OWNER, 0), ("tokens { outcome }", RUNES_HOLDER, 0)),
        ("tokenAccounts { outcome }", RUNES_HOLDER, 0),
        ("runes { outcome }", "no address at all", 0),
    ],
)
def test_a_field_costs_what_it_asks_of_an_address_of_its_chain(field: str, address: str, calls: int) -> None:
    document = parse(f"query ($a: Address!) {{ account(address: $a) {{ {field} }} }}")
    operation = get_operation_ast(document)
    assert operation is not None
    assert Ruler(TARIFF, document, operation).measure({"a": address}).upstream_calls == calls


def test_each_list_counts_as_long_as_it_may_be() -> None:
    for size, variables in ((7, {"n": 7}), (0, {"n": 0}), (1000, {"n": 1000}), (DEFAULT_PAGE, {}), (0, {"n": -1})):
        found = measured(PAGE, {"a": THREE, **variables})
        assert found.fields == 1 + 3 * (2 + 2 * size)
        assert found.upstream_calls == 3
    for no_size in ({"n": None}, {"n": "7"}, {"n": 7.5}, {"n": True}, {"n": 2**31}):
        assert measured(PAGE, {"a": THREE, **no_size}).fields == 1 + 3 * (2 + 2 * DEFAULT_PAGE)


def test_a_page_is_as_long_as_a_literal_a_default_or_a_variable_says_and_edges_are_as_many_as_nodes() -> None:
    assert of_account("runes(first: 5) { nodes { amount { scale } } }").fields == 3 + 2 * 5
    assert of_account("runes(first: 5) { edges { cursor } totalCount }").fields == 4 + 5
    assert of_account("runes(first: null) { edges { cursor } }").fields == 3 + DEFAULT_PAGE
    default = "query ($n: Int = 6) { exchangeWallets(first: $n) { nodes { id } } }"
    assert measured(default).fields == 2 + 6
    assert measured(default, {"n": 9}).fields == 2 + 9
    assert measured(default, {"n": None}).fields == 2 + DEFAULT_PAGE


def test_the_largest_page_is_known_also_where_nothing_of_it_is_wanted() -> None:
    assert of_account("a: runes(first: 5) { outcome } b: runes(first: 50) { outcome }").page_size == 50
    assert of_account("runes(first: 5) @skip(if: true) { outcome }").page_size == 0


@pytest.mark.parametrize("many", [0, 1, 2, 500])
def test_a_list_of_addresses_counts_the_same_typed_out_sent_or_by_default(many: int) -> None:
    items = [RUNES_HOLDER] * many
    literal = str(items).replace("'", '"')
    typed = measured(f"{{ accounts(addresses: {literal}) {{ id }} }}")
    assert (typed.addresses, typed.fields) == (many, 1 + many)
    assert measured("query ($a: [Address!]!) { accounts(addresses: $a) { id } }", {"a": items}) == typed
    assert measured(f"query ($a: [Address!]! = {literal}) {{ accounts(addresses: $a) {{ id }} }}") == typed


def test_a_value_that_is_sent_outweighs_the_default_and_one_item_will_do_for_a_list() -> None:
    query = f'query ($a: [Address!]! = ["{OWNER}", "{RUNES_HOLDER}"]) {{ accounts(addresses: $a) {{ id }} }}'
    assert measured(query).addresses == 2
    assert measured(query, {"a": [OWNER] * 7}).addresses == 7
    assert measured(query, {"a": None}).addresses == 0
    assert measured(query, {"a": OWNER}).addresses == 1
    assert measured(query, {"other": [OWNER] * 7}).addresses == 2
    assert measured(f'{{ accounts(addresses: "{OWNER}") {{ id }} }}').addresses == 1
    inside = "query ($a: Address!, $b: Address!) { accounts(addresses: [$a, $b, $a]) { tokens { outcome } } }"
    found = measured(inside, {"a": OWNER, "b": OWNER_OF_NONE})
    assert (found.addresses, found.upstream_calls) == (3, 2)


def test_addresses_are_counted_wherever_they_are_asked_about_and_not_where_a_list_is_searched_for_one() -> None:
    query = f'{{ account(address: "{OWNER}") {{ tokenAccounts(mint: "{OWNER}") {{ outcome }} }} }}'
    assert measured(query).addresses == 1
    assert measured(f'{{ tokenAccounts(addresses: ["{OWNER}", "{OWNER}"]) {{ id }} }}').addresses == 2


def test_what_is_asked_twice_costs_one_call_however_it_is_written() -> None:
    twice = [RUNES_HOLDER, RUNES_HOLDER.upper(), RUNES_HOLDER]
    assert measured(PAGE, {"a": twice}).upstream_calls == 1
    assert measured(PAGE, {"a": twice, "n": 1}).fields == 1 + 3 * (2 + 2)
    assert calls_of("a: runes { outcome } b: runes(first: 1, orderBy: AMOUNT_DESC) { outcome }") == 1
    one = f'one: account(address: "{RUNES_HOLDER}") {{ runes {{ outcome }} }}'
    assert measured(f"{{ {one} two: {one[5:]} }}").upstream_calls == 1
    assert (
        measured("{ a: exchangeWallets { outcome } b: exchangeWallets(exchange: SFOX) { outcome } }").upstream_calls
        == 1
    )


def test_another_age_or_commitment_is_another_call() -> None:
    assert calls_of("a: runes(maxAge: 0) { outcome } b: runes(maxAge: 5) { outcome } c: runes { outcome }") == 3
    assert calls_of("a: runes(maxAge: null) { outcome } b: runes { outcome }") == 1
    fields = "a: tokenAccounts { outcome } b: tokenAccounts(commitment: FINALIZED) { outcome }"
    assert calls_of(fields, OWNER) == 2
    assert calls_of(f"{fields} c: tokenAccounts(commitment: CONFIRMED) {{ outcome }}", OWNER) == 4


@pytest.mark.parametrize(("many", "calls"), [(1, 1), (99, 1), (100, 1), (101, 2), (200, 2), (201, 3), (250, 3)])
def test_a_hundred_token_accounts_share_a_call(many: int, calls: int) -> None:
    query = "query ($a: [Address!]!) { tokenAccounts(addresses: $a) { outcome } }"
    found = measured(query, {"a": list(GENERATED_TOKEN_ACCOUNTS[:many])})
    assert (found.upstream_calls, found.fields) == (calls, 1 + many)


def test_calls_are_shared_also_by_those_asked_one_by_one_but_not_by_commitments() -> None:
    def one(n: int, more: str = "") -> str:
        return f't{n}: tokenAccount(address: "{GENERATED_TOKEN_ACCOUNTS[n]}"{more}) {{ outcome }}'

    assert measured(f"{{ {' '.join(one(n) for n in range(50))} }}").upstream_calls == 1
    assert measured(f"{{ {one(0)} {one(1, ', commitment: CONFIRMED')} }}").upstream_calls == 2
    runes = " ".join(f'r{n}: rune(id: "{n}:1") {{ name }}' for n in range(25))
    assert measured(f"{{ {runes} }}").upstream_calls == 3


def test_inscriptions_are_asked_for_by_the_holder_and_not_by_the_rune() -> None:
    fields = "runes(first: 50) { nodes { rune { inscriptionId } } edges { node { rune { again: inscriptionId } } } }"
    assert calls_of(fields) == 2
    query = f"query ($a: [Address!]!) {{ accounts(addresses: $a) {{ {fields} }} }}"
    assert measured(query, {"a": THREE}).upstream_calls == 6
    assert measured('{ rune(id: "1:0") { inscriptionId } }').upstream_calls == 1


def test_objects_that_only_the_answer_names_cost_a_call_each() -> None:
    query = "query ($a: [Address!]!) { tokenAccounts(addresses: $a) { owner { %s } } }"
    three = list(GENERATED_TOKEN_ACCOUNTS[:3])
    assert measured(query % "tokens { outcome }", {"a": three}).upstream_calls == 1 + 3
    assert measured(query % "tokens { outcome }", {"a": [*three, *three]}).upstream_calls == 1 + 3
    twice = "a: tokens { outcome } b: tokens(first: 1) { outcome } c: tokens(maxAge: 0) { outcome }"
    assert measured(query % twice, {"a": three}).upstream_calls == 1 + 3 * 2
    deep = "tokenAccounts(first: 4) { nodes { owner { tokens { outcome } } } }"
    assert calls_of(deep, OWNER) == 2 + 4


def test_fields_of_one_name_are_one_field_wherever_they_are_written() -> None:
    plain = of_account("id runes { outcome totalCount }")
    assert of_account("id id ... { id } ... on Account { id runes { outcome } } runes { totalCount }") == plain
    spread = (
        f'{{ account(address: "{RUNES_HOLDER}") {{ ...f ...f ...g }} }} fragment f on Account {{ id ...g }}'
        " fragment g on Account { runes { outcome totalCount } }"
    )
    assert measured(spread) == plain


@pytest.mark.parametrize(
    ("condition", "there"),
    [
        *(("@skip(if: true)", False), ("@skip(if: false)", True), ("@include(if: false)", False)),
        *(("@include(if: true)", True), ("@skip(if: $t)", False), ("@include(if: $f)", False)),
        *(("@skip(if: $byDefault)", False), ("@skip(if: false) @include(if: false)", False)),
        *(("@include(if: true) @skip(if: $t)", False), ("@include(if: $unknown)", True)),
    ],
)
@pytest.mark.parametrize("form", ["runes %s { outcome }", "... %s { runes { outcome } }", "...runes %s"])
def test_what_is_skipped_costs_nothing(condition: str, there: bool, form: str) -> None:  # noqa: FBT001 - a parameter of the test
    query = (
        "query ($t: Boolean!, $f: Boolean!, $byDefault: Boolean! = true, $unknown: Boolean!) {"
        f' account(address: "{RUNES_HOLDER}") {{ id {form % condition} }} }}'
        " fragment runes on Account { runes { outcome } }"
    )
    document = parse(query)
    operation = get_operation_ast(document)
    assert operation is not None
    found = Ruler(TARIFF, document, operation).measure({"t": True, "f": False})
    assert (found.upstream_calls, found.fields) == ((1, 4) if there else (0, 2))


def test_representations_cost_what_their_types_cost_and_repeats_nothing() -> None:
    sent = [
        *({"__typename": "TokenAccount", "address": TOKEN_ACCOUNT} for _ in range(3)),
        *({"__typename": "Rune", "id": f"{n}:1"} for n in range(11)),
        {"__typename": "Account", "address": RUNES_HOLDER},
        {"__typename": "Token", "mint": TOKEN_ACCOUNT},
        {"__typename": "Currency", "code": "BTC"},
        *({"__typename": "Nothing"}, {}, 5, None, "x"),
    ]
    found = measured(ENTITIES % "__typename", {"r": sent})
    assert (found.representations, found.upstream_calls, found.fields) == (22, 1 + 2, 1 + 17)
    wallets = [{"__typename": "ExchangeWallet", "id": str(n)} for n in range(9)]
    assert measured(ENTITIES % "__typename", {"r": wallets}).upstream_calls == 1


def test_a_fragment_counts_for_the_types_that_it_is_about() -> None:
    sent = [
        {"__typename": "Account", "address": RUNES_HOLDER},
        {"__typename": "TokenAccount", "address": TOKEN_ACCOUNT},
    ]
    fields = "... on Account { runes { outcome } } ... on Reading { outcome } ... on Rune { name } ...f"
    found = measured(f"{ENTITIES % fields} fragment f on TokenAccount {{ state isNative }}", {"r": sent})
    assert (found.upstream_calls, found.fields) == (1 + 1, 1 + 2 + 3)
    again = "_entities(representations: $r) { __typename }"
    two = f"query ($r: [_Any!]!) {{ a: {again} b: {again} }}"
    assert measured(two, {"r": sent}).representations == 4
    typed = f'[{{__typename: "Account", address: "{OWNER}"}}]'
    inside = "... on Account { tokens { outcome } }"
    assert measured(f"{{ _entities(representations: {typed}) {{ {inside} }} }}").upstream_calls == 1


def test_introspection_counts_the_lists_of_this_very_schema_and_asks_nobody() -> None:
    names = measured("{ __schema { types { name } } }")
    assert names == Measures(fields=2 + len(SCHEMA.type_map))
    whole = measured(get_introspection_query())
    assert whole.upstream_calls == 0
    assert 2 * names.fields < whole.cost < 50_000


def test_what_is_multiplied_beyond_counting_stays_a_small_number() -> None:
    deep = "tokenAccounts(first: 1000) { nodes { owner { " * 6 + "id" + " } } }" * 6
    found = of_account(deep, OWNER)
    assert (found.fields, found.upstream_calls, found.cost) == (ENDLESS, ENDLESS, ENDLESS)
