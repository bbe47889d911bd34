"""A person's wallet, behind the JSON-RPC that sats-connect speaks in a browser."""

from gateway.sandbox.wallet.wallet import Wallet

__all__ = ["Wallet"]
