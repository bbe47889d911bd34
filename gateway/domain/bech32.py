"""Segwit addresses: Bech32 for witness version 0 (BIP 173) and Bech32m for later ones (BIP 350)."""

from collections.abc import Iterable

_CHARSET = {character: value for value, character in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32, _BECH32M = 1, 0x2BC830A3
_CHECKSUM = 6
_LONGEST = 90
_PROGRAM_SIZES = range(2, 41)
_VERSION_0_SIZES = (20, 32)
_LAST_VERSION = 16


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                checksum ^= generator
    return checksum


def _checksum(prefix: str, values: list[int]) -> int:
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    return _polymod(expanded + values)


def _program_size(groups: list[int]) -> int | None:
    """Count the bytes in groups of five bits; None where the padding is too long or not zero."""
    size, padding = divmod(len(groups) * 5, 8)
    if padding > 4 or (groups and groups[-1] & ((1 << padding) - 1)):  # noqa: PLR2004 - a fifth bit would be a group of its own
        return None
    return size


def prefix(address: str) -> str | None:
    """Give the human-readable part of a valid segwit address in lower case; None where it is not one."""
    # Some letters outside ASCII fold into it: the Kelvin sign becomes a plain k.
    if len(address) > _LONGEST or not address.isascii() or address not in (address.lower(), address.upper()):
        return None
    human, separator, encoded = address.lower().rpartition("1")
    if not separator or not human or len(encoded) <= _CHECKSUM or any(c not in _CHARSET for c in encoded):
        return None
    values = [_CHARSET[c] for c in encoded]
    version, size = values[0], _program_size(values[1:-_CHECKSUM])
    if version > _LAST_VERSION or size not in _PROGRAM_SIZES:
        return None
    if version == 0 and size not in _VERSION_0_SIZES:
        return None
    wanted = _BECH32 if version == 0 else _BECH32M
    return human if _checksum(human, values) == wanted else None
