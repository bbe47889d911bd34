"""A figure, or the honest lack of one, with who reported it, when, and at which position."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec

from gateway.domain.problem import Problem
from gateway.domain.provider import Provider

T_co = TypeVar("T_co", covariant=True)


class PositionKind(StrEnum):
    """What a position counts."""

    # As a chain's.
    __hash__ = str.__hash__

    BLOCK_HEIGHT = "BLOCK_HEIGHT"
    SLOT = "SLOT"
    SEQUENCE = "SEQUENCE"


class Position(msgspec.Struct, frozen=True, gc=False):
    """A place in a chain's or a feed's own order."""

    kind: PositionKind
    value: int

    def is_before(self, other: "Position | None") -> bool:
        """Say whether this place is earlier; places that count different things have no order."""
        return other is not None and self.kind is other.kind and self.value < other.value


class ServedFrom(StrEnum):
    """Where the gateway had the figure from when it answered."""

    UPSTREAM = "UPSTREAM"
    CACHE = "CACHE"
    FEED = "FEED"


class Provenance(msgspec.Struct, frozen=True, gc=False):
    """Who reported a figure; `operation` is the provider's own name for the call."""

    provider: Provider
    operation: str
    read_at: datetime
    served_from: ServedFrom
    position: Position | None


class Outcome(StrEnum):
    """How a reading ended."""

    FRESH = "FRESH"
    STALE = "STALE"
    ABSENT = "ABSENT"
    UNAVAILABLE = "UNAVAILABLE"


class Answer(msgspec.Struct, Generic[T_co], frozen=True, gc=False):
    """What a provider returned for one key."""

    value: T_co
    operation: str
    position: Position | None = None


class Absent(msgspec.Struct, frozen=True, gc=False):
    """The provider's word that there is nothing there; not zero, and not a failure."""

    operation: str
    position: Position | None = None


class Reading(msgspec.Struct, Generic[T_co], frozen=True, eq=False):
    """What a caller may be told about one key.

    FRESH: value and provenance. STALE: an older value, its provenance and the problem. ABSENT: provenance.
    UNAVAILABLE: problem. Until `good_until` it is still what this caller asked for; None where it is not even now.
    What is made of its value may be put into `keeps`, and is gone when the value is; None where nothing is kept.
    """

    outcome: Outcome
    value: T_co | None = None
    problem: Problem | None = None
    provenance: Provenance | None = None
    good_until: datetime | None = None
    keeps: dict[Any, Any] | None = None

    def __eq__(self, other: object) -> bool:
        """Say whether both tell the same, whatever is kept of either."""
        if not isinstance(other, Reading):
            return NotImplemented
        return self._told() == other._told()

    def __hash__(self) -> int:
        return hash(self._told())

    def __repr__(self) -> str:
        return f"Reading{self._told()!r}"

    def _told(self) -> tuple[object, ...]:
        return self.outcome, self.value, self.problem, self.provenance, self.good_until
