"""An aiocache backend in the process's own memory, bounded: the least recently used entry makes room."""

from collections import OrderedDict
from collections.abc import Sequence
from math import inf

from gateway.domain.clock import Clock
from gateway.readings.backend import BaseCache, NullSerializer


class BoundedMemory(BaseCache):
    """Keeps at most `max_entries` immutable values; aiocache's own memory backend has no bound and uses loop timers."""

    NAME = "bounded_memory"

    def __init__(self, max_entries: int, clock: Clock) -> None:
        # With no timeout aiocache spares each call a task of its own.
        super().__init__(serializer=NullSerializer(), timeout=0)
        self._max_entries = max_entries
        self._clock = clock
        self._entries: OrderedDict[str, tuple[object, float]] = OrderedDict()
        # Raised by each change.
        self.version = 0

    def __len__(self) -> int:
        return len(self._entries)

    def peek(self, key: str) -> object:
        """Give what is kept under a key, without waiting; it counts as used."""
        return self._live(key, self._clock.monotonic())

    async def multi_get(self, keys: Sequence[str]) -> list[object]:
        """Give what is kept under each key, in order; aiocache's own goes through four layers that do nothing here."""
        now = self._clock.monotonic()
        return [self._live(key, now) for key in keys]

    async def multi_set(self, pairs: Sequence[tuple[str, object]], ttl: float | None = None) -> bool:
        """Keep each value under its key for so many seconds; for good where none are given, as aiocache has it."""
        expires = self._clock.monotonic() + (inf if ttl is None else ttl)
        for key, value in pairs:
            self._keep(key, value, expires)
        return True

    async def _set(self, key: str, value: object, ttl: float, _cas_token: object = None, _conn: object = None) -> bool:
        self._keep(key, value, self._clock.monotonic() + ttl)
        return True

    async def _delete(self, key: str, _conn: object = None) -> int:
        self.version += 1
        return 1 if self._entries.pop(key, None) else 0

    def _keep(self, key: str, value: object, expires: float) -> None:
        self.version += 1
        self._entries[key] = (value, expires)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def _live(self, key: str, now: float) -> object:
        entry = self._entries.get(key)
        if entry is None:
            return None
        value, expires = entry
        if expires <= now:
            self.version += 1
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return value
