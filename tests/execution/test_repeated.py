"""Bodies that are known take no more room than they are given, and the one asked for longest ago makes it."""

from typing import Any
from unittest.mock import sentinel

from gateway.server.measure import Measures
from gateway.server.repeated import Repeated, Repetition


def _repetition() -> Repetition:
    # What runs it is held and never looked at here.
    prepared: Any = sentinel.prepared
    return Repetition(prepared, Measures(), b"}")


def test_many_long_bodies_make_room_for_each_other_and_the_last_used_stay() -> None:
    repeated = Repeated()
    bodies = [b"%06d" % number + b"x" * 16_000 for number in range(1000)]
    for body in bodies:
        repeated.add(body, _repetition())
        assert repeated.get(bodies[0]) is not None
    assert 8 * 2**20 - 20_000 < len(repeated) * len(bodies[0]) <= 8 * 2**20
    assert [repeated.get(body) is not None for body in (bodies[1], bodies[-400], bodies[-1])] == [False, True, True]


def test_short_bodies_are_bounded_in_number_and_longer_ones_than_most_are_not_kept() -> None:
    repeated = Repeated()
    for number in range(2500):
        repeated.add(b"%06d" % number, _repetition())
    assert len(repeated) == 2000
    repeated.add(b"x" * (128 * 1024 + 1), _repetition())
    assert len(repeated) == 2000
    kept = _repetition()
    repeated.add(b"twice", kept)
    repeated.add(b"twice", _repetition())
    assert repeated.get(b"twice") is kept
