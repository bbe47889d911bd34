"""Who listens to one name: each hears every change in order, and who is slow hears the latest."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Any, Final, Generic, TypeVar

from gateway.domain.reading import Reading

V = TypeVar("V")

# Readings that wait for a listener who is slow; past it only the latest is left to hear.
_WAITING: Final = 8
# Listeners that make their events before anything else has its turn.
_AT_ONCE: Final = 16


class Listener(Generic[V]):
    """One who listens; hears what is told until it is dismissed."""

    def __init__(self) -> None:
        self._waiting: deque[Reading[V]] = deque()
        self._news = asyncio.Event()
        self._is_dismissed = False

    def tell(self, reading: Reading[V]) -> None:
        """Keep a reading for it, to be heard once it is woken."""
        if len(self._waiting) == _WAITING:
            self._waiting.clear()
        self._waiting.append(reading)

    def wake(self) -> None:
        self._news.set()

    def dismiss(self) -> None:
        """Let it hear what it has been told, and then nothing more."""
        self._is_dismissed = True
        self._news.set()

    async def hear(self) -> AsyncIterator[Reading[V]]:
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._is_dismissed:
                return
            self._news.clear()
            await self._news.wait()


class Audience(Generic[V]):
    """All who listen to one name, and what they were told last."""

    def __init__(self) -> None:
        self._listeners: set[Listener[V]] = set()
        self.latest: Reading[V] | None = None

    def __len__(self) -> int:
        return len(self._listeners)

    def admit(self) -> Listener[V]:
        """Let one more listen; it hears the present state first, where there is one yet."""
        listener: Listener[V] = Listener()
        if self.latest is not None:
            listener.tell(self.latest)
        self._listeners.add(listener)
        return listener

    def leave(self, listener: Listener[V]) -> None:
        self._listeners.discard(listener)

    def tell(self, reading: Reading[V], *, heartbeat: bool) -> None:
        """Tell everyone, if it is news: a change, or with `heartbeat` the same figure confirmed."""
        if self.latest is None or heartbeat or differs(reading, self.latest):
            for listener in self._listeners:
                listener.tell(reading)
            self._wake(iter(list(self._listeners)))
        self.latest = reading

    def _wake(self, listeners: Iterator[Listener[V]]) -> None:
        """Wake some, and the others when these have made their events: queries are answered in between."""
        some = list(islice(listeners, _AT_ONCE))
        for listener in some:
            listener.wake()
        if some:
            asyncio.get_running_loop().call_soon(self._wake, listeners)

    def dismiss(self) -> None:
        for listener in self._listeners:
            listener.dismiss()


def differs(one: Reading[Any], other: Reading[Any]) -> bool:
    """Whether two readings differ in anything but when and how they were read."""
    codes = [each.problem.code if each.problem else None for each in (one, other)]
    return (one.outcome, one.value, codes[0]) != (other.outcome, other.value, codes[1])
