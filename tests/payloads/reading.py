"""Reads a payload's figures by the rules alone, and knows nothing of how the gateway reads them."""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, Final, TypeVar

from gateway.sandbox import base58
from tests.payloads.tree import Number, Tree

T = TypeVar("T")

_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)
_NUMERIC: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?", re.ASCII)
_PLAIN: Final = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?", re.ASCII)
_RUNE_ID: Final = re.compile(r"[0-9]{1,20}:[0-9]{1,10}", re.ASCII)
# Longer than any figure may be; Python itself refuses to convert much longer ones.
_LONGEST: Final = 1000


class Unusable(ValueError):
    """A payload that tells no figures."""


def need(*, holds: bool) -> None:
    if not holds:
        raise Unusable


def ui_amount(tree: Tree) -> Fraction | None:
    """Read what a wallet shows, where a plain number stands there: it may be "inf", or nothing."""
    return Fraction(tree) if tree is not None and _PLAIN.fullmatch(the_text(tree)) else None


def the_dict(tree: Tree) -> dict[str, Tree]:
    need(holds=isinstance(tree, dict))
    found: dict[str, Tree] = tree
    return found


def the_list(tree: Tree) -> list[Tree]:
    need(holds=isinstance(tree, list))
    found: list[Tree] = tree
    return found


def the_text(tree: Tree) -> str:
    need(holds=isinstance(tree, str))
    text: str = tree
    return text


def member(tree: dict[str, Tree], *names: str) -> Tree:
    """Give the first of the names that is there."""
    for name in names:
        if name in tree:
            return tree[name]
    raise Unusable


def optional_text(tree: dict[str, Tree], name: str) -> str | None:
    value = tree.get(name)
    return None if value is None else the_text(value)


def once(keys: Iterable[T]) -> None:
    listed = list(keys)
    need(holds=len(set(listed)) == len(listed))


def atomic(tree: Tree, bits: int) -> int:
    """Read an amount in atomic units: a string of digits that fits."""
    text = the_text(tree)
    need(holds=_DIGITS.fullmatch(text) is not None and len(text) < _LONGEST)
    need(holds=int(text) < 1 << bits)
    return int(text)


def difference(tree: Tree, bits: int) -> int:
    text = the_text(tree)
    return -atomic(text[1:], bits) if text.startswith("-") else atomic(text, bits)


def decimal(tree: Tree) -> Fraction:
    """Read a number, or a string that spells one, in whole units."""
    need(holds=isinstance(tree, Number | str))
    text = tree.text if isinstance(tree, Number) else tree
    need(holds=_NUMERIC.fullmatch(text) is not None and len(text) < _LONGEST)
    return Fraction(text)


def whole(tree: Tree, least: int, most: int | None = None) -> int:
    """Read a count that is sent as a number."""
    need(holds=isinstance(tree, Number))
    value = decimal(tree)
    need(holds=value.denominator == 1 and value >= least and (most is None or value <= most))
    return int(value)


def divisibility(tree: Tree) -> int:
    """Read 0 to 38 from a number or a string of digits."""
    return whole(Number(str(atomic(tree, 8))) if isinstance(tree, str) else tree, 0, 38)


def rune_id(tree: Tree) -> str:
    text = the_text(tree)
    need(holds=_RUNE_ID.fullmatch(text) is not None)
    return text


def solana_key(tree: Tree) -> str:
    text = the_text(tree)
    try:
        need(holds=32 <= len(text) <= 44 and len(base58.decode(text)) == 32)
    except ValueError:
        raise Unusable from None
    return text


def shown_amount(amount: Any) -> tuple[int | None, int | None, Fraction, str] | None:
    """Take an amount of an answer apart: atomic units, scale, whole units and precision."""
    if amount is None:
        return None
    units = None if amount["atomic"] is None else int(amount["atomic"])
    return units, amount["scale"], Fraction(amount["display"]), amount["precision"]


def exact(units: int, scale: int) -> tuple[int, int, Fraction, str]:
    """Give what `shown_amount` should say of so many atomic units."""
    return units, scale, Fraction(units, 10**scale), "EXACT"


def in_whole_units(value: Fraction, precision: str) -> tuple[None, None, Fraction, str]:
    return None, None, value, precision


def all_of(rows: Sequence[tuple[str, T]]) -> dict[str, T]:
    """Give rows by their keys; raises `Unusable` where one stands twice."""
    once(key for key, _ in rows)
    return dict(rows)
