"""Answers of Xverse's as they come over the wire, with what they must have."""

from typing import Annotated

import msgspec

# Nothing here refers back to what holds it, so that the collector need not look at any of it.


class Pending(msgspec.Struct, rename="camel", gc=False):
    """Sums over a rune's unconfirmed transactions."""

    incoming_amount: str
    outgoing_amount: str
    net_amount: str


class V2Row(msgspec.Struct, rename="camel", gc=False):
    """One rune of an address, by v2."""

    rune_id: str
    rune_name: str
    confirmed_balance: str
    available_balance: str
    projected_balance: str
    pending_balance: Pending
    divisibility: int | str | None = None
    symbol: str | None = None


class V2(msgspec.Struct, rename="camel", gc=False):
    """An address's runes, by v2."""

    balances: list[V2Row]
    indexer_height: Annotated[int, msgspec.Meta(ge=0)]


class V1Row(msgspec.Struct, rename="camel", gc=False):
    """One rune of an address, by v1."""

    id: str
    rune_name: str
    amount: str
    divisibility: int | str | None = None
    symbol: str | None = None
    inscription_id: str | None = None


class V1(msgspec.Struct, rename="camel", gc=False):
    """A page of an address's runes, by v1."""

    items: list[V1Row]
    total: Annotated[int, msgspec.Meta(ge=0)]
    indexer_height: Annotated[int, msgspec.Meta(ge=0)]


class Info(msgspec.Struct, rename="camel", gc=False):
    """What a rune is, by batch-info."""

    spaced_rune_name: str
    rune_id: str | None = None
    id: str | None = None
    divisibility: int | str | None = None
    symbol: str | None = None
    inscription_id: str | None = None
