"""What is summed and compared: runes, tokens and currencies in one union."""

from typing import Annotated, TypeAlias

import strawberry

from gateway.domain import asset as assets
from gateway.domain.address import Address
from gateway.domain.rune import Rune as DomainRune
from gateway.domain.token import Token as DomainToken
from gateway.schema.exchange import Currency
from gateway.schema.rune import Rune
from gateway.schema.token import Token

Asset: TypeAlias = Annotated[
    Rune | Token | Currency,
    strawberry.union("Asset", description="What can be held: a rune, an SPL token, or a currency at an exchange."),
]


def dressed_asset(asset: assets.Asset, holder: Address | None = None) -> Rune | Token | Currency:
    """Dress an asset; `holder` is an address that holds it, where it is a rune."""
    if isinstance(asset, DomainRune):
        return Rune.of(asset, holder)
    return Token.of(asset) if isinstance(asset, DomainToken) else Currency(code=strawberry.ID(asset.code))
