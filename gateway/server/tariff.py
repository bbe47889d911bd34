"""What each field costs and how long its list may be, read from the schema's own declarations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationType,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_interface_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.schema.cost import Asks, Listing
from gateway.schema.limits import DEFAULT_PAGE

T = TypeVar("T")

# Where Strawberry leaves its own definition of a field.
_DEFINITION = "strawberry-definition"
_META = {
    "__schema": SchemaMetaFieldDef,
    "__type": TypeMetaFieldDef,
    "__typename": TypeNameMetaFieldDef,
}


@dataclass(frozen=True, slots=True)
class Terms:
    """A field: what it gives, what it asks, and the argument that names the addresses it asks about.

    A list is as long as its `listing` says, and else has so many items as `assumed`.
    """

    kind: GraphQLNamedType
    arguments: Mapping[str, GraphQLArgument]
    is_list: bool
    assumed: int
    asks: Asks | None
    listing: Listing | None
    addresses: str | None


class Tariff:
    """The terms of every field; each is read from the schema once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._introspection = _introspection_sizes(schema)
        self._known: dict[tuple[str, str], Terms] = {}

    def root(self, operation: OperationType) -> GraphQLObjectType:
        """Give the type that operations of a kind start from; a valid document has no kind that there is not."""
        root = self._schema.get_root_type(operation)
        if root is None:
            raise TypeError(f"the schema has no {operation.value} type")
        return root

    def terms(self, kind: GraphQLObjectType, name: str) -> Terms:
        """Give a field's terms; a document that is valid names only fields that there are."""
        key = kind.name, name
        if key not in self._known:
            field = _META[name] if name in _META else kind.fields[name]
            self._known[key] = self._read(kind, name, field)
        return self._known[key]

    def concrete(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        """List the types that an object may have where `kind` is declared; none for what has no fields."""
        if is_object_type(kind):
            return (kind,)
        return self._schema.get_possible_types(kind) if is_abstract_type(kind) else ()

    def covers(self, condition: str, kind: GraphQLObjectType) -> bool:
        """Say whether a fragment on a type applies to objects of another."""
        named = self._schema.get_type(condition)
        return named is kind or (is_abstract_type(named) and self._schema.is_sub_type(named, kind))

    def _read(self, kind: GraphQLObjectType, name: str, field: GraphQLField) -> Terms:
        directives = getattr(field.extensions.get(_DEFINITION), "directives", None) or ()
        return Terms(
            kind=get_named_type(field.type),
            arguments=field.args,
            is_list=is_list_type(get_nullable_type(field.type)),
            assumed=self._introspection.get((kind.name, name), DEFAULT_PAGE),
            asks=_first(directives, Asks),
            listing=_first(directives, Listing),
            addresses=next((name for name, argument in field.args.items() if _is_asked_about(argument)), None),
        )


def _first(directives: Sequence[object], wanted: type[T]) -> T | None:
    return next((each for each in directives if isinstance(each, wanted)), None)


def _is_asked_about(argument: GraphQLArgument) -> bool:
    """Tell addresses that are asked about, which an operation must name, from those that a list is searched for."""
    return is_non_null_type(argument.type) and get_named_type(argument.type).name == "Address"


def _introspection_sizes(schema: GraphQLSchema) -> Mapping[tuple[str, str], int]:
    """Say how long introspection's lists are in the mean, so that a question about the whole schema comes out right."""
    kinds = list(schema.type_map.values())
    fields = [field for kind in kinds if is_object_type(kind) or is_interface_type(kind) for field in _fields(kind)]

    def mean(found: int) -> int:
        return ceil(found / len(kinds))

    return {
        ("__Schema", "types"): len(kinds),
        ("__Schema", "directives"): len(schema.directives),
        ("__Type", "fields"): mean(len(fields)),
        ("__Type", "inputFields"): 1,
        ("__Type", "interfaces"): 1,
        ("__Type", "possibleTypes"): 1,
        ("__Type", "enumValues"): mean(sum(len(getattr(kind, "values", ())) for kind in kinds)),
        ("__Field", "args"): ceil(sum(len(field.args) for field in fields) / len(fields)),
        ("__Directive", "args"): 2,
        ("__Directive", "locations"): 4,
    }


def _fields(kind: GraphQLObjectType | GraphQLInterfaceType) -> Sequence[GraphQLField]:
    return list(kind.fields.values())
