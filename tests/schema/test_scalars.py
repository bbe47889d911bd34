"""Scalars: exact text out, and nothing in that was ever a float, a guess or another script's digit."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.schema.scalars import decimal_text, timestamp_text
from tests.running import Gateway
from tests.schema.echo import Refused, of_literal, of_variable, of_variables

HOLDER = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"
KEY = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL"
SYSTEM = "11111111111111111111111111111111"
FIELDS = ("whole", "decimal", "instant", "address")
U128_MAX = 2**128 - 1

wide = st.integers(-(2**400) + 1, 2**400 - 1)
# As many digits as any provider's figure has.
plain = st.builds(
    lambda sign, whole, fraction: f"{sign}{whole}{'.' if fraction else ''}{fraction}",
    st.sampled_from(["", "-"]),
    st.integers(0, 10**40 - 1),
    st.text("0123456789", max_size=40),
)


@given(wide)
@example(0)
@example(-(2**63) - 1)
@example(U128_MAX)
def test_a_whole_number_of_any_size_goes_in_and_out_unharmed(number: int) -> None:
    assert of_literal("whole", str(number)) == str(number)
    assert of_literal("whole", f'"{number}"') == str(number)
    assert of_variable("whole", number) == str(number)
    assert of_variable("whole", str(number)) == str(number)


@given(plain)
@example("-0.000")
@example("1.50")
@example(f"0.{'0' * 39}1")
def test_a_decimal_goes_in_and_comes_out_in_its_one_form(text: str) -> None:
    for said in (of_literal("decimal", f'"{text}"'), of_variable("decimal", text)):
        assert Fraction(said) == Fraction(text)
        assert said != "-0"
        assert not ("." in said and said.endswith(("0", ".")))
        assert "e" not in said.lower()


@given(st.integers(-(10**80) + 1, 10**80 - 1))
def test_an_integer_will_do_for_a_decimal(number: int) -> None:
    assert of_literal("decimal", str(number)) == of_variable("decimal", number) == str(number)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "literal",
    [
        *("1.0", "1.5", "1e3", "1E-3", "-0.0", "1e999", "123456789012345678.0"),
        *("true", "false", "null", "[1, 2]", '["1", "2"]', "{}", "{value: 1}"),
        *("ONE", "Infinity", "NaN", '""', '"abc"', '" "'),
        *('"1e3"', '"1E3"', '"+1"', '" 1"', '"1 "', '"1\\n"', '"01"', '"-"', '"--1"', '"1_000"', '"1,5"', '"0x10"'),
        *('"NaN"', '"Infinity"', '"-inf"', '"1."', '".5"', '"\\u0661"', '"\\uff11"', '"1\\u0000"', '"null"', '"true"'),
    ],
)
def test_a_literal_that_is_no_exact_value_is_refused_by_every_scalar(field: str, literal: str) -> None:
    with pytest.raises(Refused):
        of_literal(field, literal)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "value",
    [
        *(1.0, 1.5, 1e3, -0.0, 0.1 + 0.2, float("inf"), float("nan"), 2.0**70),
        *(True, False, None, [], [1], ["1"], {}, {"value": "1"}, Decimal(1), Decimal("1.5"), b"1"),
        *("", " ", "abc", "1e3", "+1", " 1", "1\n", "01", "1_000", "0x10", "NaN", "Infinity", "1.", ".5"),
        *("\u0661", "\uff11", "\u00b2", "1\u200b", "\u22121"),
    ],
)
def test_a_variable_that_is_no_exact_value_is_refused_by_every_scalar(field: str, value: object) -> None:
    with pytest.raises(Refused):
        of_variable(field, value)


@pytest.mark.parametrize("field", FIELDS)
def test_numbers_too_long_for_anything_are_refused_by_every_scalar(field: str) -> None:
    # Python itself refuses to convert more than 4300 digits, in an error of its own.
    for digits in ("9" * 401, "9" * 5000, f"-{'9' * 5000}"):
        for literal in (digits, f'"{digits}"'):
            with pytest.raises(Refused):
                of_literal(field, literal)
        with pytest.raises(Refused):
            of_variable(field, digits)
    for number in (10**401, -(10**401), 10**4000):
        with pytest.raises(Refused):
            of_variable(field, number)


@pytest.mark.parametrize("text", ["1.5", "-0.1", "1.0"])
def test_a_fraction_is_a_decimal_and_no_whole_number(text: str) -> None:
    assert Fraction(of_literal("decimal", f'"{text}"')) == Fraction(text)
    with pytest.raises(Refused, match="Expected a whole number in decimal digits, as a string or an integer"):
        of_literal("whole", f'"{text}"')


def test_a_decimal_has_as_many_digits_as_an_amount() -> None:
    assert of_variable("decimal", "9" * 80) == "9" * 80
    assert of_variable("decimal", f"0.{'0' * 254}1") == f"0.{'0' * 254}1"
    for too_many in ("9" * 81, f"0.{'0' * 255}1"):
        with pytest.raises(Refused, match="Expected at most 80 digits"):
            of_variable("decimal", too_many)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e40", max_value="1e40", places=30))
def test_a_providers_decimal_is_written_with_every_digit(value: Decimal) -> None:
    assert Fraction(decimal_text(value)) == Fraction(value)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-5))])))
def test_an_instant_is_said_in_utc_and_read_back(instant: datetime) -> None:
    # Years whose UTC lies outside of the calendar have no text at all.
    if not 1 < instant.year < 9999:
        return
    text = timestamp_text(instant)
    assert len(text) == len("2026-01-31T23:59:59.000Z")
    assert of_variable("instant", text) == of_literal("instant", f'"{text}"') == text
    assert instant - timedelta(milliseconds=1) < datetime.fromisoformat(text) <= instant


@pytest.mark.parametrize("text", ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.5Z", "2026-01-31T23:59:59.123456Z"])
def test_an_instant_may_have_any_fraction_of_a_second(text: str) -> None:
    assert of_variable("instant", text).startswith("2026-01-31T23:59:59.")


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-31", "2026-01-31Z", "2026-01-31T23:59:59", "2026-01-31T23:59:59+00:00", "2026-01-31T23:59:59z"),
        *("20260131T235959Z", "2026-W05-6T23:59:59Z", "2026-01-31T23Z", "2026-01-31T23:59Z", "2026-01-31x23:59:59Z"),
        *("2026-01-31T23:59:59,5Z", "2026-01-31T23:59:59.Z", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z"),
        *("2026-01-31T25:00:00Z", "2026-01-31T23:59:59+01:00Z", " 2026-01-31T23:59:59Z", "now", "1769903999"),
    ],
)
def test_an_instant_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="Expected an instant in UTC, as RFC 3339 text ending in Z"):
        of_variable("instant", text)


@pytest.mark.parametrize("text", [HOLDER, KEY, SYSTEM])
def test_an_address_goes_in_and_out(text: str) -> None:
    assert of_literal("address", f'"{text}"') == of_variable("address", text) == text
    assert of_variables([text, KEY, text]) == [text, KEY, text]


def test_an_address_is_said_in_its_canonical_form() -> None:
    assert of_variables([HOLDER.upper(), HOLDER]) == [HOLDER, HOLDER]


@pytest.mark.parametrize("literal", [HOLDER, SYSTEM, f'["{HOLDER}"]', f'"{KEY[:-1]}"', f'" {HOLDER}"'])
def test_an_address_without_its_quotes_or_with_a_typing_error_is_refused(literal: str) -> None:
    with pytest.raises(Refused, match="This is not a Bitcoin or Solana address, or its checksum does not hold"):
        of_literal("address", literal)


@pytest.mark.parametrize("values", [[HOLDER, None], [HOLDER, 1.5], [[HOLDER]], [HOLDER, True], [HOLDER[:-1]], {}, 5])
def test_one_wrong_address_spoils_the_list(values: object) -> None:
    with pytest.raises(Refused):
        of_variables(values)


async def test_over_http_a_refused_value_has_the_code_that_says_so(gateway: Gateway) -> None:
    wrong: list[tuple[Any, str]] = [(HOLDER[:-1], f'"{HOLDER[:-1]}"'), (1.5, "1.5"), (True, "true"), ([], "[1]")]
    for value, literal in [*wrong, (7, "7"), ({}, "{a: 1}"), (10**400, "9" * 5000), ("ONE", "ONE")]:
        typed = await gateway.ask(f"{{ account(address: {literal}) {{ id }} }}")
        assert typed.codes == ["BAD_USER_INPUT"], literal
        assert "data" not in typed.body
        sent = await gateway.ask("query ($a: Address!) { account(address: $a) { id } }", {"a": value})
        assert sent.codes == ["BAD_USER_INPUT"], value
        assert "data" not in sent.body
    for provider in ("xverse", "solana", "bloxroute"):
        assert not sum(gateway.sandbox.calls[provider].values())
