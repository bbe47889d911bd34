"""Requests that were asked before, by their bodies: what they ask is known, and not found out again."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from gateway.domain.caller import Scope
from gateway.execution.plans import Prepared
from gateway.loaders.freshness import Freshness
from gateway.server.content import Content
from gateway.server.measure import Measures

# Bodies kept, the longest of them, and bytes of all together: what is known of one grows with it.
_MOST: Final = 2000
_LONGEST: Final = 128 * 1024
_MOST_BYTES: Final = 8 * 1024 * 1024
# Bytes of all answers kept, and of one.
_ROOM: Final = 32 * 1024 * 1024
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer's content, and up to when it would be made the same again, as long as the version is the same."""

    content: Content
    freshness: Freshness
    scopes: frozenset[Scope]
    # The age that was accepted where a field names none, in seconds.
    max_age: int | None
    version: int
    # In seconds since 1970.
    since: float
    until: float


@dataclass(slots=True)
class Repetition:
    """What a body asks, ready to run, what it costs, and the end of an answer that is made of what is at hand."""

    prepared: Prepared
    measures: Measures
    end: bytes
    # Of the last answer, in bytes.
    size: int = 0
    last: Answered | None = None


class Repeated:
    """Bodies of which all is known that does not depend on figures; the least recently used goes first.

    What is known of a body holds for every caller: the document is valid and within all limits, and its variables are
    of their types. What a caller may read is found out each time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Repetition] = OrderedDict()
        # Of all bodies, and of all answers that are kept.
        self._bytes = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, body: bytes) -> Repetition | None:
        found = self._known.get(body)
        if found is not None:
            self._known.move_to_end(body)
        return found

    def keep(self, repetition: Repetition, answered: Answered) -> None:
        """Keep the answer to a body that is known as long as there is room: those asked for longest ago make it."""
        self._forget(repetition)
        size = answered.content.size
        if size > _LARGEST:
            return
        repetition.last = answered
        self._size += size
        for each in self._known.values():
            if self._size <= _ROOM:
                break
            self._forget(each)

    def _forget(self, repetition: Repetition) -> None:
        if repetition.last is not None:
            self._size -= repetition.last.content.size
            repetition.last = None

    def add(self, body: bytes, repetition: Repetition) -> None:
        """Know a body from now on, unless it is known, or long."""
        if len(body) > _LONGEST or body in self._known:
            return
        self._known[body] = repetition
        self._bytes += len(body)
        while len(self._known) > _MOST or self._bytes > _MOST_BYTES:
            oldest, forgotten = self._known.popitem(last=False)
            self._bytes -= len(oldest)
            self._forget(forgotten)
