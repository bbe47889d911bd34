"""What a provider is asked and what it says: calls, replies, and the numbers in them as each vendor prints them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any
JSON = "application/json; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

_GO_SMALLEST_PLAIN = Decimal("1e-6")
_GO_SMALLEST_EXPONENT = Decimal("1e21")
_RUST_LARGEST_PLAIN_POINT = 16
_RUST_SMALLEST_PLAIN_POINT = -5


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One HTTP request, read to its end; header names are found in any case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes
    caller: str

    @property
    def upgrades(self) -> bool:
        """Whether a WebSocket is asked for."""
        return self.method == "GET" and self.headers.get("Upgrade", "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP response; `media` None means that no Content-Type is sent."""

    status: int
    body: bytes = b""
    media: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_header(self, name: str, value: str) -> "Reply":
        return replace(self, headers={**self.headers, name: value})


class Refusal(Exception):
    """A provider answers something other than what was asked for."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def number(literal: str) -> msgspec.Raw:
    """A JSON number that goes out with exactly these characters."""
    return msgspec.Raw(literal.encode())


def go_double(amount: Decimal) -> str:
    """Print as Go's protobuf JSON mapper prints the nearest double: `3`, `3.435929722`, `1e-9`, `1e+21`, `"NaN"`."""
    double = float(amount)  # the vendor's own type: this is where its exactness ends
    if double != double:  # noqa: PLR0124 - the one portable test for NaN
        return '"NaN"'
    if double in (float("inf"), float("-inf")):
        return '"Infinity"' if double > 0 else '"-Infinity"'
    sign, digits, point = _shortest(double)
    if double and not _GO_SMALLEST_PLAIN <= abs(Decimal(repr(double))) < _GO_SMALLEST_EXPONENT:
        exponent = point - 1
        return f"{sign}{_scientific(digits)}e{'-' if exponent < 0 else '+'}{abs(exponent)}"
    return sign + _plain(digits, point)


def rust_double(double: float) -> str:
    """Print as serde_json does: integers keep `.0`, tiny and huge ones turn to `1e-9` and `1.8446744073709552e19`."""
    sign, digits, point = _shortest(double)
    if not double:
        return "0.0"
    if _RUST_SMALLEST_PLAIN_POINT < point <= _RUST_LARGEST_PLAIN_POINT:
        plain = _plain(digits, point)
        return sign + (plain if "." in plain else f"{plain}.0")
    return f"{sign}{_scientific(digits)}e{point - 1}"


def python_double(amount: Decimal) -> str:
    """Print as Python's repr, which is how the vendor's documentation shows its amounts: `0.0`, `1e-09`."""
    return repr(float(amount))


def _shortest(double: float) -> tuple[str, str, int]:
    """Sign, shortest digits that read back as the same double, and where the point stands among them."""
    negative, digits, exponent = Decimal(repr(double)).normalize().as_tuple()
    if not isinstance(exponent, int):
        raise TypeError("not a finite number")
    return "-" if negative else "", "".join(map(str, digits)), len(digits) + exponent


def _scientific(digits: str) -> str:
    return f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits


def _plain(digits: str, point: int) -> str:
    if point <= 0:
        return "0." + "0" * -point + digits if digits != "0" else "0"
    whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
    return f"{whole}.{fraction}" if fraction else whole
