"""What the sFOX accounts hold, one account for each token that opens one."""

from collections.abc import Iterable, Mapping

AMOUNTS = ("balance", "available", "held", "borrow_wallet", "collateral_wallet", "lending_wallet", "trading_wallet")

# A currency's amounts, each as the JSON number that the exchange prints for it.
ExchangeRow = Mapping[str, str]


class ExchangeBook:
    """Rows by token and currency; an amount that a row lacks is not sent."""

    def __init__(self, accounts: Mapping[str, Iterable[tuple[str, ExchangeRow]]]) -> None:
        self._accounts = {token: dict(rows) for token, rows in accounts.items()}

    def opens(self, token: str) -> bool:
        return token in self._accounts

    def rows(self, token: str) -> list[tuple[str, ExchangeRow]]:
        return list(self._accounts[token].items())

    def change(self, token: str, currency: str, amounts: ExchangeRow) -> None:
        """Set the given amounts of a currency; the others stay as they are."""
        rows = self._accounts[token]
        rows[currency] = {**rows.get(currency, {}), **amounts}
