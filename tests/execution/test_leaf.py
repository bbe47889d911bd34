"""Scalars and enumerations are written as the reference executor does, or not at all."""

import enum
from collections.abc import Callable
from typing import Any, cast

import msgspec
import pytest
from graphql import GraphQLEnumType, GraphQLError, GraphQLFloat, GraphQLSchema
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.provider import Provider
from gateway.execution import leaf
from gateway.execution.unhandled import Reason, Unhandled, refuse
from tests.execution.twins import SCHEMA

_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**31) - 2, -(2**31) + 2),
    st.integers(2**31 - 3, 2**31 + 2),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(Provider),
    st.sampled_from(["", '"', "\\", "\x00\x1f\x7f", "\u2028•🐕", "1", "true"]),
)


def _kind(name: str, schema: GraphQLSchema = SCHEMA) -> Any:
    return schema.type_map[name]


def _writer(kind: Any) -> Callable[[Any], bytes]:
    """Give the expression that writes a leaf as a function."""
    names = {"encode": leaf.encode, "refuse": refuse, **leaf.names(kind, "write")}
    code = leaf.in_place(kind, "write").format(v="value")
    return cast("Callable[[Any], bytes]", eval(f"lambda value: {code}", names))  # noqa: S307 - the compiler's own code


@pytest.mark.parametrize("name", ["String", "ID", "Int", "Boolean", "BigInt", "Provider", "Outcome"])
@given(value=_values)
def test_what_is_written_is_what_the_reference_executor_serializes(name: str, value: Any) -> None:
    kind = _kind(name)
    try:
        written = _writer(kind)(value)
    except (Unhandled, GraphQLError, ValueError, TypeError, AttributeError):
        # The reference executor says what becomes of it.
        return
    assert written == msgspec.json.encode(kind.serialize(value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Int", 2**31),
        ("Int", -(2**31) - 1),
        ("Int", True),
        ("Int", "1"),
        ("Boolean", 1),
        ("Boolean", "true"),
        ("String", 1),
        ("String", Provider.SFOX),
        ("ID", 1),
        ("Provider", "SFOX"),
    ],
)
def test_a_value_of_another_kind_is_left_to_the_reference_executor(name: str, value: Any) -> None:
    with pytest.raises(Unhandled) as left:
        _writer(_kind(name))(value)
    assert left.value.reason is Reason.VALUE


@pytest.mark.parametrize(("name", "value"), [("Int", 2**31 - 1), ("Int", -(2**31)), ("Boolean", False), ("ID", "")])
def test_the_ends_of_a_range_are_written(name: str, value: Any) -> None:
    assert _writer(_kind(name))(value) == msgspec.json.encode(value)


def test_a_float_has_no_writer_for_there_is_none_near_an_amount() -> None:
    with pytest.raises(Unhandled) as left:
        _writer(GraphQLFloat)
    assert left.value.reason is Reason.TYPE


def test_a_member_is_written_by_its_name_in_the_schema() -> None:
    class Side(enum.Enum):
        LEFT = 1

    kind = GraphQLEnumType("Side", {"PORT": Side.LEFT})
    write = _writer(kind)
    assert [write(Side.LEFT), write(Side.LEFT)] == [b'"PORT"'] * 2
