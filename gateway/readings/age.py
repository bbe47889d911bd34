"""How old an answer is, and whether it is young enough for whoever asks."""

from typing import Final

from gateway.domain.clock import Clock
from gateway.domain.reading import Absent, ServedFrom
from gateway.readings.entry import Entry
from gateway.readings.store import Kept

# Past this part of its age an answer is read again behind the response that it serves.
NEARLY: Final = 0.75
# Seconds by which the clocks of two replicas may differ.
APART: Final = 1.0
# Seconds for which the provider's word that nothing is there is repeated, however old a figure may be.
ABSENCE_HOLDS: Final = 2.0


class Ages:
    """Judges what is kept by the clock; a limit is the age in seconds that a caller accepts."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def is_within(self, kept: Kept, limit: float) -> bool:
        """Say whether an answer may be told as it is."""
        entry = kept.entry
        # What a newer answer has been served after, somewhere, is not fresh, however young.
        if entry is None or kept.is_behind:
            return False
        # Where the machine's clock was put back, an entry seems to come from the future, and its age is unknown; the
        # clocks of two replicas may differ a little.
        return limit > 0 and -APART <= self._age(entry) <= holds(entry, limit)

    def is_fed(self, kept: Kept) -> bool:
        """Say whether a feed that is well stands behind an answer, however long ago it told it."""
        entry = kept.entry
        if entry is None or entry.fed_until is None or kept.is_behind:
            return False
        return self._clock.time() <= entry.fed_until

    def is_nearly(self, kept: Kept, limit: float) -> bool:
        """Say whether an answer will soon be too old."""
        entry = kept.entry
        if entry is None or isinstance(entry.answer, Absent) or self.is_fed(kept):
            return False
        return self._age(entry) >= limit * NEARLY

    def _age(self, entry: Entry) -> float:
        return self._clock.time() - entry.read_at


def holds(entry: Entry, limit: float) -> float:
    """Give the seconds for which an answer may be repeated to a caller who accepts that age."""
    return min(limit, ABSENCE_HOLDS) if isinstance(entry.answer, Absent) else limit


def kept_as(entry: Entry) -> ServedFrom:
    """Say where an answer that is kept is served from."""
    return ServedFrom.CACHE if entry.fed_until is None else ServedFrom.FEED


def is_news(now: Kept, before: Kept) -> bool:
    """Say whether a name's answer was read since, and nothing newer is known to have been served."""
    if now.entry is None or now.is_behind:
        return False
    return before.entry is None or now.entry.read_at > before.entry.read_at
