"""Exchange accounts: wallets by currency, and the credential that reads them."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.amount import Amount


class Exchange(StrEnum):
    """An exchange that callers' accounts may be read at."""

    SFOX = "SFOX"


@dataclass(frozen=True, slots=True)
class ExchangeWallet:
    """One currency in one account; None where the exchange sent no such figure."""

    currency: str
    balance: Amount
    available: Amount
    held: Amount | None = None
    trading: Amount | None = None
    lending: Amount | None = None
    borrow: Amount | None = None
    collateral: Amount | None = None


@dataclass(frozen=True, slots=True)
class Credential:
    """A caller's own api token at an exchange; it is told apart by its secret and never prints it."""

    secret: str = field(repr=False)
