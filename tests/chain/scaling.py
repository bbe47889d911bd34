"""Token-2022's Scaled UI Amount extension, the one instruction here that the client library has no builder for."""

import struct

from solders.instruction import AccountMeta, Instruction
from solders.pubkey import Pubkey
from spl.token.constants import ACCOUNT_LEN, TOKEN_2022_PROGRAM_ID

# A mint with extensions is padded to a token account's length, then: one byte that says it is a mint, and per
# extension its type and length (two bytes each) and its state; here an authority and three eight-byte fields.
SCALED_MINT_LEN = ACCOUNT_LEN + 1 + 4 + 32 + 3 * 8

_EXTENSION_INSTRUCTION = 43
_INITIALIZE = 0


def initialize_scaling(mint: Pubkey, authority: Pubkey, multiplier: int) -> Instruction:
    """The chain keeps the multiplier as a double; whole ones suffice here."""
    data = struct.pack("<BB32sd", _EXTENSION_INSTRUCTION, _INITIALIZE, bytes(authority), multiplier)
    return Instruction(TOKEN_2022_PROGRAM_ID, data, [AccountMeta(mint, is_signer=False, is_writable=True)])
