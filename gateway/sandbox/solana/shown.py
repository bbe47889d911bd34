"""Accounts and token amounts as the node shows them."""

from base64 import b64encode
from collections.abc import Callable

from gateway.sandbox import addresses, base58
from gateway.sandbox.books.solana import Account, Mint, PlainAccount, TokenAccount
from gateway.sandbox.solana.envelope import RpcError
from gateway.sandbox.solana.layout import content
from gateway.sandbox.solana.parameters import Config
from gateway.sandbox.wire import Json, number, rust_double

FindMint = Callable[[str], Mint | None]

_PROGRAM_NAMES = {addresses.TOKEN_PROGRAM: "spl-token", addresses.TOKEN_2022_PROGRAM: "spl-token-2022"}
_RENT_EPOCH = 2**64 - 1
_LONGEST_BASE58 = 128
# 10^20 leaves 64 bits, and then there is no uiAmount, whatever the amount.
_DECIMALS_WITHOUT_UI_AMOUNT = 20
_TOO_LONG_FOR_BASE58 = (
    f"Encoded binary (base 58) data should be less than {_LONGEST_BASE58} bytes, please use Base64 encoding."
)


def token_amount(amount: int, mint: Mint) -> dict[str, Json]:
    ui_amount, text = _plain_ui(amount, mint.decimals) if mint.multiplier is None else _scaled_ui(amount, mint)
    return {"amount": str(amount), "decimals": mint.decimals, "uiAmount": ui_amount, "uiAmountString": text}


def account_shown(account: Account, config: Config, encoding: str, find_mint: FindMint) -> dict[str, Json]:
    """Raise RpcError when the encoding cannot hold the account."""
    written = content(account)
    return {
        "data": _content_shown(account, written, config, encoding, find_mint),
        "executable": isinstance(account, PlainAccount) and account.executable,
        "lamports": account.lamports,
        "owner": account.program,
        "rentEpoch": _RENT_EPOCH,
        "space": len(written),
    }


def is_parseable(account: Account, find_mint: FindMint) -> bool:
    return isinstance(account, Mint) or (isinstance(account, TokenAccount) and find_mint(account.mint) is not None)


def _content_shown(account: Account, written: bytes, config: Config, encoding: str, find_mint: FindMint) -> Json:
    if encoding == "jsonParsed" and is_parseable(account, find_mint):
        return {
            "parsed": _parsed(account, find_mint),
            "program": _PROGRAM_NAMES[account.program],
            "space": len(written),
        }
    offset, length = (config.piece if encoding != "jsonParsed" else None) or (0, len(written))
    piece = written[offset : offset + length]
    if encoding in ("jsonParsed", "base64"):
        return [b64encode(piece).decode(), "base64"]
    if len(piece) > _LONGEST_BASE58:
        raise RpcError(-32600, _TOO_LONG_FOR_BASE58)
    return base58.encode(piece) if encoding == "binary" else [base58.encode(piece), "base58"]


def _parsed(account: Account, find_mint: FindMint) -> Json:
    if isinstance(account, Mint):
        return {"info": _mint_shown(account), "type": "mint"}
    mint = find_mint(account.mint) if isinstance(account, TokenAccount) else None
    if not isinstance(account, TokenAccount) or mint is None:
        raise TypeError("asked to parse what is not parseable")
    return {"info": _token_account_shown(account, mint), "type": "account"}


def _token_account_shown(account: TokenAccount, mint: Mint) -> dict[str, Json]:
    """Members that are not set are absent, not null."""
    reserve = account.rent_exempt_reserve
    told = {
        "closeAuthority": account.close_authority,
        "delegate": account.delegate,
        "delegatedAmount": account.delegate and token_amount(account.delegated_amount, mint),
        "extensions": [{"extension": "immutableOwner"}] if account.immutable_owner else None,
        "isNative": reserve is not None,
        "mint": account.mint,
        "owner": account.owner,
        "rentExemptReserve": None if reserve is None else token_amount(reserve, mint),
        "state": account.state,
        "tokenAmount": token_amount(account.amount, mint),
    }
    return {name: member for name, member in told.items() if member is not None}


def _mint_shown(mint: Mint) -> dict[str, Json]:
    told: dict[str, Json] = {
        "decimals": mint.decimals,
        "freezeAuthority": None,
        "isInitialized": True,
        "mintAuthority": None,
        "supply": str(mint.supply),
    }
    if mint.multiplier is not None:
        multiplier = mint.multiplier or "NaN"
        state = {
            "authority": None,
            "multiplier": multiplier,
            "newMultiplier": multiplier,
            "newMultiplierEffectiveTimestamp": 0,
        }
        told["extensions"] = [{"extension": "scaledUiAmountConfig", "state": state}]
    return told


def _plain_ui(amount: int, decimals: int) -> tuple[Json, str]:
    digits = str(amount).rjust(decimals + 1, "0")
    whole, fraction = digits[: len(digits) - decimals], digits[len(digits) - decimals :].rstrip("0")
    text = f"{whole}.{fraction}" if fraction else whole
    if decimals >= _DECIMALS_WITHOUT_UI_AMOUNT:
        return None, text
    return number(rust_double(float(amount) / float(10**decimals))), text


def _scaled_ui(amount: int, mint: Mint) -> tuple[Json, str]:
    """The node computes this one in doubles; beyond them it says "inf", and "" when it cannot say."""
    if not mint.multiplier:
        return None, ""
    scaled = float(amount) * (float(mint.multiplier) / float(10**mint.decimals))
    text = f"{scaled:.{mint.decimals}f}"
    if scaled == float("inf"):
        return None, "inf"
    trimmed = text.rstrip("0").rstrip(".") if "." in text else text
    return number(rust_double(float(trimmed))), trimmed
