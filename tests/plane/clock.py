"""The machine's clocks with a head start that a test gives them: what waits for hours is over at once."""

import time


class AheadClock:
    """Runs like the machine's clocks, `ahead` of them by so many seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def time(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead


class HeldClock:
    """Stands still until it is moved."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now
