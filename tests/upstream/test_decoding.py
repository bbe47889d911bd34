"""Laws of decoding: every JSON number comes through exactly, and no other spelling of one comes through at all."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.upstream.decoding import Undecodable, decimal_of, decode

_WHOLE = st.from_regex(r"0|[1-9][0-9]{0,80}", fullmatch=True)
_FRACTION = st.from_regex(r"[0-9]{1,80}", fullmatch=True) | st.none()
_EXPONENT = st.from_regex(r"[+-]?[0-9]{1,4}", fullmatch=True) | st.none()
_SPACE = st.text(" \t\r\n", max_size=3)
NO_NUMBERS = [
    *("NaN", "-NaN", "sNaN", "nan123", "Infinity", "-Infinity", "inf", "1_000", "0_1", "+1", ".5", "5.", "1e", "e1"),
    *("-", " 1", "1 ", "1\n", "\u0661", "\uff11", "0x10", "1e5.5", "1,000", "--1", "1e99999", "true", "null", ""),
]


class Row(msgspec.Struct):
    """One amount among other things."""

    amount: msgspec.Raw


def parts(value: Decimal) -> tuple[int, int, int]:
    """Take a number apart: sign, digits as one integer, exponent."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    return sign, int("".join(map(str, digits))), exponent


@given(
    negative=st.booleans(),
    whole=_WHOLE,
    fraction=_FRACTION,
    mark=st.sampled_from("eE"),
    exponent=_EXPONENT,
    space=_SPACE,
)
def test_any_json_number_is_read_to_the_last_digit(
    *, negative: bool, whole: str, fraction: str | None, mark: str, exponent: str | None, space: str
) -> None:
    literal = f"{'-' * negative}{whole}{f'.{fraction}' if fraction else ''}{f'{mark}{exponent}' if exponent else ''}"
    expected = (int(negative), int(whole + (fraction or "")), int(exponent or 0) - len(fraction or ""))
    assert parts(decimal_of(msgspec.Raw(literal.encode()))) == expected
    assert parts(decimal_of(msgspec.Raw(f'"{literal}"'.encode()))) == expected
    body = f'{space}{{"x":1.5,{space}"amount"{space}:{space}{literal}{space}}}{space}'.encode()
    assert parts(decimal_of(decode(body, Row).amount)) == expected


@given(st.text() | st.text("0123456789+-._eE ", max_size=12))
def test_a_string_is_a_number_only_in_plain_digits(text: str) -> None:
    with suppress(Undecodable):
        value = decimal_of(msgspec.Raw(msgspec.json.encode(text)))
        assert set(text) <= set("0123456789-+.eE")
        assert text[-1].isdigit()
        assert text.removeprefix("-")[0].isdigit()
        assert value.is_finite()
        assert value == Decimal(text)


@pytest.mark.parametrize("spelling", NO_NUMBERS)
def test_spellings_that_only_python_or_people_know_are_refused(spelling: str) -> None:
    for literal in (spelling.encode(), msgspec.json.encode(spelling)):
        with pytest.raises(Undecodable):
            decimal_of(msgspec.Raw(literal))


@pytest.mark.parametrize("literal", ["01", "00", "-01", "1.5 ", " 1.5"])
def test_a_json_number_has_no_leading_zeros_and_no_spaces(literal: str) -> None:
    with pytest.raises(Undecodable):
        decimal_of(msgspec.Raw(literal.encode()))


@pytest.mark.parametrize(("length", "read"), [(400, True), (401, False), (100_000, False)])
def test_a_number_that_no_balance_needs_is_refused_and_not_worked_on(length: int, *, read: bool) -> None:
    for literal in (b"9" * length, b'"' + b"9" * length + b'"'):
        if read:
            assert decimal_of(msgspec.Raw(literal)) == 10**length - 1
        else:
            with pytest.raises(Undecodable):
                decimal_of(msgspec.Raw(literal))


@given(st.binary())
def test_bytes_of_any_kind_are_read_or_refused_and_never_crash(body: bytes) -> None:
    for shape in (Row, dict[str, msgspec.Raw], list[int], str):
        with suppress(Undecodable):
            decode(body, shape)
    with suppress(Undecodable):
        assert decimal_of(msgspec.Raw(body)).is_finite()


@pytest.mark.parametrize("body", [b"5.0", b"1e2", b"true", b'"5"', b"null", b"1e400", b"[5]"])
def test_a_whole_number_is_nothing_but_a_whole_number(body: bytes) -> None:
    with pytest.raises(Undecodable):
        decode(body, int)


def test_a_whole_number_may_be_larger_than_any_float_holds() -> None:
    assert decode(b"340282366920938463463374607431768211455", int) == 2**128 - 1


@pytest.mark.parametrize("opening", [b"[", b'{"x":'])
@pytest.mark.parametrize("shape", [Row, Any, dict[str, msgspec.Raw]])
def test_nesting_without_an_end_is_refused(opening: bytes, shape: type[Any]) -> None:
    with pytest.raises(Undecodable):
        decode(b'{"amount":1,"x":' + opening * 1_000_000, shape)


@pytest.mark.parametrize(
    "body",
    [
        b"canary",
        b'"canary"',
        b'{"amount":canary}',
        b'{"canary":1}',
        b'["canary"]',
        b'{"amount":1}canary',
        b"\xffcanary",
    ],
)
def test_what_is_refused_is_not_repeated(body: bytes) -> None:
    for shape in (Row, list[Row], int, dict[str, list[str]]):
        with pytest.raises(Undecodable) as raised:
            decode(body, shape)
        assert "canary" not in f"{raised.value!r}"
