"""What measures an operation for all variables finds what a walk with these very variables finds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    NoUnusedVariablesRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.sandbox.addresses import GENERATED_HOLDERS, GENERATED_TOKEN_ACCOUNTS, OWNER, OWNER_OF_NONE, RUNES_HOLDER
from gateway.schema.schema import create_schema
from gateway.server.count import Taken, Texts, counted
from gateway.server.measure import Measures, Ruler
from gateway.server.notes import Objects, one_of
from gateway.server.tariff import Tariff
from gateway.server.variables import Variables, constant
from tests.execution.drawing import documents, questions
from tests.server.documents import roots, written
from tests.server.walked import Walked

SCHEMA = create_schema().graphql
TARIFF = Tariff(SCHEMA)
_PLACES = (RUNES_HOLDER, RUNES_HOLDER.upper(), OWNER, OWNER_OF_NONE, *GENERATED_HOLDERS[:2], *GENERATED_TOKEN_ACCOUNTS)
_LISTS = "outcome totalCount nodes { %s } edges { cursor node { %s } }"
_RUNES = _LISTS % ("rune { id inscriptionId }", "amount { display }")
_OWNED = _LISTS % ("address owner { tokens(maxAge: $age) { outcome } }", "owner { runes { outcome } }")
_ACCOUNT = (
    f"chain runes(first: $first, maxAge: $age) {{ {_RUNES} }} tokenAccounts(first: $second, commitment: $how) "
    f"@skip(if: $skipped) {{ {_OWNED} }} ... @include(if: $included) {{ again: runes(first: 2) {{ ...on RuneConnection "
    "{ outcome } nodes { rune { name } } } }"
)
_DEFINED = (
    f'$place: Address!, $other: Address! = "{OWNER}", '
    "$places: [Address!]!, $first: Int, $second: Int = 3, $age: Int, "
    '$how: Commitment! = FINALIZED, $skipped: Boolean! = false, $included: Boolean! = true, $id: ID! = "1:1", '
    "$exchanges: [Exchange!]! = [SFOX], $rows: [WalletRuneBalanceInput!]! = [], $found: [_Any!]! = []"
)
_BODIES = (
    f"account(address: $place) {{ {_ACCOUNT} }}",
    f"accounts(addresses: $places) {{ {_ACCOUNT} }}",
    f"accounts(addresses: [$place, $other, $place]) {{ {_ACCOUNT} }} rune(id: $id) {{ inscriptionId }}",
    "tokenAccounts(addresses: $places, maxAge: $age, commitment: $how) { outcome owner { tokens { outcome } } }",
    (
        "a: tokenAccount(address: $place, commitment: $how) { outcome owner { tokens(first: $first) { outcome } } }"
        "b: tokenAccount(address: $place, maxAge: $age) @skip(if: $skipped) { outcome owner { runes { outcome } } }"
    ),
    (
        "portfolio(addresses: $places, exchanges: $exchanges, maxAge: $age) { totals { positions } "
        f"coverage {{ complete }} accounts {{ {_ACCOUNT} }} }}"
    ),
    (
        "reconcileRunes(address: $place, wallet: $rows) { verdict asset { ... on Rune { id inscriptionId } } }"
        " reconcileTokens(owner: $other) { verdict }"
    ),
    (
        f"_entities(representations: $found) {{ __typename ... on Account {{ {_ACCOUNT} }} "
        "... on Rune { inscriptionId } ... on TokenAccount { outcome owner { tokens { outcome } } } "
        "... on ExchangeWallet { id } ... on Token { mint } }"
    ),
    "exchangeWallets(first: $first, maxAge: $age) { outcome nodes { id } } __schema { types { fields { name } } }",
)

_texts = st.one_of(st.sampled_from(_PLACES), st.text(max_size=3))
_numbers = st.one_of(st.integers(-2, 9), st.sampled_from([2**31 - 1, 2**31, 2**70, -(2**40)]))
_leaves = st.one_of(st.none(), st.booleans(), _numbers, st.floats(), _texts)
_kinds = st.sampled_from(
    ["Account", "Rune", "TokenAccount", "ExchangeWallet", "Token", "Currency", "Nothing", "", None]
)
_found = st.fixed_dictionaries({}, optional={"__typename": _kinds, "address": _texts, "id": _leaves, "mint": _leaves})
_any = st.recursive(
    _leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_texts, inner, max_size=2))
)
# Mostly of the kind that is wanted, but for a few that are of any.
_wanted: Mapping[str, st.SearchStrategy[Any]] = {
    "place": _texts,
    "other": st.one_of(st.none(), _texts),
    "places": st.lists(_texts, max_size=12),
    "first": _numbers,
    "second": _numbers,
    "age": st.one_of(st.none(), st.integers(-1, 5)),
    "how": st.sampled_from(["FINALIZED", "CONFIRMED", "PROCESSED"]),
    "skipped": st.booleans(),
    "included": st.booleans(),
    "id": _texts,
    "exchanges": st.lists(st.sampled_from(["SFOX", "OTHER"]), max_size=3),
    "rows": st.lists(st.dictionaries(st.sampled_from(["runeName", "amount"]), _texts), max_size=12),
    "found": st.lists(st.one_of(_found, _leaves), max_size=8),
}
_sent = st.fixed_dictionaries({}, optional={name: st.one_of(each, each, _any) for name, each in _wanted.items()})


def operation_of(text: str) -> tuple[DocumentNode, OperationDefinitionNode]:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return document, operation


def held(text: str, sent: Sequence[Mapping[str, Any]]) -> list[Measures]:
    """Measure an operation with one ruler for all that is sent, and each by a walk of its own."""
    document, operation = operation_of(text)
    ruler = Ruler(TARIFF, document, operation)
    found = []
    for each in sent:
        expected = Walked(TARIFF, document, operation, each).measure()
        found.append(ruler.measure(each))
        assert found[-1] == expected, (text, each)
    return found


@pytest.mark.parametrize("body", _BODIES, ids=range(len(_BODIES)))
def test_an_operation_measures_the_same_for_whatever_is_sent(body: str) -> None:
    seen: set[Measures] = set()

    @settings(max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(st.lists(_sent, min_size=2, max_size=6))
    def holds(sent: list[dict[str, Any]]) -> None:
        # The first of them comes again when others have been measured.
        seen.update(held(f"query ({_DEFINED}) {{ {body} }}", [*sent, sent[0]]))

    holds()
    # What is sent does make a difference.
    assert len(seen) > 5


def test_the_bodies_are_valid_but_for_what_they_do_not_use() -> None:
    rules = [each for each in specified_rules if each is not NoUnusedVariablesRule]
    assert [validate(SCHEMA, parse(f"query ({_DEFINED}) {{ {body} }}"), rules) for body in _BODIES] == [[]] * len(
        _BODIES
    )


def test_more_ways_to_be_skipped_than_are_kept_measure_the_same() -> None:
    names = [f"s{number}" for number in range(6)]
    fields = " ".join(
        f"{name}: runes(first: {2**at}) @skip(if: ${name}) {{ {_RUNES} }}" for at, name in enumerate(names)
    )
    defined = ", ".join(f"${name}: Boolean!" for name in names)
    text = f'query ({defined}) {{ account(address: "{OWNER}") {{ id {fields} }} }}'
    ways = [{name: bool(number >> at & 1) for at, name in enumerate(names)} for number in range(64)]
    found = held(text, [*ways, *ways])
    assert len(set(found)) == 64
    assert found[:64] == found[64:]


@given(roots, st.lists(st.sampled_from([{}, {"yes": True}, {"yes": False}, {"yes": None}, {"yes": "x"}]), max_size=6))
@settings(max_examples=150, derandomize=True, deadline=None, database=None, suppress_health_check=[*HealthCheck])
def test_what_is_written_out_measures_the_same(fields: list[str], sent: list[dict[str, Any]]) -> None:
    held(written(fields), [{}, *sent])


def _changed(random: Random, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send something else here and there."""
    others: tuple[Any, ...] = (
        None,
        True,
        0,
        7,
        -1,
        2**31,
        1.5,
        "x",
        OWNER,
        [],
        [OWNER, RUNES_HOLDER, OWNER],
        [None],
        {},
        {"a": []},
        [[1]],
    )
    found = {name: random.choice(others) if random.random() < 0.4 else value for name, value in sent.items()}
    return {name: value for name, value in found.items() if random.random() < 0.9}


def test_operations_drawn_from_the_schema_measure_the_same() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(documents(SCHEMA), st.integers(0, 2**32))
    def holds(document: DocumentNode, seed: int) -> None:
        random = Random(seed)
        for question in questions(SCHEMA, document, seed % 1000):
            sent = [question.variables, *(_changed(random, question.variables) for _ in range(4))]
            found = held(question.text, [*sent, question.variables])
            seen["differ"] += len(set(found)) > 1
            seen["all"] += 1

    holds()
    assert seen["all"] > 500
    assert seen["differ"] > 50


def test_a_field_of_several_objects_that_names_one_address_holds_one_object_for_all_of_them() -> None:
    for named, different, keys in ((["a"], 1, {"a"}), (["a", "a"], 1, {"a"}), (["a", "b"], 5, None), ([], 5, None)):
        objects, taken = one_of(Texts(constant(named)), Objects(5)), Taken({})
        assert counted(objects.different, taken) == different
        assert objects.keys is not None
        assert objects.keys(taken) == keys


def test_only_what_is_told_to_skip_or_include_takes_something_out() -> None:
    _, operation = operation_of("query ($a: Boolean!) { x @other(if: $a) @skip(unless: $a) @skip(if: true) }")
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    conditions = Variables(operation).conditions(field)
    assert [(value.read({}), wanted) for value, wanted in conditions] == [(True, True)]
