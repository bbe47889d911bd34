"""One currency of an account, as sFOX's answers and its feed both spell it."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

import msgspec

from gateway.domain.amount import Amount, NotAnAmount
from gateway.domain.exchange import ExchangeWallet
from gateway.upstream.decoding import Undecodable, decimal_of

_NOTHING = msgspec.Raw(b"")


class Row(msgspec.Struct):
    """A row; amounts are numbers in answers and strings in the feed, and either is understood in both."""

    currency: str
    balance: msgspec.Raw
    available: msgspec.Raw
    held: msgspec.Raw = _NOTHING
    trading_wallet: msgspec.Raw = _NOTHING
    lending_wallet: msgspec.Raw = _NOTHING
    borrow_wallet: msgspec.Raw = _NOTHING
    collateral_wallet: msgspec.Raw = _NOTHING


def wallets_of(rows: Sequence[Row]) -> tuple[ExchangeWallet, ...]:
    """Read every row exactly; raises `Undecodable` naming the field, or saying that a currency is listed twice."""
    wallets = tuple(_wallet(row) for row in rows)
    # Two rows of one currency: which one holds is nowhere said, and a wrong total is worse than none.
    if len({wallet.currency for wallet in wallets}) < len(wallets):
        raise Undecodable("$: one currency listed twice")
    return wallets


def contradictions(wallet: ExchangeWallet) -> Iterator[str]:
    """Name the rules that a wallet's figures break."""
    if wallet.held is not None and _sum(wallet.available, wallet.held) != _sum(wallet.balance):
        yield "balance = available + held"
    parts = (wallet.trading, wallet.lending, wallet.borrow, wallet.collateral)
    if None not in parts and _sum(*parts) != _sum(wallet.balance):
        yield "balance = trading + lending + borrow + collateral"


def _wallet(row: Row) -> ExchangeWallet:
    # Documented in lower case, seen in upper.
    currency = row.currency.strip().upper()
    if not currency:
        raise Undecodable("$[...].currency: empty")
    return ExchangeWallet(
        currency,
        _amount("balance", row.balance),
        _amount("available", row.available),
        _optional("held", row.held),
        _optional("trading_wallet", row.trading_wallet),
        _optional("lending_wallet", row.lending_wallet),
        _optional("borrow_wallet", row.borrow_wallet),
        _optional("collateral_wallet", row.collateral_wallet),
    )


def _optional(name: str, raw: msgspec.Raw) -> Amount | None:
    return _amount(name, raw) if bytes(raw) not in (b"", b"null") else None


def _amount(name: str, raw: msgspec.Raw) -> Amount:
    try:
        return Amount.of_decimal(decimal_of(raw))
    except (Undecodable, NotAnAmount) as wanted:
        raise Undecodable(f"$[...].{name}: {wanted}") from None


def _sum(*amounts: Amount | None) -> Fraction:
    """Add exactly; a missing amount adds nothing."""
    return sum((Fraction(each.integer, 10**each.places) for each in amounts if each is not None), Fraction())
