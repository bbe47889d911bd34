"""How scalars and enumerations are written: as the reference executor would, or not at all."""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import msgspec
from graphql import GraphQLEnumType, GraphQLLeafType, is_enum_type

from gateway.execution.unhandled import Reason, Unhandled

NULL: Final = b"null"
_TRUE: Final = b"true"
_FALSE: Final = b"false"
_INT_BITS = 31

encode: Final = msgspec.json.Encoder().encode


def text(value: Any) -> bytes:
    """Write a string; members of enumerations are strings too, and none of a scalar's."""
    if type(value) is not str:
        raise Unhandled(Reason.VALUE)
    return encode(value)


def integer(value: Any) -> bytes:
    if type(value) is not int or not -(1 << _INT_BITS) <= value < 1 << _INT_BITS:
        raise Unhandled(Reason.VALUE)
    return b"%d" % value


def boolean(value: Any) -> bytes:
    if value is True:
        return _TRUE
    if value is False:
        return _FALSE
    raise Unhandled(Reason.VALUE)


_BUILT_IN: Final[dict[str, Callable[[Any], bytes]]] = {
    "String": text,
    "ID": text,
    "Int": integer,
    "Boolean": boolean,
}


def writer(kind: GraphQLLeafType) -> Callable[[Any], bytes]:
    """Give what writes values of a type; raises `Unhandled` for one that has no exact form here."""
    if is_enum_type(kind):
        return _Members(kind).write
    if kind.name in _BUILT_IN:
        return _BUILT_IN[kind.name]
    if kind.name == "Float":
        raise Unhandled(Reason.TYPE)
    return _Scalar(kind.serialize).write


class _Members:
    """An enumeration's values, each written once."""

    def __init__(self, kind: GraphQLEnumType) -> None:
        self._serialize = kind.serialize
        # By the members themselves, which live as long as the process: to hash one takes longer than the look-up.
        self._written: dict[int, bytes] = {}

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
