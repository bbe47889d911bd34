"""Runes: what one is, and what an address owns of it."""

import re

import msgspec

from gateway.domain.amount import Amount

AMOUNT_BITS = 128
# Digits that always fit in them.
AMOUNT_DIGITS = 38
# Sums over a chain of unconfirmed transactions count each hop, so they may pass a single amount's range.
PENDING_BITS = 256
MAX_DIVISIBILITY = 38
# The sign a rune has whose etching set none (ordinals: "¤", the generic currency sign).
DEFAULT_SYMBOL = "¤"
_ID = re.compile(r"[0-9]{1,20}:[0-9]{1,10}", re.ASCII)


def is_rune_id(text: str) -> bool:
    """Say whether the text has the form `block:tx`."""
    return _ID.fullmatch(text) is not None


def unspaced(name: str) -> str:
    """Fold a rune's name to the form in which it is unique: no spacers, upper case; ord also reads `.` as a spacer."""
    folded = name.replace("•", "")
    if folded.isascii() and folded.isalpha() and folded.isupper():
        # As nearly all come.
        return folded
    return folded.replace(".", "").replace(" ", "").upper()


class Rune(msgspec.Struct, frozen=True, gc=False):
    """A Runes protocol token; none of this changes after its etching."""

    id: str
    name: str
    symbol: str
    divisibility: int
    inscription_id: str | None = None


class PendingRuneAmounts(msgspec.Struct, frozen=True, gc=False):
    """Sums over all unconfirmed transactions; chained ones count each time."""

    incoming: Amount
    outgoing: Amount
    net: Amount


class RuneBalance(msgspec.Struct, frozen=True, gc=False):
    """What one address owns of one rune; None where the provider does not say, never a guess."""

    rune: Rune
    confirmed: Amount
    spendable: Amount | None = None
    projected: Amount | None = None
    pending: PendingRuneAmounts | None = None
