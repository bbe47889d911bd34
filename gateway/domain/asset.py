"""What can be summed and compared: a rune, a token, or what an exchange counts in."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from msgspec import structs

from gateway.domain.rune import Rune
from gateway.domain.token import Token

# The mint under which wrapped SOL is held; bloXroute lists an owner's native SOL under it as well.
WRAPPED_SOL = "So11111111111111111111111111111111111111112"


class AssetKind(StrEnum):
    """Where an asset lives; a source of one kind can hold any asset of it, and none of another."""

    RUNE = "RUNE"
    TOKEN = "TOKEN"  # noqa: S105 - a kind of asset
    CURRENCY = "CURRENCY"


@dataclass(frozen=True, slots=True)
class Currency:
    """What an exchange counts in, by its code in upper case."""

    code: str


Asset: TypeAlias = Rune | Token | Currency


@dataclass(frozen=True, slots=True, order=True)
class AssetId:
    """What makes two assets one: the rune's id, the token's mint, the currency's code."""

    kind: AssetKind
    name: str

    @classmethod
    def of(cls, asset: Asset) -> "AssetId":
        if isinstance(asset, Rune):
            return cls(AssetKind.RUNE, asset.id)
        if isinstance(asset, Token):
            return cls(AssetKind.TOKEN, asset.mint.text)
        return cls(AssetKind.CURRENCY, asset.code)


def merged(assets: Iterable[Asset]) -> Asset:
    """Put together what several answers say of one asset, whatever their order."""
    known = sorted(set(assets), key=_fullness)
    last = known[-1]
    if not isinstance(last, Token):
        return last
    tokens = [each for each in known if isinstance(each, Token)]
    symbols = [each.symbol for each in tokens if each.symbol is not None]
    decimals = [each.decimals for each in tokens if each.decimals is not None]
    return structs.replace(last, symbol=min(symbols, default=None), decimals=min(decimals, default=None))


def _fullness(asset: Asset) -> tuple[str, ...]:
    if isinstance(asset, Rune):
        return asset.inscription_id or "", asset.name, asset.symbol
    return ((asset.symbol or ""),) if isinstance(asset, Token) else ()
