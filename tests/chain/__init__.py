"""Solana's own token programs on loopback, so that figures in tests come from the chain's code."""

from tests.chain.chain import Chain, open_chain
from tests.chain.transactions import TransactionRefused

__all__ = ["Chain", "TransactionRefused", "open_chain"]
