"""A clock that stands still until a test moves it."""

from dataclasses import dataclass

# 2026-01-01 00:00:30 UTC: half a minute before the next full one.
NOW = 1_767_225_630.0


@dataclass(slots=True)
class HeldClock:
    """Gives the same moment again and again."""

    seconds: float = 1000.0

    def time(self) -> float:
        return NOW

    def monotonic(self) -> float:
        return self.seconds
