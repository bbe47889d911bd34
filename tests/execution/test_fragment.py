"""Written pieces are bounded, go with what they were written from, and are only ever of it."""

import gc
from collections import Counter
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from gateway.execution.fragment import Fragments, Keeps

# What a piece counts besides its bytes.
_BESIDES = 400


def _writer(piece: bytes, written: Counter[bytes] | None = None) -> Callable[[object], bytes]:
    def write(_: object) -> bytes:
        if written is not None:
            written[piece] += 1
        return piece

    return write


def test_a_piece_is_kept_beside_its_record_under_its_name() -> None:
    fragments, keeps = Fragments(1000), Keeps()
    assert fragments.written(keeps, "one", _writer(b"first"), None) == b"first"
    assert fragments.written(keeps, "two", _writer(b"second"), None) == b"second"
    assert keeps == {"one": b"first", "two": b"second"}
    assert len(fragments) == 1
    assert fragments.size == len(b"first") + len(b"second") + 2 * _BESIDES


def test_what_belongs_to_no_record_is_written_and_not_kept() -> None:
    fragments = Fragments(1000)
    assert fragments.written(None, "one", _writer(b"first"), None) == b"first"
    assert (len(fragments), fragments.size) == (0, 0)


def test_a_piece_that_is_larger_than_all_room_is_written_and_pushes_nothing_out() -> None:
    fragments, small, large = Fragments(1000), Keeps(), Keeps()
    fragments.written(small, "one", _writer(b"first"), None)
    assert fragments.written(large, "one", _writer(b"x" * 1000), None) == b"x" * 1000
    assert small
    assert not large


def test_pieces_go_with_their_record() -> None:
    fragments, keeps = Fragments(1000), Keeps()
    fragments.written(keeps, "one", _writer(b"first"), None)
    del keeps
    gc.collect()
    assert (len(fragments), fragments.size) == (0, 0)


def test_a_record_at_the_address_of_one_that_is_gone_counts_for_itself() -> None:
    fragments = Fragments(10_000)
    for number in range(100):
        # Mostly made where the last one was.
        keeps = Keeps()
        fragments.written(keeps, "one", _writer(b"x" * number), None)
        assert (len(fragments), fragments.size) == (1, number + _BESIDES)


def test_the_record_first_written_longest_ago_makes_room_and_loses_all_its_pieces() -> None:
    fragments = Fragments(3 * _BESIDES + 3)
    first, second = Keeps(), Keeps()
    fragments.written(first, "one", _writer(b"1"), None)
    fragments.written(second, "one", _writer(b"2"), None)
    fragments.written(first, "two", _writer(b"3"), None)
    fragments.written(second, "two", _writer(b"4"), None)
    assert (first, second) == ({}, {"one": b"2", "two": b"4"})
    # What was emptied may be filled again.
    fragments.written(first, "one", _writer(b"5"), None)
    assert first == {"one": b"5"}


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abc"), st.integers(0, 400), st.booleans()), max_size=60),
    st.integers(0, 2000),
)
def test_the_size_is_that_of_what_is_kept_and_never_more_than_there_is_room(
    steps: list[tuple[int, str, int, bool]], most: int
) -> None:
    fragments = Fragments(most)
    held: dict[int, Keeps] = {}
    for record, name, size, is_dropped in steps:
        if is_dropped:
            held.pop(record, None)
            continue
        keeps = held.setdefault(record, Keeps())
        if name not in keeps:
            fragments.written(keeps, name, _writer(b"x" * size), None)
        pieces = [piece for each in held.values() for piece in each.values()]
        assert fragments.size == sum(len(piece) + _BESIDES for piece in pieces) <= most
        assert len(fragments) == sum(1 for each in held.values() if each)
