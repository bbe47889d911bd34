"""Where a chain keeps something: a Bitcoin or Solana address whose form and checksum hold."""

from enum import StrEnum
from functools import lru_cache
from typing import Self

import msgspec

from gateway.domain import base58, bech32


class Chain(StrEnum):
    """A chain whose addresses the gateway knows."""

    # Its text's own: an enumeration's takes ten times as long, and addresses are keys.
    __hash__ = str.__hash__

    BITCOIN = "BITCOIN"
    SOLANA = "SOLANA"


class Form(StrEnum):
    """Which networks an address may belong to; testnet3, testnet4 and signet share one form."""

    MAIN = "main"
    TEST = "test"
    REGTEST = "regtest"


class NotAnAddress(ValueError):
    """Text that is neither a Bitcoin nor a Solana address."""

    def __init__(self) -> None:
        super().__init__("not a Bitcoin or Solana address, or its checksum does not hold")


_SEGWIT_FORMS = {
    "bc": frozenset({Form.MAIN}),
    "tb": frozenset({Form.TEST}),
    "bcrt": frozenset({Form.REGTEST}),
}
_SEGWIT_STARTS = tuple(f"{human}1" for human in _SEGWIT_FORMS)
_BASE58_FORMS = {
    0x00: frozenset({Form.MAIN}),
    0x05: frozenset({Form.MAIN}),
    0x6F: frozenset({Form.TEST, Form.REGTEST}),
    0xC4: frozenset({Form.TEST, Form.REGTEST}),
}
_HASHED = 21
# Addresses of which it is remembered that they are: a checksum takes longer than all else that a known one needs.
_REMEMBERED = 50_000
_SOLANA_KEY = 32
# Characters of base58.
_LONGEST_KEY = 44


class Address(msgspec.Struct, frozen=True, gc=False):
    """A checked address; Bech32 is folded to lower case, Base58 is kept as it is."""

    text: str
    chain: Chain
    forms: frozenset[Form]

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Check form and checksum without asking anyone; raises `NotAnAddress`."""
        return _parsed(text)

    @classmethod
    def _checked(cls, text: str) -> Self:
        forms = _SEGWIT_FORMS.get(bech32.prefix(text) or "")
        if forms:
            return cls(text.lower(), Chain.BITCOIN, forms)
        # Mistyped, such an address can have the length of a Solana key; no real key has all its letters in one case.
        if text.lower().startswith(_SEGWIT_STARTS) and text in (text.lower(), text.upper()):
            raise NotAnAddress
        if (key := base58.decode(text)) and len(key) == _SOLANA_KEY:
            # Any 32 bytes are a key: token accounts and program addresses lie off the curve.
            return cls(text, Chain.SOLANA, frozenset(Form))
        payload = base58.decode_checked(text)
        forms = _BASE58_FORMS.get(payload[0]) if payload and len(payload) == _HASHED else None
        if not forms:
            raise NotAnAddress
        return cls(text, Chain.BITCOIN, forms)

    def __str__(self) -> str:
        return self.text


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> Address:
    return Address._checked(text)  # noqa: SLF001 - it is the same, remembered


def solana_key(text: str) -> Address | None:
    """Read 32 bytes of base58 as a provider sends them (mint, owner, token account); None for anything else."""
    # No key is longer, and what a provider sends in the place of one is not to be remembered.
    return _solana_key(text) if len(text) <= _LONGEST_KEY else None


@lru_cache(_REMEMBERED)
def _solana_key(text: str) -> Address | None:
    key = base58.decode(text)
    return Address(text, Chain.SOLANA, frozenset(Form)) if key and len(key) == _SOLANA_KEY else None
