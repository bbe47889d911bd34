"""Who holds which runes, at which block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_AMOUNT_LIMIT = 2**128


@dataclass(frozen=True, slots=True, kw_only=True)
class Rune:
    """An etching; `name` is the spaced form, and what is None is absent from replies."""

    id: str
    name: str
    divisibility: int | None = None
    symbol: str | None = None
    inscription: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuneBalance:
    """Atomic units; incoming and outgoing are summed over the whole chain of unconfirmed transactions."""

    rune: str
    confirmed: int
    available: int
    incoming: int = 0
    outgoing: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.available <= self.confirmed < _AMOUNT_LIMIT:
            raise ValueError("0 <= available <= confirmed < 2^128 must hold")


Holdings = Mapping[str, RuneBalance]


class BitcoinBook:
    """Rune balances by address; each change is a new block."""

    def __init__(self, *, height: int, runes: Iterable[Rune], holdings: Mapping[str, Iterable[RuneBalance]]) -> None:
        self.height = height
        self.runes = {rune.id: rune for rune in runes}
        self._holdings: dict[str, Holdings] = {
            address: {balance.rune: balance for balance in balances} for address, balances in holdings.items()
        }
        self._before = dict(self._holdings)

    def holdings(self, address: str) -> list[RuneBalance]:
        return list(self._holdings.get(address, {}).values())

    def holdings_before(self, address: str) -> list[RuneBalance]:
        """As an index one block behind still has them."""
        return list(self._before.get(address, {}).values())

    def rune(self, wanted: str) -> Rune | None:
        """Find by id or by name, with or without the bullets."""
        if wanted in self.runes:
            return self.runes[wanted]
        plain = wanted.replace("•", "")
        return next((rune for rune in self.runes.values() if rune.name.replace("•", "") == plain), None)

    def change(self, address: str, rune: Rune, *, confirmed: int, **others: int) -> None:
        """Set a balance; what is not given follows from the confirmed amount. Raise ValueError on impossible sums."""
        changed = RuneBalance(rune=rune.id, confirmed=confirmed, **{"available": confirmed, **others})
        self._before = dict(self._holdings)
        self._holdings[address] = {**self._holdings.get(address, {}), rune.id: changed}
        self.height += 1

    def welcome(self, runes: Iterable[Rune], holdings: Mapping[str, Iterable[RuneBalance]]) -> None:
        """Let others hold these runes, too, whatever they held before."""
        self.runes |= {rune.id: rune for rune in runes}
        self._before = dict(self._holdings)
        for address, balances in holdings.items():
            self._holdings[address] = {balance.rune: balance for balance in balances}
        self.height += 1
