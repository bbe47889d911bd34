"""One good answer, and when it was read."""

from dataclasses import dataclass, field
from typing import Any

from gateway.domain.reading import Absent, Answer


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as it is kept; times are in seconds since 1970.

    What a feed told holds until `fed_until` without being read again: the feed would have told a change.
    """

    answer: Answer[Any] | Absent
    read_at: float
    fed_until: float | None = None
    # What was made of the answer: its readings, and what is written of them. Neither told to other replicas nor copied.
    keeps: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
