"""What bloXroute's trader reports for each owner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderRow:
    """One token of one owner, in display units; unsettled and open orders are OpenBook's."""

    mint: str
    symbol: str
    settled: Decimal
    unsettled: Decimal = Decimal(0)
    open_orders: Decimal = Decimal(0)


class TraderBook:
    """Rows by owner, in the order they are listed."""

    def __init__(self, rows: Mapping[str, Iterable[TraderRow]]) -> None:
        self._rows = {owner: {row.mint: row for row in listed} for owner, listed in rows.items()}

    def rows(self, owner: str) -> list[TraderRow]:
        return list(self._rows.get(owner, {}).values())

    def symbol(self, mint: str) -> str:
        """The symbol that the listing has for a mint; empty when it has none."""
        every = (row for rows in self._rows.values() for row in rows.values())
        return next((row.symbol for row in every if row.mint == mint), "")

    def change(self, owner: str, row: TraderRow) -> None:
        self._rows.setdefault(owner, {})[row.mint] = row
