"""Makes readings of answers: who told them and when, and until when they may be repeated."""

from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

from gateway.domain.clock import instant
from gateway.domain.problem import Problem
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Outcome, Provenance, Reading, ServedFrom
from gateway.readings.age import holds
from gateway.readings.entry import Entry

V = TypeVar("V")


class _Told(NamedTuple):
    """What was told last of where an answer came from; `read_at` is in seconds since 1970."""

    read_at: float
    provenance: Provenance


class _Dated(NamedTuple):
    """Until when an answer of that provenance may be repeated to a caller for whom it holds so many seconds."""

    provenance: Provenance
    holds: float
    good_until: datetime


class Dressing(Generic[V]):
    """Dresses one provider's answers; what is read together is mostly told alike, so the last of it is remembered."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._told: _Told | None = None
        self._dated: _Dated | None = None

    def good(self, entry: Entry, limit: float, served_from: ServedFrom = ServedFrom.CACHE) -> Reading[V]:
        """Dress an answer that is good for a caller who accepts that age, in seconds."""
        provenance = self._provenance(entry, served_from)
        good_until = self._until(provenance, holds(entry, limit))
        if entry.fed_until is not None and served_from is ServedFrom.FEED:
            good_until = max(good_until, instant(entry.fed_until))
        if isinstance(entry.answer, Absent):
            return Reading(Outcome.ABSENT, provenance=provenance, good_until=good_until, keeps=entry.keeps)
        return Reading(Outcome.FRESH, entry.answer.value, None, provenance, good_until, entry.keeps)

    def stale(self, entry: Entry, problem: Problem | None) -> Reading[V]:
        """Dress an older answer that stands in for one that could not be had."""
        # That nothing was there is no figure to fall back on.
        if isinstance(entry.answer, Absent):
            return Reading(Outcome.UNAVAILABLE, problem=problem)
        provenance = self._provenance(entry, ServedFrom.CACHE)
        return Reading(Outcome.STALE, entry.answer.value, problem, provenance, keeps=entry.keeps)

    def _until(self, provenance: Provenance, seconds: float) -> datetime:
        dated = self._dated
        if dated is None or dated.provenance is not provenance or dated.holds != seconds:
            until = provenance.read_at + timedelta(seconds=seconds)
            dated = self._dated = _Dated(provenance, seconds, until)
        return dated.good_until

    def _provenance(self, entry: Entry, served_from: ServedFrom) -> Provenance:
        answer, last = entry.answer, self._told
        if (
            last is not None
            and last.read_at == entry.read_at
            and last.provenance.position is answer.position
            and last.provenance.operation is answer.operation
            and last.provenance.served_from is served_from
        ):
            return last.provenance
        told = Provenance(self._provider, answer.operation, instant(entry.read_at), served_from, answer.position)
        self._told = _Told(entry.read_at, told)
        return told
