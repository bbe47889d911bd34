"""An answer in pieces is the same bytes, and what is long in it is not copied."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.server.content import Content

_PARTS = st.lists(st.one_of(st.binary(max_size=20), st.binary(min_size=500, max_size=530)), max_size=12)


@given(_PARTS)
def test_in_pieces_it_is_the_same_bytes(parts: list[bytes]) -> None:
    content = Content.of(parts)
    assert content.whole() == b"".join(content.pieces) == b"".join(parts)
    assert content.size == len(content.whole())


def test_answers_that_show_the_same_share_what_is_long_and_join_what_is_short() -> None:
    runes = b"r" * 4000
    one = Content.of((b'{"data":', b"[", runes, b",", b'"other"', b"]", b"}"))
    other = Content.of((b'{"data":', runes, b"}"))
    assert one.pieces == (b'{"data":[', runes, b',"other"]}')
    assert one.pieces[1] is other.pieces[1] is runes


def test_what_is_short_throughout_is_one_piece() -> None:
    assert Content.of([b"ab"] * 1000).pieces == (b"ab" * 1000,)
