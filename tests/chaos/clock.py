"""A clock that can leap: penalties and pauses of whole minutes pass in no time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import time_machine


class LeapingClock:
    """Runs like the machine's clocks between leaps; the whole process's wall clock leaps with it."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller
        self._leapt = 0.0

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() + self._leapt

    def leap(self, seconds: float) -> None:
        """Let so many seconds pass at once, but for timers of the event loop that are set already."""
        self._traveller.shift(seconds)
        self._leapt += seconds


@contextmanager
def leaping_clock() -> Iterator[LeapingClock]:
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        yield LeapingClock(traveller)
