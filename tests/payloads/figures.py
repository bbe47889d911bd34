"""Figures as providers write them, drawn from their whole range and from its edges."""

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st

from gateway.sandbox import base58
from tests.payloads.tree import Number, Tree

BLOCK_HEIGHTS: Final = st.integers(0, 2**40).map(lambda height: Number(str(height)))


def units(bits: int) -> st.SearchStrategy[int]:
    """Give amounts in atomic units."""
    return st.one_of(st.sampled_from((0, 1, 2**53 + 1, 2**63, (1 << bits) - 1)), st.integers(0, (1 << bits) - 1))


KEYS: Final = st.one_of(st.sampled_from((bytes(32), b"\xff" * 32)), st.binary(min_size=32, max_size=32)).map(
    base58.encode
)


def _literals(digits: int, exponent: int) -> list[str]:
    value = Decimal(f"{digits}e{exponent}")
    plain = f"{value:f}"
    scientific = f"{digits}e{exponent}"
    written = [plain, scientific, f"{digits}E{exponent:+}"]
    return written if "." not in plain else [*written, f"{plain}0"]


def decimals(*, digits: int) -> st.SearchStrategy[str]:
    """Give numbers in whole units as JSON may write them: plainly, with zeros at the end, with an exponent."""
    values = st.tuples(st.integers(0, 10**digits - 1), st.integers(-18, 21))
    edges = st.sampled_from(("0", "0.0", "1e-9", "1e+21", "2.5e-7", "3.435929722"))
    return st.one_of(edges, values.flatmap(lambda value: st.sampled_from(_literals(*value))))


def as_number(text: str) -> Tree:
    return Number(text)


def as_either(text: str) -> st.SearchStrategy[Tree]:
    """Give a number, or a string that spells it."""
    return st.sampled_from((Number(text), Number(text), text))


def optional(name: str, values: st.SearchStrategy[Tree]) -> st.SearchStrategy[dict[str, Tree]]:
    """Give a member that may be absent, and may be null."""
    return st.one_of(st.just({}), st.just({name: None}), values.map(lambda value: {name: value}))


# One code point, or none; control characters and half a pair are none that an etching has.
SYMBOLS: Final = st.characters(exclude_categories=("Cs", "Cc"))
NAMES: Final = st.lists(st.text("ABCXYZ", min_size=1, max_size=9), min_size=1, max_size=3).map("•".join)
RUNE_IDS: Final = st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1)).map(lambda id_: f"{id_[0]}:{id_[1]}")
DIVISIBILITIES: Final = st.integers(0, 38).flatmap(lambda places: st.sampled_from((Number(str(places)), str(places))))
