"""What generated code may use: ways to write leaves, and the names that the schema's owner has declared."""

from typing import Any, Final

from graphql import GraphQLField, GraphQLNamedType, GraphQLSchema, is_leaf_type, is_object_type

from gateway.execution import leaf
from gateway.execution.declaration import Declarations
from gateway.execution.fragment import Fragments
from gateway.execution.unhandled import Reason, Unhandled, refuse

# Where Strawberry leaves its own definition of a field or a type.
_DEFINITION: Final = "strawberry-definition"


class Vocabulary:
    """What is known of one schema, and grows with what its operations use."""

    def __init__(self, schema: GraphQLSchema, declarations: Declarations, fragments: Fragments) -> None:
        self.schema = schema
        self.declarations = declarations
        self._fragments = fragments
        # Ways to write leaves that have been used.
        self._leaves: dict[str, Any] = {}
        self._classes = {**_origins(schema), **declarations.classes}

    def in_place(self, kind: GraphQLNamedType) -> str:
        """Give the expression that writes a leaf, the value as `{v}`; raises `Unhandled`."""
        if not is_leaf_type(kind):
            raise Unhandled(Reason.TYPE)
        name = f"write_{kind.name}"
        if name not in self._leaves:
            self._leaves |= leaf.names(kind, name)
        return leaf.in_place(kind, name)

    def names(self) -> dict[str, Any]:
        """Give what generated code may use."""
        return {
            **self.declarations.names,
            **self._leaves,
            "NULL": leaf.NULL,
            "encode": leaf.encode,
            "OPEN": b"[",
            "COMMA": b",",
            "classes": self._classes,
            "written": self._fragments.written,
            "refuse": refuse,
        }


def attribute(name: str, definition: GraphQLField) -> str:
    """Name the attribute of an object that a field is read from."""
    return getattr(definition.extensions.get(_DEFINITION), "python_name", None) or name


def has_resolver(definition: GraphQLField) -> bool:
    return definition.resolve is not None and not getattr(definition.resolve, "_is_default", False)


def _origins(schema: GraphQLSchema) -> dict[type, str]:
    """Find the classes of objects by the types they are written as."""
    found: dict[type, str] = {}
    for kind in schema.type_map.values():
        origin = getattr(kind.extensions.get(_DEFINITION), "origin", None)
        if is_object_type(kind) and isinstance(origin, type):
            found[origin] = kind.name
    return found
