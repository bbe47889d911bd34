"""Budgets: how many calls a credential may still make of a provider, in any window and through its penalties."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from limits import RateLimitItem, RateLimitItemPerSecond, parse_many
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

_MINUTE = 60
# The least that anyone is told to wait: a wait of nothing would be a promise.
_LEAST_WAIT = 0.001
_WANTED = "wants one number of calls in a time, such as 40/10 seconds, or none"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many calls in so many seconds; `by_wall_clock` counts in full minutes of the wall clock, `cost` to a call."""

    calls: int
    seconds: int
    by_wall_clock: bool = False
    cost: int = 1


def parse_limit(text: str) -> Limit | None:
    """Read a limit such as `40/10 seconds` or `2/second`; `none` sets none. Raises `ValueError`."""
    if text.strip().lower() == "none":
        return None
    try:
        # Of several limits every one would have to be kept.
        (item,) = parse_many(text)
    except ValueError:
        raise ValueError(_WANTED) from None
    if item.amount == 0:
        raise ValueError(_WANTED)
    return Limit(item.amount, item.get_expiry())


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a budget; `resets_at` is in seconds since 1970."""

    calls: int
    resets_at: float


class _Window(Protocol):
    async def take(self, who: str) -> float: ...

    async def left(self, who: str) -> Left: ...


class _MovingWindow:
    """At most so many calls in any stretch of so many seconds."""

    def __init__(self, limit: Limit, storage: Storage, time: Callable[[], float], name: str) -> None:
        self._limiter = MovingWindowRateLimiter(storage)
        self._time = time
        self._name = name
        self._item: RateLimitItem = RateLimitItemPerSecond(limit.calls, limit.seconds)

    async def take(self, who: str) -> float:
        if await self._limiter.hit(self._item, self._name, who):
            return 0.0
        # A full window has room again when its oldest call leaves it.
        stats = await self._limiter.get_window_stats(self._item, self._name, who)
        return max(stats.reset_time - self._time(), _LEAST_WAIT)

    async def left(self, who: str) -> Left:
        stats = await self._limiter.get_window_stats(self._item, self._name, who)
        # Where no call is in the window, it begins with the next one, whatever the storage remembers.
        unused = stats.remaining == self._item.amount
        return Left(stats.remaining, self._time() + self._item.get_expiry() if unused else stats.reset_time)


def next_minute(time: float) -> float:
    """Seconds from a moment to the next full minute of the wall clock."""
    return _MINUTE - time % _MINUTE


class _WallClockMinute:
    """At most so many credits in each minute of the wall clock."""

    def __init__(self, limit: Limit, storage: Storage, time: Callable[[], float], name: str) -> None:
        self._limiter = FixedWindowRateLimiter(storage)
        self._time = time
        self._name = name
        self._cost = limit.cost
        self._item: RateLimitItem = RateLimitItemPerSecond(limit.calls, _MINUTE)

    async def take(self, who: str) -> float:
        names = self._names(who)
        # Asked first, because a refused hit is counted all the same.
        if await self._limiter.test(self._item, *names, cost=self._cost) and await self._limiter.hit(
            self._item, *names, cost=self._cost
        ):
            return 0.0
        return max(next_minute(self._time()), _LEAST_WAIT)

    async def left(self, who: str) -> Left:
        stats = await self._limiter.get_window_stats(self._item, *self._names(who))
        return Left(stats.remaining // self._cost, self._time() + next_minute(self._time()))

    def _names(self, who: str) -> tuple[str, str, str]:
        # The minute is part of the name, so that the count begins anew with it and not with its first call.
        return self._name, who, str(math.floor(self._time() / _MINUTE))


class _Penalties:
    """How long a provider stays closed to a credential after it said that its limit was passed."""

    def __init__(self, time: Callable[[], float], seconds: Callable[[int, float], float]) -> None:
        self._time = time
        self._seconds = seconds
        self._imposed: dict[str, tuple[float, float, int]] = {}

    def wait(self, who: str) -> float:
        until, _, _ = self._imposed.get(who, (0.0, 0.0, 0))
        return max(until - self._time(), 0.0)

    def begin(self, who: str, told: float | None) -> float:
        now = self._time()
        until, length, step = self._imposed.get(who, (-math.inf, 0.0, 0))
        if now < until:
            # Sent before the penalty began, so it breaks no new rule; but the provider may tell a later end.
            seconds = max(until - now, told or 0.0)
        else:
            # Refused again within as much time as the last penalty took: the next one is on.
            step = step + 1 if now - until <= length else 0
            seconds = length = self._seconds(step, now) if told is None else told
        self._imposed[who] = (now + seconds, length, step)
        return seconds


class Budget:
    """A provider's budget: what is counted here, and the penalties that the provider imposes."""

    def __init__(
        self,
        limit: Limit | None,
        penalty: Callable[[int, float], float],
        *,
        storage: Storage,
        time: Callable[[], float],
        name: str,
    ) -> None:
        """Without a `limit` nothing is counted, and penalties are kept all the same.

        `penalty` gives the seconds of a penalty that the provider does not tell, by its number and the moment at which
        it begins: 0 for the first, 1 and on for those for being refused right after it. `time` is the wall clock's, by
        which the windows are counted.
        """
        window = _WallClockMinute if limit and limit.by_wall_clock else _MovingWindow
        self._window: _Window | None = window(limit, storage, time, name) if limit else None
        self._penalties = _Penalties(time, penalty)
        self._time = time

    async def take(self, who: str) -> float:
        """Take one call, and give 0; or take nothing, and give the seconds until it is worth trying again."""
        if wait := self._penalties.wait(who):
            return wait
        return await self._window.take(who) if self._window else 0.0

    def penalty(self, who: str) -> float:
        """Seconds for which the provider stays closed, 0 where it is open."""
        return self._penalties.wait(who)

    def empty(self, who: str, told: float | None) -> float:
        """Let nothing through for as long as the provider's penalty lasts; gives its seconds."""
        return self._penalties.begin(who, told)

    async def left(self, who: str) -> Left | None:
        """Say what is left; None where nothing is counted."""
        if self._window is None:
            return None
        wait = self._penalties.wait(who)
        return Left(0, self._time() + wait) if wait else await self._window.left(who)
