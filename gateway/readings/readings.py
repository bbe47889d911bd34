"""Answers for one capability: from the store where fresh enough, else from the source, else honestly not."""

import asyncio
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from gateway.domain.clock import Deadline
from gateway.domain.problem import Problem, ProblemCode, UpstreamError
from gateway.domain.reading import Absent, Outcome, Position, Reading, ServedFrom
from gateway.domain.sources import Effort, Result, Source
from gateway.readings.age import Ages, is_news, kept_as
from gateway.readings.boarding import Boarding
from gateway.readings.dressing import Dressing
from gateway.readings.entry import Entry
from gateway.readings.hand import Hand, Hits
from gateway.readings.landing import Landing
from gateway.readings.plane import Plane
from gateway.readings.store import Kept
from gateway.readings.tally import Found

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Seconds past its deadline after which a source is cut off.
_GRACE = 1.0
# The longest age that anyone may accept: some sixty years, so that no moment lies past the calendar's end.
_LONGEST = 2.0**31


class Readings(Generic[K, V]):
    """Readings of one source, by key."""

    def __init__(self, source: Source[K, V], plane: Plane, shape: Any) -> None:
        """`shape` is the type of the source's values, by which the shared tier reads them again."""
        self._source = source
        self.terms = source.terms
        self._plane = plane
        self._names = plane.names.book(source.terms)
        self._shape = shape
        self._boarding: Boarding[K] = Boarding(plane.flights, source.terms.max_keys, self._call)
        self._ages = Ages(plane.clock)
        self._dressing: Dressing[V] = Dressing(source.terms.provider)
        self._hand: Hand[K, V] = Hand(plane.store, self._names, plane.clock, self._dressing, self._refresh)
        # Told of each position that an answer was read at.
        self.on_position: list[Callable[[Position], None]] = []

    async def read(
        self,
        keys: Sequence[K],
        deadline: Deadline,
        max_age: float | None = None,
        landed: Callable[[K, Reading[V]], None] | None = None,
        before: list[object] | None = None,
    ) -> list[Reading[V]]:
        """Give one reading for each key, in order; `max_age` in seconds, 0 to read now, None for the default.

        Raises nothing for trouble upstream, and takes no longer than the deadline. `landed` is shown what is read well
        as soon as it is, while the rest is waited for. `before` is given what was kept until then: to let go of it
        takes time, and whoever waits for an answer shall not wait for that.
        """
        limit = self._limit(max_age)
        names = [self._names.of(key) for key in keys]
        named = dict(zip(names, keys, strict=True))
        kept = dict(zip(named, await self._plane.store.get(list(named), self._shape), strict=True))
        if before is not None:
            before.append(kept)
        readings = {
            name: self._dressing.good(each.entry, limit, kept_as(each.entry))
            # Nothing that is kept is young enough for whoever wants it read now.
            for name, each in (() if max_age == 0 else kept.items())
            if each.entry is not None
            and (self._ages.is_within(each, limit) or (max_age is None and self._ages.is_fed(each)))
        }
        self._plane.tally.count(self.terms.capability, Found.HIT, len(readings))
        self._refresh({name: named[name] for name in readings if self._ages.is_nearly(kept[name], limit)}, kept)
        due = {name: key for name, key in named.items() if name not in readings}
        dressed: dict[str, Reading[V]] = {}
        show = partial(self._show, due, limit, landed, dressed) if landed and len(due) > 1 else None
        landings = await self._landings(due, kept, deadline, show)
        for name, landing in landings.items():
            readings[name] = dressed.get(name) or self._landed(landing, kept[name], limit)
        stale = sum(1 for name, landing in landings.items() if landing.problem and (landing.entry or kept[name].entry))
        self._plane.tally.count(self.terms.capability, Found.STALE, stale)
        self._plane.tally.count(self.terms.capability, Found.MISS, len(landings) - stale)
        return [readings[name] for name in names]

    def at_hand(self, keys: Sequence[K], max_age: float | None = None) -> Hits[V] | None:
        """Give the readings that `read` would give, if each is in memory and young enough: at once, and all or none.

        They are not counted until they are `shown`.
        """
        return self._hand.give(keys, self._limit(max_age), by_default=max_age is None)

    def _limit(self, max_age: float | None) -> float:
        return min(self.terms.fresh_for if max_age is None else max_age, _LONGEST)

    def shown(self, reads: int) -> None:
        """Take note that so many hits were shown: what is at hand is of no use where something else is not."""
        self._plane.tally.count(self.terms.capability, Found.HIT, reads)

    async def keep(self, key: K, entry: Entry) -> Entry:
        """Keep what a feed told; gives it, or what is known instead where that is from a later position."""
        (newer,) = await self._plane.store.put({self._names.of(key): entry}, self._shape)
        return entry if newer is None or newer.entry is None else newer.entry

    async def known(self, key: K) -> Entry | None:
        """Give the newest answer that is kept, however old."""
        (kept,) = await self._plane.store.get([self._names.of(key)], self._shape)
        return kept.entry

    def reading(self, entry: Entry, served_from: ServedFrom) -> Reading[V]:
        """Dress an answer that is good now."""
        return self._dressing.good(entry, self.terms.fresh_for, served_from)

    def stale(self, entry: Entry, problem: Problem) -> Reading[V]:
        """Dress an older answer that stands in for one that could not be had."""
        return self._dressing.stale(entry, problem)

    def _refresh(self, nearly: Mapping[str, K], kept: Mapping[str, Kept]) -> None:
        """Read again what is nearing its age, behind the response; never waiting for a budget that is spent."""
        flights = self._plane.flights
        idle = [name for name in nearly if flights.landing(name) is None]
        self._boarding.board({name: nearly[name] for name in idle}, kept)
        self._plane.tally.count(self.terms.capability, Found.REFRESH, len(idle))

    def _show(
        self,
        due: Mapping[str, K],
        limit: float,
        landed: Callable[[K, Reading[V]], None],
        dressed: dict[str, Reading[V]],
        future: "asyncio.Future[Mapping[str, Landing]]",
    ) -> None:
        for name, landing in () if future.cancelled() else future.result().items():
            if name in due and landing.entry is not None and landing.problem is None:
                dressed[name] = self._dressing.good(landing.entry, limit, landing.served_from)
                landed(due[name], dressed[name])

    async def _landings(
        self,
        due: dict[str, K],
        kept: Mapping[str, Kept],
        deadline: Deadline,
        show: "Callable[[asyncio.Future[Mapping[str, Landing]]], None] | None" = None,
    ) -> dict[str, Landing]:
        """Join the calls under way, start the rest, and wait until all have landed or the time is up."""
        if not due:
            return {}
        flights = self._plane.flights
        futures = {name: future for name in due if (future := flights.landing(name))}
        futures |= self._boarding.board({name: key for name, key in due.items() if name not in futures}, kept)
        # In their order: whoever asked first is shown first.
        calls = dict.fromkeys(futures.values())
        if show is not None:
            for future in calls:
                future.add_done_callback(show)
        # Waiting this way leaves the calls alone when this request is cancelled.
        await asyncio.wait(calls, timeout=deadline.remaining())
        brought = {each: each.result() for each in calls if each.done() and not each.cancelled()}
        late: list[Problem] = []
        return {
            name: brought[future][name] if future in brought else self._missing(future, late)
            for name, future in futures.items()
        }

    def _missing(self, future: "asyncio.Future[Mapping[str, Landing]]", late: list[Problem]) -> Landing:
        """Say why a call brought nothing; one trouble for all of them."""
        if not late:
            code = ProblemCode.UNAVAILABLE if future.cancelled() else ProblemCode.TIMEOUT
            detail = "the gateway is shutting down" if future.cancelled() else "the request's deadline passed"
            late.append(self._problem(code, detail))
        return Landing(problem=late[0])

    def _problem(self, code: ProblemCode, detail: str) -> Problem:
        error = UpstreamError(code, self.terms.provider, detail=detail)
        return self._plane.health.failed(self.terms.capability, error)

    def _effort(self, chunk: Mapping[str, K], kept: Mapping[str, Kept]) -> Effort:
        """Say what an answer is worth: less where an older one can stand in for each key."""
        answers = [entry.answer for name in chunk if (entry := kept[name].entry) is not None]
        floors = {key: floor for name, key in chunk.items() if (floor := kept[name].floor)}
        can_do_without = len(answers) == len(chunk) and not any(isinstance(each, Absent) for each in answers)
        # The call belongs to whoever waits for it, so it has a whole request's time and not what is left of one.
        return Effort(Deadline.after(self._plane.clock, self._plane.timeout), not can_do_without, floors)

    async def _call(self, chunk: dict[str, K], kept: Mapping[str, Kept]) -> list[Landing]:
        """Bring a landing for each name of a chunk: from the source, or from another replica that is asking it."""
        effort = self._effort(chunk, kept)

        async def ask(names: Sequence[str]) -> Mapping[str, Landing]:
            return await self._ask({name: chunk[name] for name in names}, effort)

        async def look(names: Sequence[str]) -> Mapping[str, Landing]:
            found = zip(names, await self._plane.store.get(names, self._shape), strict=True)
            return {
                name: Landing(now.entry, served_from=ServedFrom.CACHE)
                for name, now in found
                if is_news(now, kept[name])
            }

        turns = self._plane.turns
        if turns is None:
            landed = await ask(list(chunk))
        else:
            landed = await turns.run(list(chunk), ask=ask, look=look, deadline=effort.deadline)
        late: list[Problem] = []
        return [landed.get(name) or self._late(late) for name in chunk]

    def _late(self, late: list[Problem]) -> Landing:
        if not late:
            late.append(self._problem(ProblemCode.TIMEOUT, "another replica's call took too long"))
        return Landing(problem=late[0])

    async def _ask(self, chunk: Mapping[str, K], effort: Effort) -> Mapping[str, Landing]:
        asked_at = self._plane.clock.time()
        results = await self._results(list(chunk.values()), effort)
        if any(not isinstance(result, UpstreamError) for result in results):
            self._plane.health.succeeded(self.terms.provider)
        problems: dict[int, Problem] = {}
        for result in results:
            # One error for many keys is one trouble: one line in the log, one reference.
            if isinstance(result, UpstreamError) and id(result) not in problems:
                problems[id(result)] = self._plane.health.failed(self.terms.capability, result)
        landings: dict[str, Landing] = {}
        entries: dict[str, Entry] = {}
        now = self._plane.clock.time()
        for name, result in zip(chunk, results, strict=True):
            if isinstance(result, UpstreamError):
                landings[name] = Landing(problem=problems[id(result)])
            else:
                entries[name] = Entry(result, now)
        newer = await self._plane.store.put(entries, self._shape, asked_at=asked_at)
        for position in {entry.answer.position for entry in entries.values() if entry.answer.position}:
            for hear in self.on_position:
                hear(position)
        return landings | {
            name: Landing(entry) if known is None else self._behind(entry, known)
            for (name, entry), known in zip(entries.items(), newer, strict=True)
        }

    def _behind(self, entry: Entry, known: Kept) -> Landing:
        if entry.answer.position is None and known.entry is not None:
            # What a feed told after it was asked for is no older than what was wanted.
            return Landing(known.entry, served_from=kept_as(known.entry))
        problem = self._problem(ProblemCode.BEHIND, "a position before one already read")
        return Landing(known.entry, problem, ServedFrom.CACHE)

    async def _results(self, keys: Sequence[K], effort: Effort) -> Sequence[Result[V]]:
        error: UpstreamError
        try:
            # A source keeps its deadline by itself; this is for one that does not.
            async with asyncio.timeout(self._plane.timeout + _GRACE):
                results = await self._source.answers(keys, effort)
            if len(results) == len(keys):
                return results
            error = UpstreamError(ProblemCode.INTERNAL, self.terms.provider, detail="not one result for each key")
        except UpstreamError as trouble:
            error = trouble
        except TimeoutError:
            error = UpstreamError(ProblemCode.TIMEOUT, self.terms.provider, detail="the call took too long")
        except Exception as fault:  # noqa: BLE001 - whatever a provider's code does wrong costs only its own figures
            error = UpstreamError(
                ProblemCode.INTERNAL, self.terms.provider, detail=f"unforeseen {type(fault).__name__}"
            )
            error.__cause__ = fault
        return [error] * len(keys)

    def _landed(self, landing: Landing, kept: Kept, limit: float) -> Reading[V]:
        older = landing.entry or kept.entry
        if older is None:
            return Reading(Outcome.UNAVAILABLE, problem=landing.problem)
        if landing.problem is None:
            return self._dressing.good(older, limit, landing.served_from)
        # A lagging node takes nothing away from a newer reading that is still young enough.
        if landing.problem.code is ProblemCode.BEHIND and self._ages.is_within(Kept(older, kept.floor), limit):
            return self._dressing.good(older, limit)
        return self._dressing.stale(older, landing.problem)
