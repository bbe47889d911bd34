"""Turns a provider's bytes into checked records without passing a number through a float."""

import re
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

import msgspec

T = TypeVar("T")

# JSON's own number grammar; the decoder's looser one would let "1_000" and "Infinity" through.
_NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
# The same number written as a string may carry leading zeros, as sFOX's feed and old bloXroute answers do.
_NUMERIC_TEXT = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?", re.ASCII)
_LONGEST_NUMBER = 400


class Undecodable(ValueError):
    """Bytes that are not what was asked for; the message names the place and the rule, and quotes nothing."""


def decode(body: bytes, shape: type[T]) -> T:
    """Decode JSON into `shape`, exactly; raises `Undecodable`."""
    try:
        found: T = _decoder(cast("Any", shape)).decode(body)
    except msgspec.ValidationError as error:
        raise Undecodable(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Undecodable("not JSON") from None
    except RecursionError:
        raise Undecodable("nested too deeply") from None
    return found


@cache
def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    """Give a shape's decoder: shapes are the providers' own, and few."""
    return msgspec.json.Decoder(shape)


def decimal_of(raw: msgspec.Raw) -> Decimal:
    """Read one number, or a string that spells one, from its literal digits; raises `Undecodable`.

    NaN, infinity, booleans, null and spellings that only Python knows are refused.
    """
    literal = bytes(raw)
    if literal.startswith(b'"'):
        text = decode(literal, str)
        matched = _NUMERIC_TEXT.fullmatch(text) is not None
    else:
        text = literal.decode("ascii", "replace")
        matched = _NUMBER.fullmatch(literal) is not None
    if not matched or len(text) > _LONGEST_NUMBER:
        raise Undecodable("Expected a finite number, or a string that spells one")
    return Decimal(text)
