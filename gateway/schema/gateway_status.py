"""What the gateway says of itself: how its providers are doing, and what a request may ask for."""

from typing import Self

import strawberry

from gateway.domain.clock import instant
from gateway.domain.provider import Provider
from gateway.readings.health import ProviderHealth
from gateway.schema.context import Context
from gateway.schema.cost import CALL
from gateway.schema.enum import describe
from gateway.schema.limits import DEFAULT_PAGE, RequestLimits
from gateway.schema.reading import Problem
from gateway.schema.scalars import Timestamp
from gateway.upstream.circuit import CircuitState

describe(
    CircuitState,
    "Whether a provider is being asked.",
    CLOSED="It is.",
    OPEN="It is not, after repeated failures.",
    HALF_OPEN="One call is trying whether it has recovered.",
)


@strawberry.type(description="One provider, as this gateway has come to know it since it started.")
class ProviderStatus:
    """A provider's health, dressed."""

    provider: Provider = strawberry.field(description="Which provider.")
    configured: bool = strawberry.field(description="Whether the gateway has what it needs to ask it.")
    circuit: CircuitState = strawberry.field(description="Whether it is being asked.")
    budget_remaining: int | None = strawberry.field(
        description="Upstream calls left in the current window; at an exchange, of the caller's own. "
        "Null where no budget is set."
    )
    budget_resets_at: Timestamp | None = strawberry.field(
        description="When the current window ends. Null where no budget is set."
    )
    last_success_at: Timestamp | None = strawberry.field(description="Null where there was none yet.")
    last_problem: Problem | None = strawberry.field(description="Null where there was none yet.")

    @classmethod
    async def read(cls, context: Context, health: ProviderHealth) -> Self:
        state = await context.health.state(health.provider, context.payer(health.provider))
        left = state.left
        at = health.last_success_at
        return cls(
            provider=health.provider,
            configured=health.configured,
            circuit=state.circuit,
            budget_remaining=left.calls if left else None,
            budget_resets_at=Timestamp(instant(left.resets_at)) if left else None,
            last_success_at=None if at is None else Timestamp(instant(at)),
            last_problem=Problem.of(health.last_problem) if health.last_problem else None,
        )


@strawberry.type(description="What one request may ask for.")
class Limits:
    """Limits, dressed."""

    max_tokens: int = strawberry.field(description="How long a document may be, in GraphQL tokens.")
    max_depth: int = strawberry.field(description="How deeply fields may be nested.")
    max_aliases: int = strawberry.field(description="How many fields may be renamed.")
    max_fields: int = strawberry.field(description="How many fields may be selected, with fragments spread out.")
    max_merges: int = strawberry.field(
        description="How many pairs of fields of one name may stand in one place, to be merged into one."
    )
    max_values: int = strawberry.field(description="How many values the variables may hold.")
    max_addresses: int = strawberry.field(description="How many addresses may be asked for, repeats included.")
    max_representations: int = strawberry.field(
        description="How many representations `_entities` may resolve, repeats included."
    )
    max_page_size: int = strawberry.field(
        description=f"The most that `first` may be; {DEFAULT_PAGE} is meant where it is left out."
    )
    max_cost: int = strawberry.field(
        description=f"{CALL} for each upstream call that may become necessary, 1 for each field of each item that may "
        "be answered. `extensions.cost` tells it of every operation."
    )
    max_subscriptions_per_connection: int = strawberry.field(
        description="How many subscriptions one connection may have."
    )

    @classmethod
    def of(cls, limits: RequestLimits) -> Self:
        return cls(**limits.model_dump())
