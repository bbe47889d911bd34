"""Fields are collected as the reference executor collects them."""

from typing import Any

import pytest
from graphql import build_schema, execute_sync, parse, validate
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.execution.selection import Selections, conditional, operation_of
from gateway.execution.unhandled import Reason, Unhandled

_SCHEMA = build_schema("""
type Query implements Named { a: String b: String c: String name: String }
interface Named { name: String }
interface Other { name: String }
type Else implements Other { name: String }
union Some = Query | Else
union None = Else
directive @odd on FIELD
""")
_QUERY: Any = _SCHEMA.query_type
_CONDITIONS = {"yes": True, "no": False}

_names = st.sampled_from(["a", "b", "c", "name", "__typename", "x: a", "y: b", "z: __typename"])
_directives = st.sampled_from(
    [
        *("", "", "", "@skip(if: true)", "@skip(if: false)", "@include(if: true)", "@include(if: false)"),
        *("@skip(if: $no)", "@skip(if: $yes)", "@include(if: $no)", "@include(if: $yes)"),
        "@skip(if: $no) @include(if: $no)",
    ]
)
_fields = st.builds("{} {}".format, _names, _directives)
_spreads = st.builds("...{} {}".format, st.sampled_from("FG"), _directives)
_inline = st.builds(
    "... {} {} {{ name }}".format, st.sampled_from(["on Else", "on Other", "on Some", "on Named"]), _directives
)
_sets = st.recursive(
    st.lists(st.one_of(_fields, _inline), min_size=1, max_size=4).map(" ".join),
    lambda inner: st.lists(
        st.one_of(
            _fields,
            _spreads,
            st.builds("... {} {} {{ {} }}".format, st.sampled_from(["", "on Query"]), _directives, inner),
        ),
        min_size=1,
        max_size=5,
    ).map(" ".join),
    max_leaves=8,
)


@given(_sets, st.lists(_fields, min_size=1, max_size=3).map(" ".join))
@settings(max_examples=300)
def test_the_names_of_an_answer_and_their_order_are_those_of_the_reference_executor(root: str, spread: str) -> None:
    document = parse(
        f"query ($yes: Boolean!, $no: Boolean!) {{ first: a @include(if: $yes) @skip(if: $no) {root} ...F ...G }} "
        f"fragment F on Query {{ {spread} ...G }} fragment G on Named {{ name x: __typename }}"
    )
    assume(all("unused" in each.message or "never" in each.message for each in validate(_SCHEMA, document)))
    found = Selections(_SCHEMA, document, _CONDITIONS).fields(_QUERY, [operation_of(document, None).selection_set])
    result: Any = execute_sync(_SCHEMA, document, variable_values=_CONDITIONS)
    assert result.errors is None
    assert list(found) == list(result.data)


def test_fields_of_one_name_stay_together_in_their_order() -> None:
    document = parse("{ a ...F a: name @skip(if: true) b a } fragment F on Query { b a }")
    found = Selections(_SCHEMA, document, {}).fields(_QUERY, [operation_of(document, None).selection_set])
    assert {key: [node.loc.start for node in nodes if node.loc] for key, nodes in found.items()} == {
        "a": [2, 63, 35],
        "b": [61, 33],
    }


def test_a_condition_that_nobody_told_is_left_to_the_reference_executor() -> None:
    document = parse("query ($yes: Boolean!) { a @skip(if: $yes) }")
    with pytest.raises(Unhandled) as left:
        Selections(_SCHEMA, document, {}).fields(_QUERY, [operation_of(document, None).selection_set])
    assert left.value.reason is Reason.DIRECTIVE


def test_another_directive_is_left_to_the_reference_executor() -> None:
    document = parse("{ a @odd }")
    with pytest.raises(Unhandled) as left:
        Selections(_SCHEMA, document, {}).fields(_QUERY, [operation_of(document, None).selection_set])
    assert left.value.reason is Reason.DIRECTIVE


def test_variables_of_conditions_are_named_once_wherever_they_stand() -> None:
    text = "query ($a: Boolean!) { a @skip(if: $a) ...F b @include(if: $b) } fragment F on Query { c @skip(if: $a) }"
    assert conditional(parse(text)) == ("a", "b")


@pytest.mark.parametrize(("kind", "names"), [("Some", ["Query", "Else"]), ("Named", ["Query"]), ("Query", ["Query"])])
def test_the_types_that_objects_may_have_are_listed(kind: str, names: list[str]) -> None:
    selections = Selections(_SCHEMA, parse("{ a }"), {})
    assert [each.name for each in selections.concrete(_SCHEMA.type_map[kind])] == names


@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("{ a }", None, None),
        ("query A { a } query B { b }", "B", "B"),
        ("query A { a } query B { b }", None, Reason.NOT_A_QUERY),
        ("query A { a }", "C", Reason.NOT_A_QUERY),
        ("query A { a }", None, "A"),
    ],
)
def test_the_operation_to_run_is_the_one_that_is_named_or_the_only_one(
    text: str, name: str | None, found: str | None
) -> None:
    if isinstance(found, Reason):
        with pytest.raises(Unhandled):
            operation_of(parse(text), name)
        return
    operation = operation_of(parse(text), name)
    assert (operation.name.value if operation.name else None) == found
