"""Queries for every field below a type, made from the schema itself."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from gateway.schema.schema import create_schema

TYPES = create_schema().graphql.type_map
# The most that a list gives: what is asked for is every field, not every item.
_ITEMS = 5
# Stands between a field's name and its type's, where members of a union are asked for fields of one name.
_OF = "_of_"


def fields_of(type_: str) -> dict[str, Any]:
    kind = TYPES[type_]
    assert isinstance(kind, GraphQLObjectType)
    return dict(kind.fields)


def objects() -> list[str]:
    """Name every type that has fields of its own, but for those by which the schema tells of itself."""
    return [name for name, kind in TYPES.items() if isinstance(kind, GraphQLObjectType) and not name.startswith("__")]


def entities() -> set[str]:
    union = TYPES["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    return {kind.name for kind in union.types}


def below(type_: str, without: AbstractSet[str] = frozenset()) -> set[str]:
    """Name every type that can be reached from a type, itself included, and not by those that it goes `without`."""
    found: set[str] = set()
    left = [type_]
    while left:
        name = left.pop()
        if name in found or name in without:
            continue
        if members := members_of(name):
            left += members
            continue
        found.add(name)
        left += [kind for _, kind in _composite(name)]
    return found


def members_of(type_: str) -> list[str]:
    """Name the types of a union; none for a type of another kind."""
    kind = TYPES[type_]
    return [each.name for each in kind.types] if isinstance(kind, GraphQLUnionType) else []


def _composite(type_: str) -> Iterator[tuple[str, str]]:
    for name, field in fields_of(type_).items():
        kind = get_named_type(field.type)
        assert not isinstance(kind, GraphQLInterfaceType), f"{type_}.{name} is of several types"
        if not is_leaf_type(kind):
            yield name, kind.name


def whole(type_: str, *, outer: frozenset[str] = frozenset()) -> str:
    """Select every field of a type and of all below it; a type that stands within itself is not entered again."""
    if members := members_of(type_):
        return "{__typename " + " ".join(f"...on {each}{_apart(each)}" for each in members) + "}"
    inside = dict(_composite(type_))
    parts = ["__typename"]
    for name, field in fields_of(type_).items():
        assert not any(is_required_argument(each) for each in field.args.values()), f"{type_}.{name} wants arguments"
        arguments = f"(first:{_ITEMS})" if "first" in field.args else ""
        if name not in inside:
            parts.append(name)
        elif inside[name] in outer | {type_}:
            parts.append(f"{name}{arguments}{{__typename}}")
        else:
            parts.append(f"{name}{arguments}{whole(inside[name], outer=outer | {type_})}")
    return "{" + " ".join(parts) + "}"


def _apart(type_: str) -> str:
    """Select the fields of a member of a union, under names that no other member has: fields of one name may differ."""
    assert not dict(_composite(type_)), f"{type_} has more below it"
    return "{" + " ".join(f"{name}{_OF}{type_}:{name}" for name in fields_of(type_)) + "}"


def shown(value: Any) -> Iterator[tuple[str, str]]:
    """Name every field that an answer shows, by its type."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "__typename":
                yield value["__typename"], name.partition(_OF)[0]
            yield from shown(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from shown(inner)
