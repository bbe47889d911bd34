"""Windows: how many calls have gone out lately, counted in this process or by all replicas together."""

import math
from collections.abc import Callable
from typing import Protocol, cast

from limits.aio.storage import MovingWindowSupport, Storage

from gateway.upstream.limit import Left, Limit

_MINUTE = 60
# The least that anyone is told to wait: a wait of nothing would be a promise.
LEAST_WAIT = 0.001


class Window(Protocol):
    """Counts calls by who pays for them; where `part` replicas count apart, each has that part of the limit."""

    async def take(self, who: str, part: int = 1) -> float:
        """Take one call, and give 0; or take nothing, and give the seconds until there may be room."""
        ...

    async def left(self, who: str, part: int = 1) -> Left: ...


class MovingWindow:
    """At most so many calls in any stretch of so many seconds."""

    def __init__(self, limit: Limit, storage: Storage, time: Callable[[], float], name: str) -> None:
        # Every storage of the library has this; its types do not say so.
        self._storage = cast("MovingWindowSupport", storage)
        self._limit = limit
        self._seconds = limit.seconds + limit.slack
        self._time = time
        self._name = name

    async def take(self, who: str, part: int = 1) -> float:
        calls, seconds, key = _share(self._limit, part), self._seconds, f"{self._name}:{who}"
        if calls and await self._storage.acquire_entry(key, calls, seconds):
            return 0.0
        # A full window has room again when its oldest call leaves it.
        begins, _ = await self._storage.get_moving_window(key, max(calls, 1), seconds)
        return max(begins + seconds - self._time(), LEAST_WAIT)

    async def left(self, who: str, part: int = 1) -> Left:
        calls, seconds = _share(self._limit, part), self._seconds
        begins, used = await self._storage.get_moving_window(f"{self._name}:{who}", max(calls, 1), seconds)
        # Where no call is in the window, it begins with the next one, whatever the storage remembers.
        return Left(max(calls - used, 0), (begins if used else self._time()) + seconds)


def next_minute(time: float) -> float:
    """Seconds from a moment to the next full minute of the wall clock."""
    return _MINUTE - time % _MINUTE


class WallClockMinute:
    """At most so many credits in each minute of the wall clock."""

    def __init__(self, limit: Limit, storage: Storage, time: Callable[[], float], name: str) -> None:
        self._storage = storage
        self._limit = limit
        self._time = time
        self._name = name

    async def take(self, who: str, part: int = 1) -> float:
        most, cost, key = _share(self._limit, part), self._limit.cost, self._key(who)
        # Asked first, because what is refused is counted all the same.
        room = await self._storage.get(key) + cost <= most
        if room and await self._storage.incr(key, 2 * _MINUTE, cost) <= most:
            return 0.0
        return max(next_minute(self._time()), LEAST_WAIT)

    async def left(self, who: str, part: int = 1) -> Left:
        remaining = max(_share(self._limit, part) - await self._storage.get(self._key(who)), 0)
        return Left(remaining // self._limit.cost, self._time() + next_minute(self._time()))

    def _key(self, who: str) -> str:
        # The minute is part of the name, so that the count begins anew with it and not with its first call.
        return f"{self._name}:{who}:{math.floor(self._time() / _MINUTE)}"


def _share(limit: Limit, part: int) -> int:
    share = limit.calls // max(part, 1)
    # What fails closed may have no share at all; the rest is slowed and not stopped.
    return share if limit.fails_closed else max(share, limit.cost)


def open_window(limit: Limit, storage: Storage, time: Callable[[], float], name: str) -> Window:
    kind = WallClockMinute if limit.by_wall_clock else MovingWindow
    return kind(limit, storage, time, name)
