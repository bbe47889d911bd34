"""Token accounts and mints as the bytes that the token programs write."""

from struct import pack

from gateway.sandbox import base58
from gateway.sandbox.books.solana import Account, Mint, TokenAccount

_ACCOUNT_LENGTH = 165
_MINT_KIND, _ACCOUNT_KIND = 1, 2
_IMMUTABLE_OWNER, _SCALED_UI_AMOUNT = 7, 25
_NO_KEY = bytes(36)


def content(account: Account) -> bytes:
    match account:
        case TokenAccount():
            return _token_account(account)
        case Mint():
            return _mint(account)
    return account.content


def _token_account(account: TokenAccount) -> bytes:
    reserve = account.rent_exempt_reserve
    state = ("uninitialized", "initialized", "frozen").index(account.state)
    written = (
        base58.decode(account.mint)
        + base58.decode(account.owner)
        + pack("<Q", account.amount)
        + _optional_key(account.delegate)
        + bytes([state])
        + (bytes(12) if reserve is None else pack("<IQ", 1, reserve))
        + pack("<Q", account.delegated_amount)
        + _optional_key(account.close_authority)
    )
    if not account.immutable_owner:
        return written
    return written + bytes([_ACCOUNT_KIND]) + pack("<HH", _IMMUTABLE_OWNER, 0)


def _mint(mint: Mint) -> bytes:
    written = _NO_KEY + pack("<QBB", mint.supply, mint.decimals, 1) + _NO_KEY
    if mint.multiplier is None:
        return written
    # A multiplier is a double on the chain, too; one that cannot be used is written as NaN.
    multiplier = float(mint.multiplier or "nan")
    extension = bytes(32) + pack("<dqd", multiplier, 0, multiplier)
    padded = written.ljust(_ACCOUNT_LENGTH, b"\0")
    return padded + bytes([_MINT_KIND]) + pack("<HH", _SCALED_UI_AMOUNT, len(extension)) + extension


def _optional_key(address: str | None) -> bytes:
    return _NO_KEY if address is None else pack("<I", 1) + base58.decode(address)
