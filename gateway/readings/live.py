"""Values as they change: one feed or one poll for each name, however many listen to it."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import aclosing
from typing import Any, Final, Generic, TypeVar

from gateway.domain.clock import Deadline
from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Absent, Answer, Outcome, Reading, ServedFrom
from gateway.domain.sources import Feed
from gateway.readings.audience import Audience
from gateway.readings.entry import Entry
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Seconds for which what a feed told holds, unless it is confirmed; a feed that dies is not believed for longer.
HOLDS: Final = 6.0
_CONFIRMED: Final = HOLDS / 3
# Seconds after which listeners are told the same figure again, with what is known of it by then.
_HEARTBEAT: Final = 15.0
# Seconds between two looks at what another replica's feed has kept.
_LOOK: Final = 0.25
# Seconds for which a feed stays open after its last listener has left.
_LINGERS: Final = 10.0


class _Watch(Generic[K, V]):
    """One name's audience, and the task that tells it."""

    def __init__(self, key: K, name: str) -> None:
        self.key = key
        self.name = name
        self.audience: Audience[V] = Audience()
        self.task: asyncio.Task[None] | None = None
        self.told_at = 0.0
        # Set when the last listener has left, cleared when one comes.
        self.is_idle = asyncio.Event()


class Live(Generic[K, V]):
    """Live readings of one capability: from its feed where there is one, else by asking at its pace."""

    def __init__(self, readings: Readings[K, V], plane: Plane, feed: Feed[K, V] | None = None) -> None:
        self._readings = readings
        self._plane = plane
        self._feed = feed
        self._watches: dict[str, _Watch[K, V]] = {}

    def __len__(self) -> int:
        """Count who listens."""
        return sum(len(watch.audience) for watch in self._watches.values())

    async def listen(self, key: K) -> AsyncIterator[Reading[V]]:
        """Give the present reading first, and then every change, until the gateway shuts down.

        Trouble upstream is a reading like any other, and no end.
        """
        watch = self._watch(key)
        listener = watch.audience.admit()
        watch.is_idle.clear()
        try:
            async for reading in listener.hear():
                yield reading
        finally:
            watch.audience.leave(listener)
            if not watch.audience:
                watch.is_idle.set()

    async def close(self) -> None:
        """Dismiss everyone, and let go of every feed."""
        watches = list(self._watches.values())
        for watch in watches:
            watch.audience.dismiss()
        tasks = [watch.task for watch in watches if watch.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _watch(self, key: K) -> _Watch[K, V]:
        name = self._plane.names.of(self._readings.terms, key)
        watch = self._watches.get(name)
        if watch is None:
            watch = self._watches[name] = _Watch(key, name)
            watch.task = asyncio.create_task(self._run(watch))
        return watch

    async def _run(self, watch: _Watch[K, V]) -> None:
        telling = asyncio.create_task(self._tell(watch))
        try:
            while watch.audience or not await self._is_left(watch):
                await watch.is_idle.wait()
        finally:
            self._watches.pop(watch.name, None)
            telling.cancel()
            await asyncio.wait({telling})

    async def _is_left(self, watch: _Watch[K, V]) -> bool:
        """Linger for a while, should someone come back, and say whether nobody has."""
        await asyncio.sleep(_LINGERS)
        return not watch.audience

    async def _tell(self, watch: _Watch[K, V]) -> None:
        while True:
            if self._feed is None:
                await self._ask(watch, self._readings.terms.fresh_for)
                continue
            async with self._plane.posts.taking(watch.name) as lost:
                if lost is not None:
                    await self._feed_until(lost, watch, self._feed)
            # It is another replica's feed; what it keeps is found where it keeps it, and read anew where it does not.
            await self._ask(watch, _LOOK)

    async def _ask(self, watch: _Watch[K, V], pace: float) -> None:
        deadline = Deadline.after(self._plane.clock, self._plane.timeout)
        (reading,) = await self._readings.read([watch.key], deadline)
        self._publish(watch, reading)
        await asyncio.sleep(pace)

    async def _feed_until(self, lost: asyncio.Event, watch: _Watch[K, V], feed: Feed[K, V]) -> None:
        following = asyncio.create_task(self._follow(watch, feed))
        standing_down = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait({following, standing_down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (following, standing_down):
                task.cancel()
            await asyncio.wait({following, standing_down})

    async def _follow(self, watch: _Watch[K, V], feed: Feed[K, V]) -> None:
        confirming: asyncio.Task[None] | None = None
        latest: Entry | None = None
        try:
            async with aclosing(feed.follow(watch.key)) as events:  # type: ignore[type-var]  # a feed's iterator is a generator
                async for result in events:
                    if confirming is not None:
                        confirming.cancel()
                        confirming = None
                    if isinstance(result, UpstreamError):
                        await self._trouble(watch, result, latest)
                        continue
                    latest = await self._keep(watch, result)
                    confirming = asyncio.create_task(self._confirm(watch, latest))
        finally:
            if confirming is not None:
                confirming.cancel()
            if latest is not None:
                # No feed stands behind it any longer.
                await self._readings.keep(watch.key, Entry(latest.answer, latest.read_at))

    async def _keep(self, watch: _Watch[K, V], answer: Answer[V] | Absent) -> Entry:
        now = self._plane.clock.time()
        entry = await self._readings.keep(watch.key, Entry(answer, now, now + HOLDS))
        self._plane.health.succeeded(self._readings.terms.provider)
        self._publish(watch, self._readings.reading(entry, ServedFrom.FEED))
        return entry

    async def _confirm(self, watch: _Watch[K, V], entry: Entry) -> None:
        """Let what was told hold on, for as long as the feed says nothing else."""
        while True:
            await asyncio.sleep(_CONFIRMED)
            held = Entry(entry.answer, entry.read_at, self._plane.clock.time() + HOLDS)
            await self._readings.keep(watch.key, held)

    async def _trouble(self, watch: _Watch[K, V], error: UpstreamError, latest: Entry | None) -> None:
        problem = self._plane.health.failed(self._readings.terms.capability, error)
        if latest is not None:
            await self._readings.keep(watch.key, Entry(latest.answer, latest.read_at))
        known = await self._readings.known(watch.key)
        if known is None or isinstance(known.answer, Absent):
            self._publish(watch, Reading(Outcome.UNAVAILABLE, problem=problem))
            return
        provenance = self._readings.provenance(known, ServedFrom.CACHE)
        self._publish(watch, Reading(Outcome.STALE, known.answer.value, problem, provenance))

    def _publish(self, watch: _Watch[K, V], reading: Reading[Any]) -> None:
        now = self._plane.clock.monotonic()
        latest = watch.audience.latest
        moved = latest is None or reading.provenance != latest.provenance
        heartbeat = moved and now - watch.told_at >= _HEARTBEAT
        if heartbeat or latest is None:
            watch.told_at = now
        watch.audience.tell(reading, heartbeat=heartbeat)
