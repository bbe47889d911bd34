"""Writes valid addresses from bytes, by the field arithmetic of the standards and none of the gateway's code."""

from hashlib import sha256

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
# BIP 173: x^6 + {29}x^5 + {22}x^4 + {20}x^3 + {21}x^2 + {29}x + {18} over GF(32).
_GENERATOR = (29, 22, 20, 21, 29, 18)


def base58(raw: bytes) -> str:
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def base58check(version: int, payload: bytes) -> str:
    versioned = bytes([version]) + payload
    return base58(versioned + sha256(sha256(versioned).digest()).digest()[:4])


def segwit(human: str, version: int, program: bytes, *, constant: int | None = None, more: tuple[int, ...] = ()) -> str:
    """Write a witness program; `constant` is of another checksum than the version has, `more` are groups of bits."""
    bits = "".join(f"{byte:08b}" for byte in program)
    padded = bits + "0" * (-len(bits) % 5)
    groups = [version, *(int(padded[at : at + 5], 2) for at in range(0, len(padded), 5)), *more]
    expanded = [ord(c) // 32 for c in human] + [0] + [ord(c) % 32 for c in human]
    wanted = constant if constant is not None else (1 if version == 0 else 0x2BC830A3)
    ending = [found ^ (wanted >> 5 * (5 - at) & 31) for at, found in enumerate(_remainder(expanded + groups))]
    return f"{human}1{''.join(BECH32[group] for group in groups + ending)}"


def _remainder(values: list[int]) -> list[int]:
    remainder = [0, 0, 0, 0, 0, 1]
    for value in values + [0] * 6:
        top, *rest = *remainder, value
        remainder = [each ^ _times(top, factor) for each, factor in zip(rest, _GENERATOR, strict=True)]
    return remainder


def _times(left: int, right: int) -> int:
    """Multiply in GF(32) with the modulus x^5 + x^3 + 1."""
    product = 0
    for bit in range(5):
        if right >> bit & 1:
            product ^= left << bit
    for bit in range(8, 4, -1):
        if product >> bit & 1:
            product ^= 0b101001 << (bit - 5)
    return product
