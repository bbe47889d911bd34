"""Where a provider takes WebSockets, best first: a host that failed is left alone for a while, longer each time."""

import math
from collections.abc import Sequence

from gateway.upstream.pace import Pace


class Door:
    """One host, and how its sockets have ended; its URL may hold a key and is never shown."""

    def __init__(self, number: int, url: str, pace: Pace) -> None:
        self.number = number
        self.url = url
        self._pace = pace
        self._failures = 0
        self._failed_at = -math.inf
        # It is left alone for so many seconds from that moment on.
        self._rest = 0.0
        self._rests_from = 0.0

    def __repr__(self) -> str:
        return f"<Door {self.number}>"

    def rest(self, now: float) -> float:
        """Seconds for which it is still left alone."""
        return max(self._rest - (now - self._rests_from), 0.0)

    def failed(self, began: float, now: float, told: float) -> None:
        """Take note that a socket has ended, and of the seconds that the host told to stay away."""
        rest = self.rest(now)
        # Many sockets that end together are one failure of the host.
        if began >= self._failed_at:
            self._failures = 1 if now - began >= self._pace.settles else self._failures + 1
            self._failed_at = now
            rest = self._pace.wait(self._failures)
        self._rest, self._rests_from = max(rest, told), now


class Doors:
    """All hosts of one provider: the first that is not left alone is the one to go to."""

    def __init__(self, urls: Sequence[str], pace: Pace) -> None:
        self._doors = [Door(number, url, pace) for number, url in enumerate(urls)]
        self._pause = pace.pause

    def __len__(self) -> int:
        return len(self._doors)

    async def next(self, now: float) -> Door:
        """Give the best one to go to; where all are left alone, wait for the one that may be tried soonest."""
        door = min(self._doors, key=lambda each: each.rest(now))
        if wait := door.rest(now):
            await self._pause(wait)
        return door
