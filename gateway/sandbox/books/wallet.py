"""What a person's wallet says otherwise than the chain does: nothing, until it is told to."""

from collections.abc import Iterable
from dataclasses import replace

from gateway.sandbox.books.bitcoin import RuneBalance


class WalletBook:
    """Balances by address and rune that the wallet shows in place of the chain's."""

    def __init__(self) -> None:
        self._told: dict[str, dict[str, RuneBalance]] = {}

    def seen(self, address: str, held: Iterable[RuneBalance]) -> list[RuneBalance]:
        """What the wallet shows of an address at which so much is held."""
        told = self._told.get(address, {})
        shown = {balance.rune: balance for balance in held} | told
        return list(shown.values())

    def change(self, address: str, balance: RuneBalance) -> None:
        self._told.setdefault(address, {})[balance.rune] = replace(balance, incoming=0, outgoing=0)
