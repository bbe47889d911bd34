"""Fields are collected as the reference executor collects them."""

from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLResolveInfo, execute_sync, parse, validate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.execution.selection import Selections, conditional, operation_of
from gateway.execution.unhandled import Reason, Unhandled
from tests.execution.drawing import documents, questions
from tests.execution.twins import SCHEMA

_PLACES = ("Query", "Account", "RuneConnection", "TokenAccountConnection", "TokenAccount", "Rune", "Amount", "Token")


def _collected(kind: GraphQLObjectType, text: str, conditions: dict[str, bool]) -> dict[str, list[str]]:
    document = parse(text)
    selections = Selections(SCHEMA, document, conditions)
    found = selections.fields(kind, [operation_of(document, None).selection_set])
    return {key: [node.name.value for node in nodes] for key, nodes in found.items()}


def _asked(text: str, variables: dict[str, Any]) -> list[str]:
    """Let graphql-core answer everything with null, and give the names in its answer."""

    def resolve(_: object, info: GraphQLResolveInfo[Any], **__: Any) -> None:
        order.append(info.path.key)

    order: list[Any] = []
    execute_sync(SCHEMA, parse(text), variable_values=variables, field_resolver=resolve)
    result: Any = execute_sync(_nullable(), parse(text), variable_values=variables)
    assert result.errors is None, result.errors
    return list(result.data)


def _nullable() -> Any:
    """Give a schema with the same root fields, all of which are null."""
    return _NULLABLE


_FIELDS = """
schema { query: Query }
type Query implements Named { a: String b: String c: String self: Query name: String }
interface Named { name: String }
interface Other { name: String }
type Else implements Other { name: String }
union Some = Query | Else
union None = Else
"""


def _tiny() -> Any:
    from graphql import build_schema

    return build_schema(_FIELDS)


_NULLABLE = _tiny()
_CONDITIONS = {"yes": True, "no": False}
_names = st.sampled_from(["a", "b", "c", "name", "__typename", "x: a", "y: b", "x: __typename"])
_directives = st.sampled_from(
    ["", "", "", "@skip(if: true)", "@skip(if: $no)", "@include(if: $no)", "@include(if: $yes)", "@include(if: true)"]
)
_conditions = st.sampled_from(["", "on Query", "on Named", "on Some"])


def _field(name: str, directive: str) -> str:
    return f"{name} {directive}"


_fields = st.builds(_field, _names, _directives)
_spreads = st.builds("...{} {}".format, st.sampled_from(["F", "G"]), _directives)
_sets = st.recursive(
    st.lists(_fields, min_size=1, max_size=4).map(" ".join),
    lambda inner: st.lists(
        st.one_of(_fields, _spreads, st.builds("... {} {} {{ {} }}".format, _conditions, _directives, inner)),
        min_size=1,
        max_size=5,
    ).map(" ".join),
    max_leaves=8,
)


@given(_sets, _sets)
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_names_of_an_answer_and_their_order_are_those_of_the_reference_executor(one: str, other: str) -> None:
    other = other.replace("...F", "...G").replace("...G", "... ")
    text = f"query ($yes: Boolean!, $no: Boolean!) {{ a @skip(if: $no) b @include(if: $yes) ...F ...G {one} }} fragment F on Query {{ {other.replace('... ', '... ')} c }} fragment G on Named {{ name }}"
    document = parse(text)
    if validate(_NULLABLE, document):
        return
    selections = Selections(_NULLABLE, document, _CONDITIONS)
    kind: Any = _NULLABLE.query_type
    found = selections.fields(kind, [operation_of(document, None).selection_set])
    result: Any = execute_sync(_NULLABLE, document, variable_values=dict(_CONDITIONS))
    assert result.errors is None
    assert list(found) == list(result.data)
