"""How wallets of three ages word one row of `runes_getBalance`, and what else they can do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.sandbox.books.bitcoin import Rune, RuneBalance
from gateway.sandbox.wire import Json

_RUNES = "runes_getBalance"
_SESSION = (
    "wallet_connect",
    "wallet_requestPermissions",
    "wallet_getCurrentPermissions",
    "wallet_renouncePermissions",
    "wallet_disconnect",
    "wallet_getAccount",
    "wallet_getNetwork",
)
_BEFORE = ("getInfo", "getAccounts", "getAddresses")


@dataclass(frozen=True, slots=True)
class Personality:
    """A wallet of some age.

    `getInfo` names a platform from 1.5.0 on. Before `wallet_connect` there were no permissions to ask for: giving out
    an address let a page read.
    """

    version: str
    platform: str | None
    methods: tuple[str, ...]
    row: Callable[[Rune, RuneBalance], dict[str, Json]]


def _declared(rune: Rune, balance: RuneBalance) -> dict[str, Json]:
    """A row as the method's schema has it since 2024."""
    return {**_first(rune, balance), "spendableBalance": str(balance.available)}


def _leaking(rune: Rune, balance: RuneBalance) -> dict[str, Json]:
    """A row as wallets of 2025 pass it on from their own service: undeclared members, and numbers turned to text."""
    return {
        "id": rune.id,
        **_declared(rune, balance),
        "divisibility": str(rune.divisibility or 0),
        "priceChangePercentage24h": "-1.25",
        "currentPrice": "0.0125",
    }


def _first(rune: Rune, balance: RuneBalance) -> dict[str, Json]:
    """A row of the first wallets that had the method: what can be spent is not said."""
    return {
        "runeName": rune.name,
        "amount": str(balance.confirmed),
        "divisibility": rune.divisibility or 0,
        "symbol": rune.symbol or "¤",
        "inscriptionId": rune.inscription,
    }


PERSONALITIES: Final = {
    "current": Personality("1.8.0", "web", (*_BEFORE, *_SESSION, _RUNES), _declared),
    "leaking": Personality("0.49.0", None, (*_BEFORE, *_SESSION, _RUNES), _leaking),
    "old": Personality("0.28.0", None, (*_BEFORE, _RUNES), _first),
}
