"""Base58 as Bitcoin and Solana write it, and Bitcoin's checked form."""

from hashlib import sha256

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_CHECKSUM = 4
# The longest text either chain writes is a Solana key of 44 characters.
_LONGEST = 64
_TOGETHER = 10


def decode(text: str) -> bytes | None:
    """Turn base58 into bytes; None where a character is outside the alphabet or the text is far too long."""
    if len(text) > _LONGEST:
        return None
    try:
        values = [_VALUES[character] for character in text]
    except KeyError:
        return None
    number = 0
    # A few digits at a time stay within a machine's word; one by one, every step would be on the whole number.
    for start in range(0, len(values), _TOGETHER):
        few = 0
        some = values[start : start + _TOGETHER]
        for value in some:
            few = few * 58 + value
        number = number * 58 ** len(some) + few
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode_checked(text: str) -> bytes | None:
    """Turn base58check into its payload; None where the checksum does not hold."""
    raw = decode(text)
    if raw is None or len(raw) <= _CHECKSUM:
        return None
    payload, checksum = raw[:-_CHECKSUM], raw[-_CHECKSUM:]
    return payload if sha256(sha256(payload).digest()).digest()[:_CHECKSUM] == checksum else None
