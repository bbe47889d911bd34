"""What bloXroute reports at the beginning, the rows of its own documentation first."""

from decimal import Decimal

from gateway.sandbox import addresses
from gateway.sandbox.books.trader import TraderBook, TraderRow


def begin() -> TraderBook:
    return TraderBook({addresses.OWNER: _OWNER, addresses.OWNER_OF_NONE: ()})


_OWNER = (
    TraderRow(mint=addresses.SERUM_MINT, symbol="SRM", settled=Decimal(0)),
    TraderRow(mint=addresses.WRAPPED_SOL_MINT, symbol="SOL", settled=Decimal("3.435929722")),
    # A token that is not in the trader's list has no symbol.
    TraderRow(mint=addresses.SCALED_MINT, symbol="", settled=Decimal("1e-9")),
    TraderRow(mint=addresses.CENTS_MINT, symbol="CENT", settled=Decimal("1e21")),
    TraderRow(
        mint=addresses.USDC_MINT,
        symbol="USDC",
        settled=Decimal("1250.25"),
        unsettled=Decimal("12.5"),
        open_orders=Decimal("0.000001"),
    ),
)
