"""Answers for one capability: from the store where fresh enough, else from the source, else honestly not."""

import asyncio
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from gateway.domain.clock import Clock, Deadline, instant
from gateway.domain.problem import Problem, ProblemCode, UpstreamError
from gateway.domain.reading import Absent, Answer, Outcome, Provenance, Reading, ServedFrom
from gateway.domain.sources import Effort, Result, Source
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.store import Entry, Store, name_of

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Seconds past its deadline after which a source is cut off.
_GRACE = 1.0


@dataclass(frozen=True, slots=True)
class _Landing:
    """What a call brought for one key: a newer entry, or the problem that it met."""

    entry: Entry | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Plane:
    """What all readings share: where answers are kept, what is under way, and how the providers are doing."""

    store: Store
    flights: Flights[_Landing]
    health: Health
    clock: Clock
    # Seconds that one upstream call may take, whoever waits for it.
    timeout: float


class Readings(Generic[K, V]):
    """Readings of one source, by key."""

    def __init__(self, source: Source[K, V], plane: Plane) -> None:
        self._source = source
        self._terms = source.terms
        self._plane = plane

    async def read(self, keys: Sequence[K], deadline: Deadline, max_age: float | None = None) -> list[Reading[V]]:
        """Give one reading for each key, in order; `max_age` in seconds, 0 to read now, None for the default.

        Raises nothing for trouble upstream, and takes no longer than the deadline.
        """
        limit = self._terms.fresh_for if max_age is None else max_age
        named = {name_of(self._terms, key): key for key in keys}
        entries = dict(zip(named, await self._plane.store.get(list(named)), strict=True))
        readings: dict[str, Reading[V]] = {}
        for name, entry in entries.items():
            if entry is not None and self._is_within(entry, limit):
                readings[name] = self._good(entry, ServedFrom.CACHE)
        due = {name: key for name, key in named.items() if name not in readings}
        for name, landing in (await self._landings(due, entries, deadline)).items():
            readings[name] = self._landed(landing, entries[name], limit)
        return [readings[name_of(self._terms, key)] for key in keys]

    async def _landings(
        self, due: dict[str, K], known: dict[str, Entry | None], deadline: Deadline
    ) -> dict[str, _Landing]:
        """Join the calls under way, start the rest, and wait until all have landed or the time is up."""
        if not due:
            return {}
        flights = self._plane.flights
        futures = {name: future for name in due if (future := flights.landing(name))}
        rest = [name for name in due if name not in futures]
        for start in range(0, len(rest), self._terms.max_keys):
            chunk = {name: due[name] for name in rest[start : start + self._terms.max_keys]}
            call = partial(self._call, chunk, self._effort(chunk, known))
            futures |= zip(chunk, flights.start(list(chunk), call), strict=True)
        # Waiting this way leaves the calls alone when this request is cancelled.
        await asyncio.wait(futures.values(), timeout=deadline.remaining())
        late: list[Problem] = []
        return {name: self._outcome(future, late) for name, future in futures.items()}

    def _outcome(self, future: "asyncio.Future[_Landing]", late: list[Problem]) -> _Landing:
        if future.done() and not future.cancelled():
            return future.result()
        if not late:
            code = ProblemCode.UNAVAILABLE if future.cancelled() else ProblemCode.TIMEOUT
            detail = "the gateway is shutting down" if future.cancelled() else "the request's deadline passed"
            error = UpstreamError(code, self._terms.provider, detail=detail)
            late.append(self._plane.health.failed(self._terms.capability, error))
        return _Landing(problem=late[0])

    def _effort(self, chunk: dict[str, K], known: dict[str, Entry | None]) -> Effort:
        """Say what an answer is worth: less where an older one can stand in for each key."""
        answers = {key: entry.answer for name, key in chunk.items() if (entry := known[name])}
        floors = {key: answer.position for key, answer in answers.items() if answer.position}
        can_do_without = len(answers) == len(chunk) and not any(isinstance(each, Absent) for each in answers.values())
        # The call belongs to whoever waits for it, so it has a whole request's time and not what is left of one.
        return Effort(Deadline.after(self._plane.clock, self._plane.timeout), not can_do_without, floors)

    async def _call(self, chunk: dict[str, K], effort: Effort) -> list[_Landing]:
        results = await self._results(list(chunk.values()), effort)
        if any(not isinstance(result, UpstreamError) for result in results):
            self._plane.health.succeeded(self._terms.provider)
        problems: dict[int, Problem] = {}
        for result in results:
            # One error for many keys is one trouble: one line in the log, one reference.
            if isinstance(result, UpstreamError) and id(result) not in problems:
                problems[id(result)] = self._plane.health.failed(self._terms.capability, result)
        landings = zip(chunk, results, strict=True)
        return [await self._land(name, result, problems) for name, result in landings]

    async def _results(self, keys: Sequence[K], effort: Effort) -> Sequence[Result[V]]:
        error: UpstreamError
        try:
            # A source keeps its deadline by itself; this is for one that does not.
            async with asyncio.timeout(self._plane.timeout + _GRACE):
                results = await self._source.answers(keys, effort)
            if len(results) == len(keys):
                return results
            error = UpstreamError(ProblemCode.INTERNAL, self._terms.provider, detail="not one result for each key")
        except UpstreamError as trouble:
            error = trouble
        except TimeoutError:
            error = UpstreamError(ProblemCode.TIMEOUT, self._terms.provider, detail="the call took too long")
        except Exception as fault:  # noqa: BLE001 - whatever a provider's code does wrong costs only its own figures
            error = UpstreamError(
                ProblemCode.INTERNAL, self._terms.provider, detail=f"unforeseen {type(fault).__name__}"
            )
            error.__cause__ = fault
        return [error] * len(keys)

    async def _land(self, name: str, result: Result[V], problems: dict[int, Problem]) -> _Landing:
        if isinstance(result, UpstreamError):
            return _Landing(problem=problems[id(result)])
        (known,) = await self._plane.store.get([name])
        if known and result.position and result.position.is_before(known.answer.position):
            error = UpstreamError(ProblemCode.BEHIND, self._terms.provider, detail="a position before one already read")
            return _Landing(known, self._plane.health.failed(self._terms.capability, error))
        entry = Entry(result, self._plane.clock.time())
        await self._plane.store.put(name, entry)
        return _Landing(entry)

    def _is_within(self, entry: Entry, limit: float) -> bool:
        # Where the machine's clock was put back, an entry seems to come from the future, and its age is unknown.
        return limit > 0 and 0 <= self._plane.clock.time() - entry.read_at <= limit

    def _landed(self, landing: _Landing, kept: Entry | None, limit: float) -> Reading[V]:
        older = landing.entry or kept
        if older is None:
            return Reading(Outcome.UNAVAILABLE, problem=landing.problem)
        if landing.problem is None:
            return self._good(older, ServedFrom.UPSTREAM)
        # A lagging node takes nothing away from a newer reading that is still young enough.
        if landing.problem.code is ProblemCode.BEHIND and self._is_within(older, limit):
            return self._good(older, ServedFrom.CACHE)
        # That nothing was there is no figure to fall back on.
        if isinstance(older.answer, Absent):
            return Reading(Outcome.UNAVAILABLE, problem=landing.problem)
        provenance = self._provenance(older, ServedFrom.CACHE)
        return Reading(Outcome.STALE, older.answer.value, landing.problem, provenance)

    def _good(self, entry: Entry, served_from: ServedFrom) -> Reading[V]:
        provenance = self._provenance(entry, served_from)
        if isinstance(entry.answer, Absent):
            return Reading(Outcome.ABSENT, provenance=provenance)
        return Reading(Outcome.FRESH, entry.answer.value, provenance=provenance)

    def _provenance(self, entry: Entry, served_from: ServedFrom) -> Provenance:
        answer: Answer[Any] | Absent = entry.answer
        read_at = instant(entry.read_at)
        return Provenance(self._terms.provider, answer.operation, read_at, served_from, answer.position)
