"""Adds and compares amounts of one asset, by integers alone."""

from collections.abc import Sequence

from gateway.domain.amount import Amount, Precision

# A double holds any fifteen decimal digits, and no more of some.
_DOUBLE_HOLDS = 10**15


class UnlikeScales(ValueError):
    """Atomic amounts of one asset with different scales: one of them is wrong, and so would be their sum."""


def added(amounts: Sequence[Amount]) -> Amount:
    """Add exactly, in any order; nothing adds up to zero.

    The sum is atomic where every amount is, and a `PROVIDER_FLOAT` where any amount is one. Raises `UnlikeScales`.
    """
    scales = {amount.places for amount in amounts if amount.is_atomic}
    if len(scales) > 1:
        raise UnlikeScales
    places = max((amount.places for amount in amounts), default=0)
    is_float = any(amount.precision is Precision.PROVIDER_FLOAT for amount in amounts)
    return Amount(
        sum(_at(amount, places) for amount in amounts),
        places,
        is_atomic=bool(amounts) and all(amount.is_atomic for amount in amounts),
        precision=Precision.PROVIDER_FLOAT if is_float else Precision.EXACT,
    )


def alike(one: Amount, other: Amount) -> bool:
    """Say whether two figures are the same to the precision that both have.

    Exact figures are the same to the last digit; where one was a double, to one part in ten to the fifteenth.
    """
    places = max(one.places, other.places)
    left, right = _at(one, places), _at(other, places)
    if one.precision is other.precision is Precision.EXACT:
        return left == right
    return abs(left - right) * _DOUBLE_HOLDS <= max(abs(left), abs(right))


def _at(amount: Amount, places: int) -> int:
    factor: int = 10 ** (places - amount.places)
    return amount.integer * factor
