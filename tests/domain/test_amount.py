"""Amounts: every digit kept, whatever the width, the scale or the decimal context."""

import re
from decimal import Context, Decimal, FloatOperation, Inexact, Rounded, Subnormal, localcontext
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.domain.amount import MAX_DIGITS, MAX_SCALE, Amount, NotAnAmount, Precision, all_short, signed, unsigned

U64_MAX = 18446744073709551615
U128_MAX = 340282366920938463463374607431768211455
WIDEST = 10**MAX_DIGITS - 1
CANONICAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", re.ASCII)

integers = st.one_of(
    st.integers(-U64_MAX, U64_MAX), st.integers(-U128_MAX, U128_MAX), st.integers(-WIDEST, WIDEST), st.just(0)
)
scales = st.integers(0, MAX_SCALE)


@st.composite
def literals(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A number as a provider writes it, exponent and all, and what it is worth."""
    digits = draw(st.text("0123456789", min_size=1, max_size=MAX_DIGITS))
    point = draw(st.integers(0, len(digits)))
    exponent = draw(st.integers(-MAX_SCALE + len(digits), MAX_DIGITS))
    sign = draw(st.sampled_from(["", "-"]))
    whole, fraction = digits[:point] or "0", digits[point:]
    mark = draw(st.sampled_from([f"e{exponent}", f"E{exponent:+d}", ""]))
    text = f"{sign}{whole}{'.' if fraction else ''}{fraction}{mark}"
    worth = Fraction(int(f"{sign}{digits}"), 10 ** len(fraction))
    return text, worth * Fraction(10) ** (exponent if mark else 0)


@given(integers, scales)
@example(U128_MAX, 38)
@example(U64_MAX, 255)
@example(WIDEST, 255)
@example(-WIDEST, 0)
def test_an_atomic_amount_is_written_as_exactly_what_it_is_worth(atomic: int, scale: int) -> None:
    text = Amount.of_atomic(atomic, scale).text()
    assert Fraction(text) == Fraction(atomic, 10**scale)


@given(integers, scales)
@example(0, 255)
@example(-1, 255)
@example(100, 2)
@example(-100, 1)
def test_text_has_one_form_for_each_worth(atomic: int, scale: int) -> None:
    text = Amount.of_atomic(atomic, scale).text()
    assert CANONICAL.fullmatch(text)
    assert text != "-0"
    if scale < MAX_SCALE:
        assert Amount.of_atomic(atomic * 10, scale + 1).text() == text


@given(integers, scales)
def test_text_read_back_is_the_same_amount(atomic: int, scale: int) -> None:
    text = Amount.of_atomic(atomic, scale).text()
    back = Amount.of_decimal(Decimal(text))
    assert back.text() == text
    assert Fraction(back.integer, 10**back.places) == Fraction(atomic, 10**scale)


@pytest.mark.parametrize(
    ("atomic", "scale", "text"),
    [
        (U128_MAX, 38, "3.40282366920938463463374607431768211455"),
        (U128_MAX, 0, "340282366920938463463374607431768211455"),
        (U64_MAX, 255, f"0.{'0' * 235}18446744073709551615"),
        (1, 255, f"0.{'0' * 254}1"),
        (150000001, 5, "1500.00001"),
        (0, 0, "0"),
        (0, 38, "0"),
        (-2500, 5, "-0.025"),
        (1200, 2, "12"),
    ],
)
def test_the_extremes_are_written_digit_for_digit(atomic: int, scale: int, text: str) -> None:
    assert Amount.of_atomic(atomic, scale).text() == text


@pytest.mark.parametrize("scale", [-1, 256])
def test_a_scale_that_no_asset_has_is_refused(scale: int) -> None:
    with pytest.raises(NotAnAmount, match="from 0 to 255"):
        Amount.of_atomic(1, scale)


@given(literals(), st.integers(1, 50))
@example(("1e-9", Fraction(1, 10**9)), 1)
@example(("1e+21", Fraction(10**21)), 1)
@example(("-0.0", Fraction(0)), 1)
@example((f"{U128_MAX}e-38", Fraction(U128_MAX, 10**38)), 28)
def test_a_literal_keeps_its_worth_in_any_decimal_context(literal: tuple[str, Fraction], digits: int) -> None:
    text, worth = literal
    # Anything computed in this context would be rounded, and rounding raises.
    strict = Context(prec=digits, Emin=-1, Emax=1, traps=[Inexact, Rounded, Subnormal, FloatOperation])
    with localcontext(strict):
        amount = Amount.of_decimal(Decimal(text))
        written = amount.text()
    assert Fraction(written) == worth
    assert CANONICAL.fullmatch(written)
    assert written != "-0"
    assert amount.is_zero is (worth == 0)


@pytest.mark.parametrize("text", ["NaN", "-NaN", "sNaN", "NaN123", "Infinity", "-Infinity", "inf"])
def test_what_is_not_finite_is_no_amount(text: str) -> None:
    with pytest.raises(NotAnAmount, match="a finite number"):
        Amount.of_decimal(Decimal(text))


@pytest.mark.parametrize(
    ("most", "too_much"),
    [
        ("9" * 80, "9" * 81),
        ("1e80", "1e81"),
        ("1e-255", "1e-256"),
        ("0e80", "0e999999"),
        (f"0.{'0' * 254}1", f"0.{'0' * 255}1"),
        ("1", "1e999999999"),
        ("1", "-1e-999999999"),
    ],
)
def test_digits_and_exponents_that_no_balance_has_are_refused(most: str, too_much: str) -> None:
    assert Fraction(Amount.of_decimal(Decimal(most)).text()) == Fraction(most)
    with pytest.raises(NotAnAmount, match="at most 80 digits"):
        Amount.of_decimal(Decimal(too_much))


def test_atomic_units_are_named_only_where_the_provider_counts_in_them() -> None:
    counted = Amount.of_atomic(150, 2)
    assert (counted.atomic, counted.scale, counted.precision) == (150, 2, Precision.EXACT)
    reported = Amount.of_decimal(Decimal("1.50"), Precision.PROVIDER_FLOAT)
    assert (reported.atomic, reported.scale, reported.precision) == (None, None, Precision.PROVIDER_FLOAT)
    assert reported.text() == counted.text() == "1.5"


@given(st.integers(0, U128_MAX), st.integers(0, 10_000))
@example(0, 5_000)
@example(1, 5_000)
def test_an_unsigned_amount_is_read_digit_for_digit(atomic: int, zeros: int) -> None:
    assert unsigned("0" * zeros + str(atomic), 128) == atomic


@pytest.mark.parametrize("bits", [64, 128, 256])
def test_an_amount_that_does_not_fit_its_width_is_refused(bits: int) -> None:
    assert unsigned(str(2**bits - 1), bits) == 2**bits - 1
    assert signed(f"-{2**bits - 1}", bits) == -(2**bits) + 1
    for too_wide in (str(2**bits), "9" * 81, "1" * 5_000, "1" + "0" * 100_000):
        with pytest.raises(NotAnAmount, match=f"at most {bits} bits"):
            unsigned(too_wide, bits)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "+", ".", "abc"),
        *("+5", " 5", "5 ", "5\n", "\t5", "1_000", "1,000", "0x10", "0b1", "5.0", "5.", "1e3", "NaN", "Infinity"),
        # Digits of other scripts, a superscript, a full-width five, a minus sign that is no hyphen.
        *("\u0665", "\u096b", "\u00b2", "\uff15", "\u22125", "5\u200b", "5\x00"),
        *("--5", "-+5", "- 5", "-5-"),
    ],
)
def test_nothing_but_plain_digits_is_an_atomic_amount(text: str) -> None:
    for read in (unsigned, signed):
        with pytest.raises(NotAnAmount, match="a string of decimal digits"):
            read(text, 128)


@given(st.text())
def test_no_text_makes_reading_fail_in_another_way(text: str) -> None:
    try:
        found = signed(text, 128)
    except NotAnAmount:
        assert not re.fullmatch("-?[0-9]{1,38}", text)
    else:
        assert re.fullmatch("-?[0-9]+", text)
        assert Fraction(text) == found


def test_a_sign_is_read_only_where_differences_are() -> None:
    assert signed("-2500", 256) == -2500
    assert signed("-0", 256) == 0
    with pytest.raises(NotAnAmount):
        unsigned("-0", 128)


_DIGITS = st.text("0123456789", max_size=22)
_ANYTHING = st.one_of(_DIGITS, st.text("0-+_. e1٣²", max_size=4), st.integers(0, 2**128).map(str))


@given(st.lists(_ANYTHING, min_size=1, max_size=6), st.sampled_from([(19, 64), (38, 128)]))
@example(["1", ""], (19, 64))
@example(["1", "-1"], (19, 64))
@example(["٣"], (19, 64))
@example(["²"], (19, 64))
@example(["1_0"], (19, 64))
@example(["9" * 19, "0" * 19], (19, 64))
@example(["9" * 20], (19, 64))
@example(["9" * 38, "0" * 38], (38, 128))
@example(["9" * 39], (38, 128))
def test_amounts_read_in_one_look_are_what_each_is_by_itself_or_left_to_that(
    texts: list[str], width: tuple[int, int]
) -> None:
    digits, bits = width
    found = all_short(texts, digits)
    if found is None:
        assert not all(text.isascii() and text.isdigit() and len(text) <= digits for text in texts)
    else:
        assert found == [unsigned(text, bits) for text in texts]
