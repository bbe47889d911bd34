"""What a node sends, as far as the gateway reads it."""

from typing import Annotated

import msgspec

# Nothing here refers back to what holds it, so that the collector need not look at any of it.


class Context(msgspec.Struct, gc=False):
    """When an answer was true."""

    slot: Annotated[int, msgspec.Meta(ge=0)]


class TokenAmount(msgspec.Struct, rename="camel", gc=False):
    """An amount, without the node's own float."""

    amount: str
    decimals: int
    ui_amount_string: str | None = None


class Balance(msgspec.Struct, gc=False):
    """The answer to getTokenAccountBalance."""

    context: Context
    value: TokenAmount


class Info(msgspec.Struct, rename="camel", gc=False):
    """What the token program holds of an account."""

    mint: str
    owner: str
    token_amount: TokenAmount
    state: str
    is_native: bool


class Parsed(msgspec.Struct, gc=False):
    """Account data that the node could parse; `info` depends on the type."""

    type: str
    info: msgspec.Raw


class Data(msgspec.Struct, gc=False):
    """Account data under jsonParsed."""

    parsed: Parsed


class Account(msgspec.Struct, gc=False):
    """An account; `data` is an array where the node could not parse it."""

    owner: str
    data: msgspec.Raw


class HeldParsed(msgspec.Struct, gc=False):
    """Account data of a token account, or of what looks like one."""

    type: str
    info: Info


class HeldData(msgspec.Struct, gc=False):
    """The same under jsonParsed."""

    parsed: HeldParsed


class Held(msgspec.Struct, gc=False):
    """An account that looks like a token account throughout."""

    owner: str
    data: HeldData


class Listed(msgspec.Struct, gc=False):
    """A list of accounts, whatever each of them is."""

    value: list[Account | None]


class Accounts(msgspec.Struct, gc=False):
    """The answer to getMultipleAccounts; a list of accounts, null for what does not exist."""

    context: Context
    value: msgspec.Raw


class Watched(Account, gc=False):
    """An account as a subscriber is told of it; it has no lamports where it is gone."""

    lamports: Annotated[int, msgspec.Meta(ge=0)]


class Notification(msgspec.Struct, gc=False):
    """What accountSubscribe tells; some vendors write null for an account that is gone."""

    context: Context
    value: Watched | None


class Owned(msgspec.Struct, gc=False):
    """One account of an owner."""

    pubkey: str
    account: Account


class OwnedAccounts(msgspec.Struct, gc=False):
    """The answer to getTokenAccountsByOwner."""

    context: Context
    value: list[Owned]
