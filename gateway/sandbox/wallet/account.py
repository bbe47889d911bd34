"""The accounts that the wallet may have selected, by name."""

from dataclasses import dataclass
from typing import Final

from gateway.sandbox import addresses
from gateway.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Account:
    """One account on one network. Only its taproot address holds runes that the wallet speaks of."""

    id: str
    network: str
    taproot: str
    payment: str

    def addresses(self, purposes: list[str]) -> list[Json]:
        """In the order of the purposes asked for; none asked for means both."""
        known = {
            "ordinals": ("p2tr", self.taproot, _TAPROOT_KEY),
            "payment": ("p2wpkh", self.payment, _PAYMENT_KEY),
        }
        return [
            {"address": address, "publicKey": key, "purpose": purpose, "addressType": kind, "walletType": "software"}
            for purpose in purposes or known
            if purpose in known
            for kind, address, key in [known[purpose]]
        ]


# Public keys of nobody: whoever asks for addresses is told some.
_TAPROOT_KEY = "5a" * 32
_PAYMENT_KEY = "02" + "a5" * 32
# From BIP 350 and BIP 173: no address of this world's chain.
_TESTNET_TAPROOT = "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c"
_TESTNET_PAYMENT = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"

ACCOUNTS: Final = {
    # Runes of every kind, which the indexer lists as well.
    "holder": Account("account-1", "Mainnet", addresses.RUNES_HOLDER, addresses.DOCUMENTED_HOLDER),
    "many": Account("account-2", "Mainnet", addresses.MANY_RUNES_HOLDER, addresses.DOCUMENTED_HOLDER),
    # Made just now: neither the wallet nor the indexer lists anything.
    "new": Account("account-3", "Mainnet", addresses.NEW_HOLDER, addresses.EMPTY_HOLDER),
    "testnet": Account("account-1", "Testnet", _TESTNET_TAPROOT, _TESTNET_PAYMENT),
}
