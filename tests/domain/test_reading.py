"""Positions: which reading is the newer one."""

import pytest

from gateway.domain.reading import Position, PositionKind

SLOT = Position(PositionKind.SLOT, 100)


@pytest.mark.parametrize(
    ("other", "is_before"),
    [
        (Position(PositionKind.SLOT, 101), True),
        (Position(PositionKind.SLOT, 100), False),
        (Position(PositionKind.SLOT, 99), False),
        (Position(PositionKind.BLOCK_HEIGHT, 101), False),
        (Position(PositionKind.SEQUENCE, 2**64), False),
        (None, False),
    ],
)
def test_a_position_is_earlier_only_than_later_ones_of_its_own_kind(other: Position | None, *, is_before: bool) -> None:
    assert SLOT.is_before(other) is is_before
