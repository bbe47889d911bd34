"""What an operation asks for, counted before it runs."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_operation_ast, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.schema.errors import CallerError
from gateway.schema.limits import RequestLimits
from gateway.server.measure import Measures, Ruler, excess

DEEPEST = 15
LIMITS = RequestLimits(max_depth=DEEPEST)
# A call that a field may make necessary costs ten, a field one.
CALL, FIELD = 10, 1


def measured(query: str, variables: dict[str, Any] | None = None) -> Measures:
    document = parse(query)
    operation = get_operation_ast(document)
    assert isinstance(operation, OperationDefinitionNode)
    return Ruler(document, operation, variables or {}, DEEPEST).measure()


def nested(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def doubled(levels: int, inner: str = "id") -> str:
    """Fragments of which each is spread twice by the one before."""
    bodies = [f"fragment f{n} on A {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels)]
    return " ".join([*bodies, f"fragment f{levels} on A {{ {inner} }}"])


@pytest.mark.parametrize("levels", [1, 2, 14, 15])
def test_depth_is_how_deeply_fields_are_nested(levels: int) -> None:
    assert measured(nested(levels)).depth == levels


@pytest.mark.parametrize("levels", [16, 17, 100, 190])
def test_what_is_too_deep_is_followed_just_far_enough_to_know(levels: int) -> None:
    assert measured(nested(levels)).depth == DEEPEST + 1


def test_depth_is_that_of_the_deepest_branch() -> None:
    assert measured("{ a { b } c { d { e } } f }").depth == 3


def test_fragments_and_conditions_add_no_depth_of_their_own_and_hide_none() -> None:
    assert measured("{ a { ... { ... on A { b } } } }").depth == 2
    assert measured("{ a { ...f } } fragment f on A { b { ...g } } fragment g on A { c }").depth == 3
    chain = " ".join(f"fragment f{n} on A {{ a {{ ...f{n + 1} }} }}" for n in range(90))
    assert measured(f"{{ ...f0 }} {chain} fragment f90 on A {{ a }}").depth > DEEPEST


def test_every_renamed_field_is_an_alias_wherever_it_stands() -> None:
    assert measured("{ a: x b: x { c: y } ... { d: x } ...f } fragment f on A { e: x }").aliases == 5
    assert measured("{ x y { z } }").aliases == 0


def test_a_fragment_counts_as_often_as_it_is_spread() -> None:
    query = "{ one { ...f } two { ...f ...f } } fragment f on A { a: x b: x }"
    assert measured(query).aliases == 6
    assert measured(query).cost == 2 + 3 * 2


@pytest.mark.parametrize("argument", ["addresses", "representations"])
@pytest.mark.parametrize("many", [0, 1, 2, 500])
def test_a_list_counts_the_same_typed_out_sent_or_by_default(argument: str, many: int) -> None:
    items = [f"a{n}" for n in range(many)]
    literal = str(items).replace("'", '"')
    typed = measured(f"{{ accounts({argument}: {literal}) {{ id }} }}")
    assert typed.addresses == many
    assert typed.cost == FIELD + max(many, 1) * FIELD
    assert measured(f"query ($a: [A!]!) {{ accounts({argument}: $a) {{ id }} }}", {"a": items}) == typed
    assert measured(f"query ($a: [A!]! = {literal}) {{ accounts({argument}: $a) {{ id }} }}") == typed


def test_a_value_that_is_sent_outweighs_the_default() -> None:
    query = 'query ($a: [A!] = ["x", "y", "z"]) { accounts(addresses: $a) { id } }'
    assert measured(query, {"a": ["x"] * 7}).addresses == 7
    assert measured(query, {"a": None}).addresses == 1
    assert measured(query, {"other": ["x"] * 7}).addresses == 3


def test_one_item_will_do_for_a_list_of_one() -> None:
    assert measured('{ accounts(addresses: "x") { id } }').addresses == 1
    assert measured("query ($a: [A!]!) { accounts(addresses: $a) { id } }", {"a": "xyz"}).addresses == 1
    assert measured('query ($a: [A!]! = "x") { accounts(addresses: $a) { id } }').addresses == 1
    assert measured("query ($a: [A!]!) { accounts(addresses: $a) { id } }").addresses == 1


def test_variables_among_the_items_count_one_each() -> None:
    assert measured('{ accounts(addresses: [$a, "x", $b]) { id } }', {"a": "y", "b": "z"}).addresses == 3


def test_other_arguments_list_nothing() -> None:
    assert measured('{ exchangeWallets(currencies: ["BTC", "ETH"]) { id } }').addresses == 0


def test_lists_under_lists_are_multiplied() -> None:
    query = '{ accounts(addresses: ["x", "y", "z"]) { accounts(addresses: ["x", "y"]) { id } } }'
    assert measured(query).addresses == 3 + 3 * 2
    assert measured(query).cost == FIELD + 3 * (FIELD + 2 * FIELD)


@pytest.mark.parametrize(
    ("field", "calls"),
    [
        *(("runes", 1), ("inscriptionId", 1), ("tokens", 1), ("tokenAccounts", 2), ("tokenAccount", 1), ("rune", 1)),
        *(("reconcileTokens", 5), ("reconcileRunes", 2), ("portfolio", 4)),
        *(("exchangeWallets", 1), ("account", 0), ("id", 0), ("limits", 0), ("providers", 0)),
    ],
)
def test_a_field_costs_what_it_may_ask_upstream_for_each_address(field: str, calls: int) -> None:
    assert measured(f"{{ {field} }}").cost == FIELD + calls * CALL
    many = measured(f'{{ accounts(addresses: ["x", "y", "z"]) {{ {field} }} }}')
    assert many.cost == FIELD + 3 * (FIELD + calls * CALL)


def test_a_portfolio_costs_what_each_of_its_addresses_may_ask_upstream() -> None:
    many = measured('{ portfolio(addresses: ["x", "y", "z"], exchanges: [SFOX]) { coverage { expected } } }')
    assert many.cost == FIELD + 3 * 4 * CALL + 3 * (FIELD + FIELD)
    assert many.addresses == 3


def test_introspection_costs_nothing_but_its_aliases_count_however_they_are_spread() -> None:
    plain = measured("{ __typename __schema { types { fields { type { name } } } } }")
    assert plain == Measures()
    renamed = (
        "{ t: __typename s: __schema { a: types { ...f } b: types { ...f } } } fragment f on T { c: name d: kind }"
    )
    assert measured(renamed) == Measures(aliases=8)


@pytest.mark.parametrize("inner", ["id", "a: id", 'accounts(addresses: ["x"]) { runes { outcome } }'])
def test_a_bomb_of_sixty_doublings_is_counted_without_being_walked(inner: str) -> None:
    # Walked, these are 2^60 fields.
    bomb = measured(f"{{ a {{ ...f0 }} }} {doubled(60, inner)}")
    refusal = excess(bomb, LIMITS)
    assert refusal is not None
    assert "beyond counting" in refusal.message
    assert bomb.depth <= DEEPEST


@given(st.integers(0, 39))
@settings(max_examples=40)
def test_short_of_beyond_counting_the_count_is_exact(levels: int) -> None:
    assert measured(f"{{ ...f0 }} {doubled(levels)}").cost == 2**levels
    assert measured(f"{{ ...f0 }} {doubled(levels, 'x: id')}").aliases == 2**levels


def test_what_is_multiplied_beyond_counting_stays_a_small_number() -> None:
    layers = 'accounts(addresses: ["x", "y", "z", "w"]) { ' * 14
    bomb = measured(f"{{ {layers} ...f0 {'}' * 14} }} {doubled(90, 'runes')}")
    assert max(bomb.cost, bomb.addresses, bomb.aliases) <= 2**40


@pytest.mark.parametrize(
    ("measure", "most", "what"),
    [
        ("depth", 15, "depth"),
        ("aliases", 100, "number of aliases"),
        ("addresses", 500, "number of addresses"),
        ("cost", 10_000, "cost"),
    ],
)
def test_each_limit_lets_through_what_it_says_and_no_more(measure: str, most: int, what: str) -> None:
    assert excess(Measures(**{measure: most}), RequestLimits()) is None
    refusal = excess(Measures(**{measure: most + 1}), RequestLimits())
    assert isinstance(refusal, CallerError)
    assert refusal.extensions == {"code": "LIMIT_EXCEEDED"}
    assert refusal.message == f"The {what} of this operation is {most + 1}; at most {most} is allowed."


def test_what_is_measured_beside_something_else_adds_up_but_for_depth() -> None:
    one, other = Measures(depth=3, aliases=1, addresses=2, cost=10), Measures(depth=2, aliases=4, addresses=5, cost=20)
    assert one.beside(other) == other.beside(one) == Measures(depth=3, aliases=5, addresses=7, cost=30)
