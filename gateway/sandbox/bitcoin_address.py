"""Mainnet Bitcoin addresses as an indexer checks them: base58check, bech32 (BIP 173) and bech32m (BIP 350)."""

from collections.abc import Iterable
from hashlib import sha256

from gateway.sandbox import base58

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32, _BECH32M = 1, 0x2BC830A3
_PREFIX = "bc"
_CHECKSUM_LENGTH = 6
_LONGEST_BECH32 = 90
_VERSIONS = (0x00, 0x05)  # P2PKH and P2SH
_LAST_WITNESS_VERSION = 16
_VERSION_ZERO_LENGTHS = (20, 32)


def p2wpkh(key_hash: bytes) -> str:
    return _segwit(0, key_hash)


def p2tr(output_key: bytes) -> str:
    return _segwit(1, output_key)


def p2pkh(key_hash: bytes) -> str:
    payload = bytes([_VERSIONS[0]]) + key_hash
    return base58.encode(payload + _double_sha(payload))


def is_mainnet(address: str) -> bool:
    return _is_base58check(address) or _is_segwit(address)


def normalized(address: str) -> str:
    """One spelling for each address: bech32 may be written in capitals, base58 is what it is."""
    return address.lower() if _is_segwit(address) else address


def _double_sha(payload: bytes) -> bytes:
    return sha256(sha256(payload).digest()).digest()[:4]


def _is_base58check(address: str) -> bool:
    try:
        raw = base58.decode(address)
    except ValueError:
        return False
    return len(raw) == 25 and raw[0] in _VERSIONS and raw[-4:] == _double_sha(raw[:-4])  # noqa: PLR2004 - 1 + 20 + 4


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            check ^= generator if top >> bit & 1 else 0
    return check


def _expanded_prefix() -> list[int]:
    return [ord(c) >> 5 for c in _PREFIX] + [0] + [ord(c) & 31 for c in _PREFIX]


def _segwit(version: int, program: bytes) -> str:
    words = [version, *_regroup(program, 8, 5)]
    constant = _BECH32M if version else _BECH32
    check = _polymod([*_expanded_prefix(), *words, *[0] * _CHECKSUM_LENGTH]) ^ constant
    words += [check >> 5 * (5 - place) & 31 for place in range(_CHECKSUM_LENGTH)]
    return f"{_PREFIX}1" + "".join(_CHARSET[word] for word in words)


def _is_segwit(address: str) -> bool:
    if address not in (address.lower(), address.upper()) or len(address) > _LONGEST_BECH32:
        return False
    prefix, _, payload = address.lower().partition("1")
    if prefix != _PREFIX or len(payload) <= _CHECKSUM_LENGTH or not set(payload) <= set(_CHARSET):
        return False
    words = [_CHARSET.index(character) for character in payload]
    version = words[0]
    if version > _LAST_WITNESS_VERSION:
        return False
    if _polymod([*_expanded_prefix(), *words]) != (_BECH32M if version else _BECH32):
        return False
    return _is_program(version, words[1:-_CHECKSUM_LENGTH])


def _is_program(version: int, words: list[int]) -> bool:
    spare_bits = len(words) * 5 % 8
    if spare_bits >= 5 or (words and words[-1] & ((1 << spare_bits) - 1)):  # noqa: PLR2004 - a word has five bits
        return False
    length = len(words) * 5 // 8
    return length in _VERSION_ZERO_LENGTHS if version == 0 else 2 <= length <= 40  # noqa: PLR2004 - BIP 141


def _regroup(raw: bytes, width: int, new_width: int) -> list[int]:
    bits = "".join(f"{byte:0{width}b}" for byte in raw)
    bits += "0" * (-len(bits) % new_width)
    return [int(bits[start : start + new_width], 2) for start in range(0, len(bits), new_width)]
