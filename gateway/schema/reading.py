"""How a figure was read: outcome, problem and provenance."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, Self, TypeVar

import strawberry
from strawberry.federation import interface
from strawberry.federation import type as federated

from gateway.domain import problem as problems
from gateway.domain import reading as readings
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, PositionKind, ServedFrom
from gateway.schema.scalars import BigInt, ExactDecimal, Timestamp, decimal_text

C = TypeVar("C")


@federated(
    shareable=True,
    description="Why a figure could not be read, or not freshly. Never carries a provider's own text, a credential or "
    "a URL.",
)
class Problem:
    """A problem, dressed."""

    code: ProblemCode = strawberry.field(description="What went wrong, told apart by what can be done about it.")
    provider: Provider = strawberry.field(description="Who could not be read.")
    message: str = strawberry.field(description="The same in a sentence, in the gateway's own words.")
    retryable: bool = strawberry.field(description="Whether asking again may help.")
    retry_after: int | None = strawberry.field(description="Seconds after which to ask again, where known.")
    reference: strawberry.ID = strawberry.field(description="Names the matching line in the gateway's log.")

    @classmethod
    def of(cls, problem: problems.Problem) -> Self:
        return cls(
            code=problem.code,
            provider=problem.provider,
            message=problem.message,
            retryable=problem.retryable,
            retry_after=problem.retry_after,
            reference=strawberry.ID(problem.reference),
        )


@federated(shareable=True, description="A place in a chain's or a feed's own order.")
class Position:
    """A position, dressed."""

    kind: PositionKind = strawberry.field(description="What the value counts.")
    value: BigInt = strawberry.field(description="The count.")


@federated(shareable=True, description="Who reported a figure, when, and at which position.")
class Provenance:
    """Provenance, dressed at one moment."""

    provider: Provider = strawberry.field(description="Who reported the figure.")
    operation: str = strawberry.field(
        description="The provider's own name for the call, such as `getMultipleAccounts`."
    )
    read_at: Timestamp = strawberry.field(description="When the gateway received it.")
    age: ExactDecimal = strawberry.field(description="Seconds since then, when this response was made.")
    served_from: ServedFrom = strawberry.field(description="Where the gateway had it from.")
    position: Position | None = strawberry.field(
        description="Null where the provider reports no position (bloXroute, sFOX over REST)."
    )

    @classmethod
    def of(cls, provenance: readings.Provenance, now: datetime) -> Self:
        at = provenance.position
        return cls(
            provider=provenance.provider,
            operation=provenance.operation,
            read_at=Timestamp(provenance.read_at),
            age=seconds_text(provenance.read_at, now),
            served_from=provenance.served_from,
            position=Position(kind=at.kind, value=BigInt(at.value)) if at else None,
        )


def seconds_text(since: datetime, now: datetime) -> ExactDecimal:
    passed = max((now - since).total_seconds(), 0)
    return decimal_text(Decimal(f"{passed:.3f}"))


@interface(description="Anything read from a provider.")
class Reading:
    """What every reading says of itself."""

    outcome: Outcome = strawberry.field(description="How the reading ended.")
    problem: Problem | None = strawberry.field(description="Set when the outcome is STALE or UNAVAILABLE.")
    provenance: Provenance | None = strawberry.field(description="Null when nothing was ever read.")


class Dated(Protocol):
    """What knows the moment of the response that is made."""

    @property
    def now(self) -> datetime: ...


def shown_as(kind: type[C], view: type) -> Callable[..., C]:
    """Give what makes objects of a type of the schema whose fields are a view's, made when they are looked at."""
    return type(f"{view.__name__}{kind.__name__}", (view, kind), {})


class DressedReading:
    """The fields that every reading has, dressed where somebody looks at them."""

    reading: readings.Reading[Any]
    context: Dated

    @property
    def outcome(self) -> Outcome:
        return self.reading.outcome

    @property
    def problem(self) -> Problem | None:
        return Problem.of(self.reading.problem) if self.reading.problem else None

    @property
    def provenance(self) -> Provenance | None:
        return Provenance.of(self.reading.provenance, self.context.now) if self.reading.provenance else None
