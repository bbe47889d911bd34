"""Variables and arguments come to what graphql-core makes of them, or are refused where it refuses them."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any, Final

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    parse,
    validate,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.execution.coercion import FieldArguments, Variables
from gateway.execution.selection import operation_of
from gateway.execution.unhandled import Reason, Unhandled
from tests.execution.drawing import documents, questions
from tests.execution.hard import HOLDER
from tests.execution.twins import SCHEMA

_DEFINED: Final = (
    "$a: Int, $b: Int!, $c: Int = 7, $d: Int! = 8, $e: [Int], $f: [Int!]! = [1], $g: [[Int]!], $h: [[[[Int]]]], "
    "$i: Float, $j: Boolean = true, $k: String, $l: ID, $m: Word, $n: Word! = ONE, $o: Box, $p: [Box!] = [{size: 1}], "
    "$q: Int = null, $r: OneOf"
)
_NAMES: Final = "abcdefghijklmnopqr"
_PLAIN: Final = build_schema(
    """
    enum Word { ONE OTHER }
    input Box { size: Int! = 3, name: [String], box: Box }
    input OneOf @oneOf { a: Int, b: String }
    type Query { all(a: Int, b: Int!, c: Int = 1, e: [Int] = [4], k: String, n: Word = OTHER, o: Box = {name: "x"},
                     p: [Box!], r: OneOf, i: Float, l: ID): Int }
    """
)
_ASKING: Final = (
    f"query ({_DEFINED}) {{ v: all(b: $b) w: all(a: $a, b: 2, c: $c, e: $e, k: $k, n: $n) "
    'x: all(b: $d, e: [$a, 1, $q], o: {size: $d, name: [$k, "y"], box: {size: 5}}, p: [{size: $b}, {name: null}]) '
    "y: all(b: 9, e: 3, n: ONE, k: null) z: all(b: $c, o: $o, p: $p, r: $r, c: $q, i: $i, l: $l) }"
)
_leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 3),
    st.floats(),
    st.sampled_from(["ONE", "x", "", HOLDER, "7"]),
)
_values = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["size", "name", "box", "a", "b", "other"]), inner, max_size=3),
    ),
)
_fit: Final[Mapping[str, Any]] = {
    **dict.fromkeys("abcdq", 5),
    "e": [1, None],
    "f": [2],
    "g": [[1], [None]],
    "h": [[[[1]]]],
    "i": 1.5,
    "j": False,
    "k": "k",
    "l": 5,
    "m": "OTHER",
    "n": "ONE",
    "o": {"size": 1, "box": {"name": "n"}},
    "p": [{"size": 2}],
    "r": {"a": 1},
}


def _hold(document: DocumentNode, sent: Mapping[str, Any], seen: Counter[str], schema: Any = SCHEMA) -> None:
    operation = operation_of(document, None)
    defined = operation.variable_definitions or ()
    expected = get_variable_values(schema, defined, dict(sent), max_errors=1)
    variables = Variables(schema, operation)
    if not isinstance(expected, VariableValues):
        seen["refused"] += 1
        with pytest.raises(Unhandled) as left:
            variables.coerced(sent)
        assert left.value.reason is Reason.VARIABLES
        return
    # Twice, for what is kept from the first time.
    for _ in range(2):
        assert _shown(variables.coerced(sent)) == _shown(expected)
    for definition, node in _fields(document, schema):
        seen["fields"] += 1
        _hold_arguments(definition, node, expected, seen)


def _shown(values: VariableValues) -> Any:
    """Write all of it out: what is equal to another may yet be of another type."""
    sources = {
        name: (each.signature.name, str(each.signature.type), repr(each.value)) for name, each in values.sources.items()
    }
    return sources, {name: repr(each) for name, each in values.coerced.items()}


def _hold_arguments(definition: GraphQLField, node: FieldNode, variables: VariableValues, seen: Counter[str]) -> None:
    arguments = FieldArguments(definition, node)
    for _ in range(2):
        try:
            expected = get_argument_values(definition, node, variables)
        except GraphQLError:
            seen["refused arguments"] += 1
            with pytest.raises(GraphQLError):
                arguments.coerced(variables)
        else:
            found = arguments.coerced(variables)
            assert {name: repr(each) for name, each in found.items()} == {
                name: repr(each) for name, each in expected.items()
            }


def _fields(document: DocumentNode, schema: Any) -> list[tuple[GraphQLField, FieldNode]]:
    found: list[tuple[GraphQLField, FieldNode]] = []
    info = TypeInfo(schema)

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            definition = info.get_field_def()
            if definition is not None:
                found.append((definition, node))

    visit(document, TypeInfoVisitor(info, Fields()))
    return found


def test_values_of_every_kind_of_type_come_to_the_same() -> None:
    document, seen = parse(_ASKING), Counter[str]()
    wrong = validate(_PLAIN, document)
    assert all("is never used" in error.message for error in wrong), wrong

    @settings(max_examples=600, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(st.dictionaries(st.sampled_from(_NAMES), _values, max_size=3), st.sets(st.sampled_from(_NAMES), max_size=6))
    def holds(changed: dict[str, Any], missing: set[str]) -> None:
        sent = {name: each for name, each in {**_fit, **changed}.items() if name not in missing or name == "b"}
        _hold(document, sent, seen, _PLAIN)

    holds()
    assert seen["refused"] > 100
    assert seen["fields"] > 500, seen
    assert seen["refused arguments"] > 0, seen


def test_what_is_nested_deeper_than_anyone_follows_is_refused() -> None:
    box: dict[str, Any] = {"size": 1}
    for _ in range(400):
        box = {"size": 1, "box": box}
    seen = Counter[str]()
    _hold(parse("query ($o: Box) { all(b: 1, o: $o) }"), {"o": box}, seen, _PLAIN)
    assert seen["refused"] == 1
    nested: Any = 1
    for _ in range(150):
        nested = [nested]
    for levels in (3, 4, 150):
        _hold(parse(f"query ($a: {'[' * levels}Int{']' * levels}) {{ all(b: 1) }}"), {"a": nested}, seen, _PLAIN)


def test_variables_of_operations_drawn_from_the_schema_come_to_the_same() -> None:
    seen: Counter[str] = Counter()
    others: list[Any] = [None, True, 0, -1, 2**31, 1.5, "x", HOLDER, [], [HOLDER, None], [[HOLDER]], {}, {"ids": [5]}]

    @settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(documents(SCHEMA), st.integers(0, 2**32))
    def holds(document: DocumentNode, seed: int) -> None:
        random = Random(seed)
        for question in questions(SCHEMA, document, seed % 1000):
            for chance in (0, 0.2):
                sent = {
                    name: random.choice(others) if random.random() < chance else value
                    for name, value in question.variables.items()
                    if random.random() >= chance / 2
                }
                _hold(parse(question.text), sent, seen)

    holds()
    assert seen["fields"] > 2000
    assert seen["refused"] > 20


def test_a_variable_of_a_type_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(Unhandled) as left:
        Variables(SCHEMA, operation_of(parse("query ($a: Account) { __typename }"), None))
    assert left.value.reason is Reason.VARIABLES
