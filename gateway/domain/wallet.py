"""What a caller's own wallet says of its runes, checked: sats-connect's `runes_getBalance`, old and current."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.domain import rune as runes
from gateway.domain.address import Address
from gateway.domain.reading import Provenance
from gateway.domain.rune import Rune

OPERATION = "runes_getBalance"
# A rune's name is a u128 written in 26 letters.
_MOST_LETTERS = 28
_NAME = re.compile(r"[A-Z]+([•.][A-Z]+)*", re.ASCII)
_INSCRIPTION = re.compile(r"[0-9a-f]{64}i[0-9]{1,10}", re.ASCII)
_WANTED_NAME = "runeName is 1 to 28 letters from A to Z, with or without • between them"
_WANTED_INSCRIPTION = "inscriptionId is 64 hexadecimal digits, i and a number, or null"


class NotAWalletRune(ValueError):
    """A row that no wallet sends; the message says which field, and what was wanted."""


@dataclass(frozen=True, slots=True)
class WalletRune:
    """One row of a wallet's answer; only confirmed transactions are in the amount.

    `id` is no part of the documented answer: wallets of 2025 let it through, and it is believed only in its form.
    """

    name: str
    amount: int
    divisibility: int | None = None
    symbol: str | None = None
    inscription_id: str | None = None
    spendable: int | None = None
    id: str | None = None

    @property
    def key(self) -> str:
        """The name in the form in which it is unique."""
        return runes.unspaced(self.name)

    def fault(self) -> str | None:
        """Say what no wallet sends, and what was wanted in its place; None where the row is in order."""
        amounts = range(1 << runes.AMOUNT_BITS)
        scales = range(runes.MAX_DIVISIBILITY + 1)
        inscription = self.inscription_id
        rules = (
            (_NAME.fullmatch(self.name) and len(self.key) <= _MOST_LETTERS, _WANTED_NAME),
            (self.amount in amounts, "amount is a whole number of at most 128 bits, and not negative"),
            (self.spendable is None or self.spendable in amounts, "spendableBalance is as amount is, or absent"),
            (self.divisibility is None or self.divisibility in scales, "divisibility is from 0 to 38, or absent"),
            (self.symbol is None or len(self.symbol) == 1, "symbol is one Unicode code point, or null"),
            (inscription is None or _INSCRIPTION.fullmatch(inscription), _WANTED_INSCRIPTION),
        )
        return next((wanted for holds, wanted in rules if not holds), None)

    def as_rune(self) -> Rune | None:
        """Give the rune in the wallet's own words; None where they do not say enough to name it."""
        if self.id is None or not runes.is_rune_id(self.id) or self.divisibility is None:
            return None
        symbol = self.symbol or runes.DEFAULT_SYMBOL
        return Rune(self.id, self.name, symbol, self.divisibility, self.inscription_id)


@dataclass(frozen=True, slots=True)
class WalletAnswer:
    """A wallet's whole answer, rune by rune, and the address that it is compared with.

    It says nothing of other addresses than the account's taproot address.
    """

    rows: Mapping[str, WalletRune]
    address: Address
    provenance: Provenance

    @classmethod
    def of(cls, rows: Sequence[WalletRune], address: Address, provenance: Provenance) -> "WalletAnswer":
        """Check each row; raises `NotAWalletRune`, whose message names the row by its place from 0."""
        found: dict[str, WalletRune] = {}
        for place, row in enumerate(rows):
            wrong = row.fault() or ("this rune is listed twice" if row.key in found else None)
            if wrong is not None:
                raise NotAWalletRune(f"wallet[{place}]: {wrong}")
            found[row.key] = row
        return cls(found, address, provenance)

    def place(self, key: str) -> int:
        return list(self.rows).index(key)
