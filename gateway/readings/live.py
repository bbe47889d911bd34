"""Values as they change: one feed or one poll for each name, however many listen to it."""

import asyncio
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing, suppress
from typing import Any, Final, Generic, TypeVar, cast

from gateway.domain.clock import Deadline
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Absent, Answer, Outcome, Position, Reading, ServedFrom
from gateway.domain.sources import Feed, Result
from gateway.readings.audience import Audience, differs
from gateway.readings.entry import Entry
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Seconds for which what a feed told holds, unless it is confirmed; a feed that dies is not believed for longer.
HOLDS: Final = 6.0
_CONFIRMED: Final = HOLDS / 3
# Seconds after which listeners are told the same figure again, with what is known of it by then.
HEARTBEAT: Final = 15.0
# Seconds between two looks at what another replica's feed has kept.
_LOOK: Final = 0.25
# Seconds for which a feed stays open after its last listener has left.
LINGERS: Final = 10.0
# Seconds before what broke here is tried again.
_PAUSE: Final = 5.0


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
        # Set when there is reason to believe that the figure has changed: something was read at this later position.
        self.is_due = asyncio.Event()
        self.moved_to: Position | None = None

    def is_behind(self, position: Position | None) -> bool:
        """Say whether what was told last was read before a position."""
        latest = self.audience.latest
        known = latest.provenance.position if latest and latest.provenance else None
        return known is not None and known.is_before(position)


class Live(Generic[K, V]):
    """Live readings of one capability: from its feed where there is one, else by asking at its pace."""

    def __init__(
        self,
        readings: Readings[K, V],
        plane: Plane,
        feed: Feed[K, V] | None = None,
        *,
        heartbeat: float = HEARTBEAT,
        lingers: float = LINGERS,
    ) -> None:
        """Times are in seconds; a figure that does not change is told again every `heartbeat`."""
        self._readings = readings
        self._plane = plane
        self._feed = feed
        self._heartbeat = heartbeat
        self._lingers = lingers
        self._watches: dict[str, _Watch[K, V]] = {}
        if feed is None:
            readings.on_position.append(self._moved)

    def __len__(self) -> int:
        """Count who listens."""
        return sum(len(watch.audience) for watch in self._watches.values())

    async def listen(self, key: K) -> AsyncGenerator[Reading[V], None]:
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
        await asyncio.sleep(self._lingers)
        return not watch.audience

    def _moved(self, position: Position) -> None:
        """Ask sooner for what was read before a block that has been seen since."""
        for watch in self._watches.values():
            if watch.is_behind(position):
                watch.moved_to = position
                watch.is_due.set()

    async def _tell(self, watch: _Watch[K, V]) -> None:
        while True:
            try:
                await self._tell_once(watch)
            except Exception as fault:  # noqa: BLE001 - whatever a feed's code does wrong costs only its own listeners
                await self._crashed(watch, fault)

    async def _tell_once(self, watch: _Watch[K, V]) -> None:
        if self._feed is None:
            await self._ask(watch, self._readings.terms.fresh_for)
            return
        async with self._plane.posts.taking(watch.name) as lost:
            if lost is not None:
                await self._feed_until(lost, watch, self._feed)
        # It is another replica's feed; what it keeps is found where it keeps it, and read anew where it does not.
        await self._ask(watch, _LOOK)

    async def _crashed(self, watch: _Watch[K, V], fault: Exception) -> None:
        error = UpstreamError(
            ProblemCode.INTERNAL, self._readings.terms.provider, detail=f"unforeseen {type(fault).__name__}"
        )
        error.__cause__ = fault
        await self._trouble(watch, error)
        await asyncio.sleep(_PAUSE)

    async def _ask(self, watch: _Watch[K, V], pace: float) -> None:
        deadline = Deadline.after(self._plane.clock, self._plane.timeout)
        max_age = 0 if watch.is_due.is_set() else None
        watch.is_due.clear()
        (reading,) = await self._readings.read([watch.key], deadline, max_age)
        self._publish(watch, reading)
        if not watch.is_behind(watch.moved_to):
            # What moved was found by this very reading.
            watch.is_due.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(watch.is_due.wait(), pace)

    async def _feed_until(self, lost: asyncio.Event, watch: _Watch[K, V], feed: Feed[K, V]) -> None:
        following = asyncio.create_task(self._follow(watch, feed))
        standing_down = asyncio.create_task(lost.wait())
        try:
            await asyncio.wait({following, standing_down}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
        finally:
            for task in (following, standing_down):
                task.cancel()
            await asyncio.wait({following, standing_down})

    async def _follow(self, watch: _Watch[K, V], feed: Feed[K, V]) -> None:
        confirming: asyncio.Task[None] | None = None
        last: Entry | None = None
        since = 0.0
        events: AsyncGenerator[Result[V], None] = cast("AsyncGenerator[Result[V], None]", feed.follow(watch.key))
        try:
            async with aclosing(events):
                async for result in events:
                    if confirming is not None:
                        confirming.cancel()
                        confirming = None
                    if isinstance(result, UpstreamError):
                        last = None
                        await self._trouble(watch, result)
                    else:
                        now = self._plane.clock.time()
                        if last is None or not _is_same(last.answer, result):
                            since = now
                        last = await self._keep(watch, Entry(result, now, now + HOLDS), since)
                        confirming = asyncio.create_task(self._confirm(watch, last, since))
        finally:
            if confirming is not None:
                confirming.cancel()
            await self._withdraw(watch)

    async def _keep(self, watch: _Watch[K, V], told: Entry, since: float) -> Entry:
        entry = await self._hold(watch, told, since)
        self._plane.health.succeeded(self._readings.terms.provider)
        self._publish(watch, self._readings.reading(entry, ServedFrom.FEED))
        return entry

    async def _confirm(self, watch: _Watch[K, V], entry: Entry, since: float) -> None:
        """Let what was told hold on, for as long as the feed says nothing else."""
        while True:
            await asyncio.sleep(_CONFIRMED)
            held = Entry(entry.answer, entry.read_at, self._plane.clock.time() + HOLDS)
            await self._hold(watch, held, since)

    async def _hold(self, watch: _Watch[K, V], told: Entry, since: float) -> Entry:
        """Keep what the feed has told since a moment, unless something else was read after it; gives what is told.

        A feed that says the same once more may have missed a change, or not have heard of it yet.
        """
        known = await self._readings.known(watch.key)
        is_read_since = known is not None and known.answer.position is None and known.read_at > since
        if is_read_since and known is not None and not _is_same(known.answer, told.answer):
            return told
        return await self._readings.keep(watch.key, told)

    async def _withdraw(self, watch: _Watch[K, V]) -> Entry | None:
        """Let what was told grow old like any other answer: no feed stands behind it any longer."""
        known = await self._readings.known(watch.key)
        if known is not None and known.fed_until is not None:
            return await self._readings.keep(watch.key, Entry(known.answer, known.read_at))
        return known

    async def _trouble(self, watch: _Watch[K, V], error: UpstreamError) -> None:
        problem = self._plane.health.failed(self._readings.terms.capability, error)
        known = await self._withdraw(watch)
        gone: Reading[V] = Reading(Outcome.UNAVAILABLE, problem=problem)
        self._publish(watch, gone if known is None else self._readings.stale(known, problem))

    def _publish(self, watch: _Watch[K, V], reading: Reading[Any]) -> None:
        now = self._plane.clock.monotonic()
        latest = watch.audience.latest
        moved = latest is not None and reading.provenance != latest.provenance
        heartbeat = moved and now - watch.told_at >= self._heartbeat
        if heartbeat or latest is None or differs(reading, latest):
            watch.told_at = now
        watch.audience.tell(reading, heartbeat=heartbeat)


def _is_same(one: Answer[Any] | Absent, other: Answer[Any] | Absent) -> bool:
    """Whether two answers show the same, whenever and however they were read."""
    if isinstance(one, Answer) and isinstance(other, Answer):
        return bool(one.value == other.value)
    return isinstance(one, Absent) and isinstance(other, Absent)
