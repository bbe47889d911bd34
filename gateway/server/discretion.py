"""Keeps the schema's names out of errors, but for those that the caller wrote."""

import re
from collections.abc import Iterator

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

_WORD = re.compile(r"[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
# graphql-core quotes what it names, alone or as `'Type.field(argument:)'`, `'[Type!]'` and `'@directive(argument:)'`.
_NAMED = re.compile(r"(?<=['\[.(@])[_A-Za-z][_0-9A-Za-z]*", re.ASCII)
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
_HIDDEN = "…"


def _names(kind: GraphQLNamedType) -> Iterator[str]:
    yield kind.name
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield name
            yield from field.args
    elif isinstance(kind, GraphQLInputObjectType):
        yield from kind.fields
    elif isinstance(kind, GraphQLEnumType):
        yield from kind.values


class Discretion:
    """Knows the schema's names, and strikes those out of a message that its reader did not write."""

    def __init__(self, schema: GraphQLSchema) -> None:
        kinds = [
            kind
            for kind in schema.type_map.values()
            if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
        ]
        self._names = frozenset(name for kind in kinds for name in _names(kind))

    def strike(self, message: str, written: str) -> str:
        """Leave out suggestions, and names that do not stand in the document as it was `written`."""
        known = frozenset(_WORD.findall(written))

        def seen(match: re.Match[str]) -> str:
            name = match.group()
            return _HIDDEN if name in self._names and name not in known else name

        return _NAMED.sub(seen, _SUGGESTION.sub("", message))
