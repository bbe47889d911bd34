"""A loop that waits for nothing but sockets: where nobody has anything to do, the clock goes to the next timer."""

import asyncio
import os
import selectors
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

# Looks without a byte after which everyone is taken to be waiting for a timer.
_IDLE = 3


class SwiftClock:
    """The machine's clocks, and how far they have been put forward."""

    def __init__(self) -> None:
        self._time, self._monotonic = time.time, time.monotonic
        self._ahead = 0.0

    def time(self) -> float:
        return self._time() + self._ahead

    def monotonic(self) -> float:
        return self._monotonic() + self._ahead

    def put_forward(self, seconds: float) -> None:
        self._ahead += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, clock: SwiftClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select()
        for _ in range(_IDLE):
            if ready := super().select(0):
                return ready
            os.sched_yield()
        self._clock.put_forward(max(timeout, 0))
        return []


@contextmanager
def swift(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[asyncio.Runner, SwiftClock]]:
    """Give a runner of such a loop, and its clock, which `time.time` and `time.monotonic` show everyone meanwhile."""
    clock = SwiftClock()
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", clock.time)
        patched.setattr(time, "monotonic", clock.monotonic)
        with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Selector(clock))) as runner:
            yield runner, clock
