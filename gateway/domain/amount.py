"""An exact quantity: an integer and the number of its digits that stand after the point."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Self

import msgspec

# No asset that a provider lists needs more: a u128 has 39 digits, an SPL mint at most 255 decimals.
MAX_DIGITS = 80
MAX_SCALE = 255
# Digits that fit in any width that an amount may have.
_SHORT = 19


class Precision(StrEnum):
    """Whether the provider itself holds every digit it reports."""

    EXACT = "EXACT"
    PROVIDER_FLOAT = "PROVIDER_FLOAT"


class NotAnAmount(ValueError):
    """Text or digits that cannot be an exact quantity; the message says what was wanted, never what came."""


class Amount(msgspec.Struct, frozen=True, gc=False):
    """`integer` over ten to the `places`; an atomic amount where the provider counts in atomic units."""

    integer: int
    places: int
    is_atomic: bool = True
    precision: Precision = Precision.EXACT

    @classmethod
    def of_atomic(cls, atomic: int, scale: int) -> Self:
        if not 0 <= scale <= MAX_SCALE:
            raise NotAnAmount(f"a scale from 0 to {MAX_SCALE}")
        return cls(atomic, scale)

    @classmethod
    def of_decimal(cls, value: Decimal, precision: Precision = Precision.EXACT) -> Self:
        """Keep every digit of a provider's own figure in whole units; its atomic unit is unknown.

        Raises `NotAnAmount` for NaN, infinity and exponents no balance can have.
        """
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise NotAnAmount("a finite number")
        if len(digits) > MAX_DIGITS or not -MAX_SCALE <= exponent <= MAX_DIGITS:
            raise NotAnAmount(f"at most {MAX_DIGITS} digits")
        integer = int("".join(map(str, digits)))
        # Moving the point by appending zeros: the default decimal context would round past 28 digits.
        integer *= 10 ** max(exponent, 0)
        return cls(-integer if sign else integer, max(-exponent, 0), is_atomic=False, precision=precision)

    @property
    def atomic(self) -> int | None:
        """In atomic units; None where the provider names none."""
        return self.integer if self.is_atomic else None

    @property
    def scale(self) -> int | None:
        """Decimal digits of one whole unit; None where unknown."""
        return self.places if self.is_atomic else None

    @property
    def is_zero(self) -> bool:
        return self.integer == 0

    def text(self) -> str:
        """Write whole units in plain notation, every digit kept, by placing the point and never by division."""
        places, digits = self.places, str(abs(self.integer))
        if places:
            if len(digits) <= places:
                digits = digits.rjust(places + 1, "0")
            fraction = digits[-places:].rstrip("0")
            digits = f"{digits[:-places]}.{fraction}" if fraction else digits[:-places]
        return f"-{digits}" if self.integer < 0 else digits


def unsigned(text: str, bits: int) -> int:
    """Read an atomic amount, base ten and without a sign, as every provider sends it.

    Raises `NotAnAmount` for anything else, and for what does not fit in `bits`.
    """
    if not (text.isdigit() and text.isascii()):
        raise NotAnAmount("a string of decimal digits")
    if len(text) <= _SHORT:
        return int(text)
    # Longer text cannot fit, and Python limits how many digits it converts, leading zeros included.
    digits = text.lstrip("0") or "0"
    if len(digits) > MAX_DIGITS or (value := int(digits)) >= 1 << bits:
        raise NotAnAmount(f"at most {bits} bits")
    return value


def all_short(texts: Sequence[str], most: int) -> list[int] | None:
    """Read atomic amounts as `unsigned` does, in one look; None where one of them has to be looked at by itself.

    `most` is how many digits fit in the width that each may have.
    """
    together = "".join(texts)
    if not (together.isascii() and together.isdigit()) or "" in texts or max(map(len, texts)) > most:
        return None
    return list(map(int, texts))


def signed(text: str, bits: int) -> int:
    """Read a difference of atomic amounts, which may be negative; `-0` is zero."""
    return -unsigned(text[1:], bits) if text.startswith("-") else unsigned(text, bits)
