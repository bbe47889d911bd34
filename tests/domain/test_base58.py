"""Base58 and its checked form."""

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain import base58
from tests.domain import writer


@given(st.binary(max_size=46))
@example(b"")
@example(bytes(46))
@example(b"\0\0\1")
def test_bytes_written_in_base58_are_read_back(raw: bytes) -> None:
    assert base58.decode(writer.base58(raw)) == raw


@given(st.text(writer.BASE58 + "0OIl +/", max_size=64))
def test_characters_outside_the_alphabet_are_no_base58(text: str) -> None:
    raw = base58.decode(text)
    assert (raw is None) is bool(set(text) & set("0OIl +/"))
    assert raw is None or writer.base58(raw) == text


def test_text_longer_than_any_address_is_not_read() -> None:
    assert base58.decode("z" * 64) is not None
    assert base58.decode("z" * 65) is None
    assert base58.decode_checked("z" * 65) is None


@given(st.integers(0, 255), st.binary(max_size=40))
def test_a_checked_payload_is_read_back(version: int, payload: bytes) -> None:
    assert base58.decode_checked(writer.base58check(version, payload)) == bytes([version]) + payload


@given(st.binary(max_size=4))
def test_a_checksum_of_nothing_is_no_payload(raw: bytes) -> None:
    assert base58.decode_checked(writer.base58(raw)) is None
