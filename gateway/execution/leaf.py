"""How scalars and enumerations are written: as the reference executor would, or not at all."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import msgspec
from graphql import GraphQLEnumType, GraphQLLeafType, is_enum_type

from gateway.execution.unhandled import Reason, Unhandled

NULL: Final = b"null"

encode: Final = msgspec.json.Encoder().encode


def text(value: Any) -> bytes:
    """Write a string; members of enumerations are strings too, and none of a scalar's."""
    if type(value) is not str:
        raise Unhandled(Reason.VALUE)
    return encode(value)


# The specification's own scalars, as expressions of the value `{v}`: most leaves are of these, and a call costs more.
_TEXT: Final = "(encode({v}) if type({v}) is str else refuse('VALUE'))"
_IN_PLACE: Final = {
    "String": _TEXT,
    "ID": _TEXT,
    "Int": "(b'%d' % {v} if type({v}) is int and -2147483648 <= {v} <= 2147483647 else refuse('VALUE'))",
    "Boolean": "(b'true' if {v} is True else b'false' if {v} is False else refuse('VALUE'))",
}


def names(kind: GraphQLLeafType, name: str) -> dict[str, Any]:
    """Give what `in_place` uses, by name; raises `Unhandled` for a type that has no exact form here."""
    if is_enum_type(kind):
        members = _Members(kind)
        return {name: members.write, f"{name}_known": members.known}
    if kind.name == "Float":
        raise Unhandled(Reason.TYPE)
    return {} if kind.name in _IN_PLACE or kind.serialize is str else {name: _Scalar(kind.serialize).write}


def in_place(kind: GraphQLLeafType, name: str) -> str:
    """Give the expression that writes a value; `name` is the one by which its writer may be called."""
    if is_enum_type(kind):
        # What was written once is found by the member itself.
        return f"({name}_known(id({{v}})) or {name}({{v}}))"
    if kind.name in _IN_PLACE:
        return _IN_PLACE[kind.name]
    return "encode(str({v}))" if kind.serialize is str else f"{name}({{v}})"


class _Members:
    """An enumeration's values, each written once."""

    def __init__(self, kind: GraphQLEnumType) -> None:
        self._serialize = kind.serialize
        # By the members themselves, which live as long as the process: to hash one takes longer than the look-up.
        self._written: dict[int, bytes] = {}
        self.known = self._written.get

    def write(self, value: Any) -> bytes:
        written = self._written.get(id(value))
        if written is None:
            # A member may be equal to a text, and text is no member.
            if not isinstance(value, Enum):
                raise Unhandled(Reason.VALUE)
            written = self._written[id(value)] = text(self._serialize(value))
        return written


class _Scalar:
    """A scalar of the schema's own, which comes to text."""

    def __init__(self, serialize: Callable[[Any], Any]) -> None:
        self._serialize = serialize

    def write(self, value: Any) -> bytes:
        return text(self._serialize(value))
