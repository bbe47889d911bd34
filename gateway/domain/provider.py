"""Names who reported a figure and how long a figure of theirs may be repeated."""

from enum import StrEnum


class Provider(StrEnum):
    """A company's API, or the caller's own wallet."""

    XVERSE = "XVERSE"
    SOLANA_RPC = "SOLANA_RPC"
    BLOXROUTE = "BLOXROUTE"
    SFOX = "SFOX"
    WALLET = "WALLET"
