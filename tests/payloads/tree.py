"""JSON as it is written, to the letter: numbers keep their digits, and a member may stand twice."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Tree: TypeAlias = Any
# Stands where a JSON-RPC answer repeats the id of its question.
THE_ID: Final = "@id@"


@dataclass(frozen=True, slots=True)
class Number:
    """A number with these characters, or something that somebody would take for one."""

    text: str


@dataclass(frozen=True, slots=True)
class Members:
    """An object by its members in order, of which some may have one name."""

    pairs: tuple[tuple[str, Tree], ...]


class NotJson(ValueError):
    """Bytes that are no JSON."""


def members(tree: dict[str, Tree]) -> Members:
    """Give a dictionary and all below it as objects by their members."""
    return Members(tuple((name, nested(value)) for name, value in tree.items()))


def nested(tree: Tree) -> Tree:
    if isinstance(tree, dict):
        return members(tree)
    return [nested(item) for item in tree] if isinstance(tree, list) else tree


def written(tree: Tree) -> bytes:
    if isinstance(tree, Members):
        pairs = (json.dumps(name).encode() + b": " + written(value) for name, value in tree.pairs)
        return b"{" + b", ".join(pairs) + b"}"
    if isinstance(tree, list):
        return b"[" + b",".join(written(item) for item in tree) + b"]"
    if isinstance(tree, Number):
        return tree.text.encode()
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")


def read(body: bytes) -> Tree:
    """Read bytes by the standard library: numbers as their digits, the last of two members; raises `NotJson`."""

    def refuse(name: str) -> Tree:
        raise NotJson(name)

    try:
        # What is wrong inside a text spoils that text, and nothing beside it.
        text = body.decode(errors="replace")
        return json.loads(text, parse_float=Number, parse_int=Number, parse_constant=refuse, strict=False)
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None


Path: TypeAlias = tuple[int, ...]


def children(tree: Tree) -> Sequence[Tree]:
    if isinstance(tree, Members):
        return [value for _, value in tree.pairs]
    return tree if isinstance(tree, list) else ()


def paths(tree: Tree) -> list[Path]:
    """Give the way to everything below, as the places of children."""
    return [(place, *rest) for place, child in enumerate(children(tree)) for rest in ((), *paths(child))]


def at(tree: Tree, path: Path) -> Tree:
    for place in path:
        tree = children(tree)[place]
    return tree


def replaced(tree: Tree, path: Path, value: Tree) -> Tree:
    """Give the tree with another value at the end of a path."""
    if not path:
        return value
    place, rest = path[0], path[1:]
    if isinstance(tree, Members):
        name, child = tree.pairs[place]
        pair = (name, replaced(child, rest, value))
        return Members((*tree.pairs[:place], pair, *tree.pairs[place + 1 :]))
    return [*tree[:place], replaced(tree[place], rest, value), *tree[place + 1 :]]
