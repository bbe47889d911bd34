"""A clock that stands still until a test moves it."""


class StandingClock:
    """Both of the gateway's clocks; only the time of day can be put back."""

    def __init__(self, time: float = 1_800_000_000) -> None:
        self._time = time
        self._monotonic = 1000.0

    def time(self) -> float:
        return self._time

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        self._time += seconds
        self._monotonic += seconds

    def put_back(self, seconds: float) -> None:
        """Set the time of day back, as a correction of the machine's clock does."""
        self._time -= seconds
