"""An exact quantity, dressed."""

from typing import Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import amount as amounts
from gateway.domain.amount import Precision
from gateway.schema.scalars import BigInt, ExactDecimal


@federated(shareable=True, description="An exact quantity.")
class Amount:
    """An amount in each form that callers compute with."""

    atomic: BigInt | None = strawberry.field(
        description="In atomic units. Null where the provider gives none (bloXroute, sFOX)."
    )
    scale: int | None = strawberry.field(
        description="How many decimal digits one whole unit has: a rune's divisibility, a mint's decimals. "
        "Null where unknown."
    )
    display: ExactDecimal = strawberry.field(description="In whole units, every digit kept.")
    precision: Precision = strawberry.field(description="Whether the provider itself holds every digit.")

    @classmethod
    def of(cls, amount: amounts.Amount) -> Self:
        return cls(
            atomic=None if amount.atomic is None else BigInt(amount.atomic),
            scale=amount.scale,
            display=ExactDecimal(amount.text()),
            precision=amount.precision,
        )


def dressed(amount: amounts.Amount | None) -> Amount | None:
    return None if amount is None else Amount.of(amount)
