"""Exchange accounts: wallets by currency, and the credential that reads them."""

import hmac
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from gateway.domain.amount import Amount


class Exchange(StrEnum):
    """An exchange that callers' accounts may be read at."""

    SFOX = "SFOX"


class ExchangeWallet(msgspec.Struct, frozen=True, gc=False):
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
    """A caller's own api token at an exchange; it never prints its secret, and is named by its fingerprint alone."""

    secret: str = field(repr=False)
    fingerprint: str


class Fingerprints:
    """Names what must not be told, so that none can be found again from its name."""

    def __init__(self, secret: str | None = None) -> None:
        """Who shares the secret gives the same names; without one it is drawn anew for each process."""
        self._key = secret.encode() if secret else secrets.token_bytes(32)

    def credential(self, secret: str) -> Credential:
        return Credential(secret, self.of("credential", secret))

    def of(self, kind: str, text: str) -> str:
        """Give the fingerprint of a text; of another kind, the same text has another."""
        return hmac.digest(self._key, f"{kind}\n{text}".encode(), "sha256").hex()
