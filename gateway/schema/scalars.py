"""The gateway's own scalars: exact text out, and nothing that was ever a float in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NewType, TypeVar

import strawberry
from graphql import IntValueNode, Node, StringValueNode
from strawberry.types.scalar import ScalarDefinition

from gateway.domain.address import Address, NotAnAddress
from gateway.domain.amount import Amount, NotAnAmount
from gateway.schema.errors import BadScalar

BigInt = NewType("BigInt", int)
# Canonical text, ready to be sent: an amount is formatted once, in the domain.
ExactDecimal = NewType("ExactDecimal", str)
Timestamp = NewType("Timestamp", datetime)
T = TypeVar("T")

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
_LONGEST = 400
_LONGEST_CODE = 64
# RFC 3339, section 5.6, in UTC; Python reads many other forms of ISO 8601 besides.
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z", re.ASCII)


def _text(value: Any, pattern: re.Pattern[str], wanted: str) -> str:
    # True is an int in Python, and a float has already lost digits.
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _LONGEST:
        return str(value)
    if isinstance(value, str) and len(value) <= _LONGEST and pattern.fullmatch(value):
        return value
    raise BadScalar(f"Expected {wanted}, as a string or an integer; never a float.")


def parse_big_int(value: Any) -> BigInt:
    return BigInt(int(_text(value, _INTEGER, "a whole number in decimal digits")))


def parse_decimal(value: Any) -> ExactDecimal:
    text = _text(value, _DECIMAL, "a decimal number in plain notation")
    try:
        return ExactDecimal(Amount.of_decimal(Decimal(text)).text())
    except NotAnAmount as wanted:
        raise BadScalar(f"Expected {wanted}.") from None


def decimal_text(value: Decimal) -> ExactDecimal:
    """Write a finite decimal in plain notation, every digit kept.

    It has no bound of its own: what a wallet shows of a mint with a multiplier may have all the digits of a double.
    """
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ExactDecimal("0" if text == "-0" else text)


def parse_timestamp(value: Any) -> Timestamp:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) and _INSTANT.fullmatch(value) else None
    except ValueError:
        instant = None
    if instant is None:
        raise BadScalar("Expected an instant in UTC, as RFC 3339 text ending in Z.")
    return Timestamp(instant)


def timestamp_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_address(value: Any) -> Address:
    try:
        return Address.parse(value if isinstance(value, str) else "")
    except NotAnAddress as wrong:
        raise BadScalar(f"This is {wrong}.") from None


def parse_currency_code(value: str) -> str:
    """Read a currency's code in any case; what exchanges will list tomorrow is not known, so any short word is one."""
    if not (value and value.isprintable() and " " not in value and len(value) <= _LONGEST_CODE):
        raise BadScalar("Expected a currency's code, such as BTC.")
    return value.upper()


def _literal(
    parse: Callable[[Any], T], kinds: tuple[type[StringValueNode | IntValueNode], ...]
) -> Callable[[Node, object], T]:
    """Read a literal of these kinds by its text; left to itself, graphql-core takes a bare name for a string."""

    def parse_literal(node: Node, _: object = None) -> T:
        # No scalar takes None: each words its own refusal of a literal of another kind.
        return parse(node.value if isinstance(node, kinds) else None)

    return parse_literal


_STRING = (StringValueNode,)
_NUMBER = (StringValueNode, IntValueNode)

SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="Whole number of any size, as a decimal string: `^-?(0|[1-9][0-9]*)$`. "
        "Input accepts a string or an integer literal, never a float.",
        serialize=str,
        parse_value=parse_big_int,
        parse_literal=_literal(parse_big_int, _NUMBER),
    ),
    ExactDecimal: strawberry.scalar(
        name="Decimal",
        description="Exact decimal in plain notation, as a string: no exponent, no leading `+`, no trailing zeros "
        "after the point, `0` for zero. Input accepts a string or an integer literal, never a float.",
        serialize=str,
        parse_value=parse_decimal,
        parse_literal=_literal(parse_decimal, _NUMBER),
    ),
    Timestamp: strawberry.scalar(
        name="DateTime",
        description="Instant in UTC, RFC 3339, as a string ending in `Z`.",
        serialize=timestamp_text,
        parse_value=parse_timestamp,
        parse_literal=_literal(parse_timestamp, _STRING),
    ),
    Address: strawberry.scalar(
        name="Address",
        description="A Bitcoin or Solana address. Its form and checksum are checked before any provider is called; "
        "Bech32 is folded to lower case, Base58 is kept as it is.",
        serialize=str,
        parse_value=parse_address,
        parse_literal=_literal(parse_address, _STRING),
    ),
}
