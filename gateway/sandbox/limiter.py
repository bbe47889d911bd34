"""The vendors' own limiters: a window with a penalty, and credits that come back with the minute."""

from collections import deque

_MINUTE = 60


class PenaltyLimiter:
    """So many calls in any window; one too many and all are refused until the penalty is over. Times in seconds."""

    def __init__(self, *, calls: int, window: float, penalty: float) -> None:
        self._calls = calls
        self._window = window
        self._penalty = penalty
        self._admitted: deque[float] = deque()
        self._blocked_until: float | None = None

    def admits(self, now: float) -> bool:
        if self._blocked_until is not None and now < self._blocked_until:
            return False
        while self._admitted and self._admitted[0] <= now - self._window:
            self._admitted.popleft()
        if len(self._admitted) >= self._calls:
            self._blocked_until = now + self._penalty
            return False
        self._admitted.append(now)
        return True


class MinuteCredits:
    """A budget for each wall-clock minute; it does not slide."""

    def __init__(self, credits_per_minute: int) -> None:
        self.limit = credits_per_minute
        self._minute = 0
        self._spent = 0

    def spend(self, now: float) -> bool:
        """Take one credit. A refused call counts too, so the count can pass the limit."""
        self._turn(now)
        self._spent += 1
        return self._spent <= self.limit

    def spent(self, now: float) -> int:
        self._turn(now)
        return self._spent

    def resets_at(self, now: float) -> int:
        return (int(now) // _MINUTE + 1) * _MINUTE

    def _turn(self, now: float) -> None:
        minute = int(now) // _MINUTE
        if minute != self._minute:
            self._minute, self._spent = minute, 0
