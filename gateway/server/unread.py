"""The time in which a caller has to read some of what lies unread, again and again until it has read it all."""

import asyncio
from collections.abc import Callable

from gateway.server.crowd import ConnectionLimits


class Unread:
    """Watches one connection while anything lies unread there."""

    # There is one for each connection.
    __slots__ = ("_clock", "_limits", "_loop", "_shrinks", "_size", "_too_slow")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        limits: ConnectionLimits,
        size: Callable[[], int],
        too_slow: Callable[[], object],
        shrinks: Callable[[int], object] = lambda _: None,
    ) -> None:
        """`size` gives the bytes that lie unread, and `shrinks` is told what some reading left of them.

        `too_slow` is called where less was read in the time than had to be.
        """
        self._loop = loop
        self._limits = limits
        self._size = size
        self._too_slow = too_slow
        self._shrinks = shrinks
        self._clock: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Let the time begin, anew where it was running."""
        self.end()
        self._run(self._size())

    def end(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _run(self, size: int) -> None:
        self._clock = self._loop.call_later(self._limits.unread_time, self._look, size)

    def _look(self, before: int) -> None:
        size = self._size()
        if before - size < self._limits.least_read:
            self._too_slow()
            return
        self._shrinks(size)
        self._run(size)
