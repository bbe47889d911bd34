"""One good answer, and when it was read."""

from typing import Any

import msgspec

from gateway.domain.reading import Absent, Answer


class Entry(msgspec.Struct, frozen=True, eq=False):
    """An answer as it is kept; times are in seconds since 1970.

    What a feed told holds until `fed_until` without being read again: the feed would have told a change.
    """

    answer: Answer[Any] | Absent
    read_at: float
    fed_until: float | None = None
    # What was made of the answer: its readings, and what is written of them. Neither told to other replicas nor copied.
    keeps: dict[Any, Any] = msgspec.field(default_factory=dict)

    def __eq__(self, other: object) -> bool:
        """Say whether both are the same answer, whatever was made of either."""
        if not isinstance(other, Entry):
            return NotImplemented
        return self._kept() == other._kept()

    def __hash__(self) -> int:
        return hash(self._kept())

    def __repr__(self) -> str:
        return f"Entry{self._kept()!r}"

    def _kept(self) -> tuple[object, ...]:
        return self.answer, self.read_at, self.fed_until
