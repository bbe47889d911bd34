"""A wallet's own answer, as a page hands it on."""

import strawberry

from gateway.domain.wallet import WalletRune
from gateway.schema.scalars import BigInt


@strawberry.input(
    description="A wallet's own answer to runes_getBalance, as sats-connect hands it to a page: one row of `balances`. "
    "Sent as a variable, a row may have members besides these, and its divisibility may be a string of digits: wallets "
    "of some ages send both."
)
class WalletRuneBalanceInput:
    """A row of a wallet's answer."""

    rune_name: str = strawberry.field(description="Spaced name, with U+2022 bullets.")
    amount: BigInt = strawberry.field(description="Confirmed, in atomic units.")
    spendable_balance: BigInt | None = strawberry.field(
        default=None, description="Absent from older wallets. Not compared: each mempool is another."
    )
    divisibility: int | None = strawberry.field(
        default=None, description="From 0 to 38. Where absent, what the indexer says of the rune."
    )
    symbol: str | None = strawberry.field(default=None, description="One Unicode code point.")
    inscription_id: strawberry.ID | None = strawberry.field(default=None, description="Null where there is none.")
    id: strawberry.ID | None = strawberry.field(
        default=None,
        description="`block:tx`, which some wallets send though it is not documented. It names the rune where the "
        "indexer cannot be asked.",
    )

    def as_wallet_rune(self) -> WalletRune:
        return WalletRune(
            self.rune_name,
            self.amount,
            self.divisibility,
            self.symbol,
            self.inscription_id,
            self.spendable_balance,
            self.id,
        )
