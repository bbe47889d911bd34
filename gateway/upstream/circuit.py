"""A circuit for each host: one that keeps failing is not asked, until one call at a time has found that it is back."""

from collections.abc import Callable
from enum import StrEnum


class CircuitState(StrEnum):
    """Whether a host is being asked: it is, it is not, or one call is finding out."""

    CLOSED = "CLOSED"
    OPEN = "OPEN"
    HALF_OPEN = "HALF_OPEN"


# Consecutive failures that open a circuit.
THRESHOLD = 5
# Seconds that it stays open at first, and at the most after probes that failed.
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0


class Circuit:
    """Counts consecutive failures; whoever enters leaves, and says in between how it went, where that is known."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._opens_until: float | None = None
        self._probing = False
        # Whether it was another replica that found the host to be unwell.
        self._is_hearsay = False

    @property
    def state(self) -> CircuitState:
        if self._opens_until is None:
            return CircuitState.CLOSED
        return CircuitState.OPEN if self.wait() > 0 else CircuitState.HALF_OPEN

    @property
    def opened_until(self) -> float | None:
        """The moment until which it stays open by its own failures; None where it is closed, or open by hearsay."""
        return None if self._is_hearsay else self._opens_until

    def heed(self, seconds: float | None) -> None:
        """Take another replica's word: the host is to be left alone for so long, or (None) nobody says so any more."""
        if seconds is None:
            if self._is_hearsay:
                self.succeeded()
        elif seconds > 0 and self._opens_until is None:
            self._opens_until = self._monotonic() + seconds
            self._is_hearsay = True

    def wait(self) -> float:
        """Seconds until a call may find out whether the host is back; 0 where calls go through."""
        return 0.0 if self._opens_until is None else max(self._opens_until - self._monotonic(), 0.0)

    @property
    def is_ready(self) -> bool:
        """Whether a call would be let through."""
        return self._opens_until is None or (not self._probing and self.wait() == 0)

    def enter(self) -> bool:
        """Let a call through that was found ready, and say whether it is the probe of a circuit that was open."""
        probes = self._opens_until is not None
        self._probing = self._probing or probes
        return probes

    def succeeded(self) -> None:
        """Note that the host answered, whatever it said: it is there."""
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._opens_until = None
        self._is_hearsay = False

    def failed(self, *, probe: bool) -> None:
        """Note that the host did not answer as one that is well."""
        self._failures += 1
        if probe:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        # What was sent before the circuit opened may fail after it: that says nothing new.
        if probe or (self._opens_until is None and self._failures >= THRESHOLD):
            self._opens_until = self._monotonic() + self._pause
            self._is_hearsay = False

    def leave(self, *, probe: bool) -> None:
        """Note that a call has ended, so that the next probe may go, should a cancelled one have said nothing."""
        if probe:
            self._probing = False
