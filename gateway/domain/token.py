"""SPL tokens: mints, the accounts that hold them, and what an owner has of each."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from gateway.domain.address import Address
from gateway.domain.amount import Amount

AMOUNT_BITS = 64
MAX_DECIMALS = 255


class Commitment(StrEnum):
    """How settled the slot is that an answer was read at."""

    # As a chain's.
    __hash__ = str.__hash__

    PROCESSED = "PROCESSED"
    CONFIRMED = "CONFIRMED"
    FINALIZED = "FINALIZED"


class TokenAccountState(StrEnum):
    """What the token program lets the account do; a frozen one still holds its balance."""

    INITIALIZED = "INITIALIZED"
    FROZEN = "FROZEN"
    UNINITIALIZED = "UNINITIALIZED"


class Token(msgspec.Struct, frozen=True, gc=False):
    """An SPL token, named by its mint; the rest only where a provider has said it."""

    mint: Address
    symbol: str | None = None
    decimals: int | None = None


class TokenAccount(msgspec.Struct, frozen=True, gc=False):
    """One SPL or Token-2022 account; what only the fuller of two calls tells is None after the other."""

    address: Address
    amount: Amount
    # What a wallet shows: with interest or a multiplier it is not amount over ten to the decimals.
    ui_amount: Decimal | None
    token: Token | None = None
    owner: Address | None = None
    state: TokenAccountState | None = None
    is_native: bool | None = None


class TokenBalance(msgspec.Struct, frozen=True, gc=False):
    """What one owner holds of one mint, with what is open on OpenBook."""

    token: Token
    settled: Amount
    unsettled: Amount
    open_orders: Amount


class AccountKey(msgspec.Struct, frozen=True, gc=False):
    """A Solana address, read at a commitment: readings of different commitments are never mixed."""

    address: Address
    commitment: Commitment
