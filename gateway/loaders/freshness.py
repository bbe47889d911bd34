"""For how long a response may be repeated: as long as the figure in it that ages first, and never a private one."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from math import inf
from typing import Any

from gateway.domain.reading import Reading


class Freshness:
    """Takes note of every reading that goes into one response."""

    def __init__(self) -> None:
        self._oldest: datetime | None = None
        self._until: datetime | None = None
        self._is_private = False
        self._may_be_kept = True
        # Until then, in seconds since 1970, all readings would be the same.
        self.steady = inf
        # Each counts some readings that were at hand.
        self.hits: list[Callable[[], None]] = []

    def note(self, reading: Reading[Any], *, private: bool) -> None:
        """Note one reading; `private` ones are some caller's own."""
        self._is_private = self._is_private or private
        read_at = reading.provenance.read_at if reading.provenance else None
        until = reading.good_until
        if until is None or read_at is None:
            self._may_be_kept = False
            return
        if self._oldest is None or read_at < self._oldest:
            self._oldest = read_at
        if self._until is None or until < self._until:
            self._until = until

    def note_all(self, readings: Sequence[Reading[Any]], *, private: bool) -> None:
        """Note several readings, each as `note` does."""
        for reading in readings:
            self.note(reading, private=private)

    def count_hits(self) -> None:
        """Count what was at hand: it is shown, or shown again."""
        for count in self.hits:
            count()

    @property
    def is_private(self) -> bool:
        """Say whether some caller's own reading is among them."""
        return self._is_private

    def headers(self, now: datetime, *, whole: bool = True) -> Mapping[str, str]:
        """Give the response's `Age` and `Cache-Control`; one that is not `whole`, for it has errors, is not kept.

        As in RFC 9111 `max-age` counts from the reading, so what remains is `max-age` less `Age`.
        """
        if self._is_private:
            return {"Cache-Control": "private, no-store"}
        if self._oldest is None or self._until is None or not self._may_be_kept or not whole:
            return {"Cache-Control": "no-store"}
        age = max(int((now - self._oldest).total_seconds()), 0)
        remaining = max(int((self._until - now).total_seconds()), 0)
        return {"Age": str(age), "Cache-Control": f"max-age={age + remaining}"}
