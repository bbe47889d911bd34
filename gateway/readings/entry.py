"""One good answer, and when it was read."""

from dataclasses import dataclass
from typing import Any

from gateway.domain.reading import Absent, Answer


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer as it is kept; `read_at` is in seconds since 1970."""

    answer: Answer[Any] | Absent
    read_at: float
