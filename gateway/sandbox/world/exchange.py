"""What the two sFOX accounts hold at the beginning."""

from gateway.sandbox.books.exchange import AMOUNTS, ExchangeBook, ExchangeRow
from gateway.sandbox.credentials import SFOX_OTHER_TOKEN, SFOX_TOKEN


def begin() -> ExchangeBook:
    return ExchangeBook({SFOX_TOKEN: _DEMO, SFOX_OTHER_TOKEN: _OTHER})


def _row(*amounts: str) -> ExchangeRow:
    """The amounts in the order of AMOUNTS; a row cut short is one of the exchange's older form."""
    return dict(zip(AMOUNTS, amounts, strict=False))


_DEMO = (
    # The documented example.
    ("btc", _row("1", "1", "0", "0", "0", "0", "1")),
    ("usd", _row("100", "90", "10", "0", "0", "0", "100")),
    ("eth", _row("1e-8", "1e-8", "0", "0", "0", "0", "1e-8")),
    # Responses of 2018 had these two amounts only.
    ("ltc", _row("0.25161318", "0.25161318")),
    ("usdc", _row("140.55", "10.0", "0", "-25.5", "0", "0", "166.05")),
)

_OTHER = (
    ("btc", _row("1.50000001", "1.25", "0.25000001", "0", "0", "0", "1.50000001")),
    ("sol", _row("7.25", "7.25", "0", "0", "0", "7", "0.25")),
)
