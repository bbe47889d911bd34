"""What a node sends, as far as the gateway reads it."""

from typing import Annotated

import msgspec


class Context(msgspec.Struct):
    """When an answer was true."""

    slot: Annotated[int, msgspec.Meta(ge=0)]


class TokenAmount(msgspec.Struct, rename="camel"):
    """An amount, without the node's own float."""

    amount: str
    decimals: int
    ui_amount_string: str | None = None


class Balance(msgspec.Struct):
    """The answer to getTokenAccountBalance."""

    context: Context
    value: TokenAmount


class Info(msgspec.Struct, rename="camel"):
    """What the token program holds of an account."""

    mint: str
    owner: str
    token_amount: TokenAmount
    state: str
    is_native: bool


class Parsed(msgspec.Struct):
    """Account data that the node could parse; `info` depends on the type."""

    type: str
    info: msgspec.Raw


class Data(msgspec.Struct):
    """Account data under jsonParsed."""

    parsed: Parsed


class Account(msgspec.Struct):
    """An account; `data` is an array where the node could not parse it."""

    owner: str
    data: msgspec.Raw


class HeldParsed(msgspec.Struct):
    """Account data of a token account, or of what looks like one."""

    type: str
    info: Info


class HeldData(msgspec.Struct):
    """The same under jsonParsed."""

    parsed: HeldParsed


class Held(msgspec.Struct):
    """An account that looks like a token account throughout."""

    owner: str
    data: HeldData


class Listed(msgspec.Struct):
    """A list of accounts, whatever each of them is."""

    value: list[Account | None]


class Accounts(msgspec.Struct):
    """The answer to getMultipleAccounts; a list of accounts, null for what does not exist."""

    context: Context
    value: msgspec.Raw


class Watched(Account):
    """An account as a subscriber is told of it; it has no lamports where it is gone."""

    lamports: Annotated[int, msgspec.Meta(ge=0)]


class Notification(msgspec.Struct):
    """What accountSubscribe tells; some vendors write null for an account that is gone."""

    context: Context
    value: Watched | None


class Owned(msgspec.Struct):
    """One account of an owner."""

    pubkey: str
    account: Account


class OwnedAccounts(msgspec.Struct):
    """The answer to getTokenAccountsByOwner."""

    context: Context
    value: list[Owned]
