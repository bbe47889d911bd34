"""Account bytes, as the chain's programs wrote them, in the shapes Solana's JSON-RPC gives them under jsonParsed."""

import base64
import struct
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from solders.account import Account
from solders.pubkey import Pubkey
from solders.token.state import Mint, TokenAccount, TokenAccountState
from spl.token.constants import (
    ACCOUNT_LEN,
    MINT_LEN,
    MULTISIG_LEN,
    NATIVE_DECIMALS,
    TOKEN_2022_PROGRAM_ID,
    TOKEN_PROGRAM_ID,
)

JSON: TypeAlias = dict[str, Any]
# The amount object for so many atomic units of a mint.
AmountOf: TypeAlias = Callable[[Pubkey, int], JSON]

PROGRAM_NAMES = {TOKEN_PROGRAM_ID: "spl-token", TOKEN_2022_PROGRAM_ID: "spl-token-2022"}

# The byte after the common part of an extended account says what it is (Token-2022's AccountType).
_EXTENDED_MINT = 1
_EXTENDED_ACCOUNT = 2

_IMMUTABLE_OWNER = 7
_SCALED_UI_AMOUNT = 25

_LARGEST_U64_POWER_OF_TEN = 19

_STATES = {
    int(TokenAccountState.Initialized): "initialized",
    int(TokenAccountState.Frozen): "frozen",
}


def token_account_of(account: Account) -> TokenAccount | None:
    """The token account that an account's bytes hold, or None where a node would say it is not one."""
    if account.owner not in PROGRAM_NAMES or not _is_sized(account.data, ACCOUNT_LEN, _EXTENDED_ACCOUNT):
        return None
    try:
        return TokenAccount.from_bytes(account.data[:ACCOUNT_LEN])
    except ValueError:  # not initialized
        return None


def mint_of(data: bytes) -> Mint | None:
    """The mint that some bytes hold; a node looks at its owner separately."""
    if not _is_sized(data, MINT_LEN, _EXTENDED_MINT):
        return None
    try:
        return Mint.from_bytes(data[:MINT_LEN])
    except ValueError:  # not initialized
        return None


def is_scaled(mint_data: bytes) -> bool:
    """Whether what wallets show for this mint differs from amount / 10^decimals."""
    return any(kind == _SCALED_UI_AMOUNT for kind, _ in _extensions(mint_data))


def token_amount(amount: int, decimals: int) -> JSON:
    """The amount of a mint that is not scaled; `uiAmount` is null when 10^decimals does not fit into 64 bits."""
    digits = str(amount).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    return {
        "amount": str(amount),
        "decimals": decimals,
        # The wire's lossy double: two doubles divided, as a node does it.
        "uiAmount": None if decimals > _LARGEST_U64_POWER_OF_TEN else float(amount) / float(10**decimals),
        "uiAmountString": f"{whole}.{fraction}" if fraction else whole,
    }


def account_json(account: Account, encoding: str, amount_of: AmountOf) -> JSON:
    """One account of a reply; what cannot be parsed comes as base64 whatever was asked for."""
    parsed = _parsed(account, amount_of) if encoding == "jsonParsed" else None
    size = len(account.data)
    return {
        "lamports": account.lamports,
        "owner": str(account.owner),
        "executable": account.executable,
        "rentEpoch": account.rent_epoch,
        "space": size,
        "data": {"program": PROGRAM_NAMES[account.owner], "parsed": parsed, "space": size}
        if parsed
        else [base64.b64encode(account.data).decode(), "base64"],
    }


def _parsed(account: Account, amount_of: AmountOf) -> JSON | None:
    if account.owner not in PROGRAM_NAMES:
        return None
    if (token := token_account_of(account)) is not None:
        kind, info = "account", _account_fields(token, amount_of)
    elif (mint := mint_of(account.data)) is not None:
        kind, info = "mint", _mint_fields(mint)
    else:
        return None
    if extensions := [_extension_json(number, state) for number, state in _extensions(account.data)]:
        info["extensions"] = extensions
    return {"type": kind, "info": info}


def _account_fields(token: TokenAccount, amount_of: AmountOf) -> JSON:
    fields = {
        "mint": str(token.mint),
        "owner": str(token.owner),
        "tokenAmount": amount_of(token.mint, token.amount),
        "state": _STATES[int(token.state)],
        "isNative": token.is_native is not None,
    }
    if token.is_native is not None:
        fields["rentExemptReserve"] = token_amount(token.is_native, NATIVE_DECIMALS)
    if token.delegate is not None:
        fields["delegate"] = str(token.delegate)
        fields["delegatedAmount"] = amount_of(token.mint, token.delegated_amount)
    if token.close_authority is not None:
        fields["closeAuthority"] = str(token.close_authority)
    return fields


def _mint_fields(mint: Mint) -> JSON:
    return {
        "mintAuthority": mint.mint_authority and str(mint.mint_authority),
        "supply": str(mint.supply),
        "decimals": mint.decimals,
        "isInitialized": mint.is_initialized,
        "freezeAuthority": mint.freeze_authority and str(mint.freeze_authority),
    }


def _is_sized(data: bytes, length: int, kind: int) -> bool:
    # An extended account is never as long as a multisig: the program pads it.
    extended = len(data) > ACCOUNT_LEN and len(data) != MULTISIG_LEN
    return len(data) == length or (extended and data[ACCOUNT_LEN] == kind)


def _extensions(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each extension's type and state, as they follow an extended account's common part; padding is type 0."""
    at = ACCOUNT_LEN + 1
    while at + 4 <= len(data):
        kind, length = struct.unpack_from("<HH", data, at)
        if kind == 0:
            return
        yield kind, data[at + 4 : at + 4 + length]
        at += 4 + length


def _extension_json(kind: int, state: bytes) -> JSON:
    if kind == _IMMUTABLE_OWNER:
        return {"extension": "immutableOwner"}
    if kind != _SCALED_UI_AMOUNT:
        return {"extension": "unparseableExtension"}
    authority, multiplier, since, following = struct.unpack("<32sdqd", state)
    return {
        "extension": "scaledUiAmountConfig",
        "state": {
            "authority": str(Pubkey(authority)),
            "multiplier": f"{multiplier:g}",
            "newMultiplierEffectiveTimestamp": since,
            "newMultiplier": f"{following:g}",
        },
    }
