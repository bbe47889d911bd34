"""Requests that were asked before, by their bodies: what they ask is known, and not found out again."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from strawberry.types.execution import ExecutionResult

from gateway.domain.caller import Scope
from gateway.execution.plans import Prepared
from gateway.loaders.freshness import Freshness
from gateway.server.content import Content

# Bodies kept, and the longest of them.
_MOST: Final = 2000
_LONGEST: Final = 16 * 1024
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
    """What a body asks, ready to run, and the end of its answer, which says what it costs."""

    prepared: Prepared
    end: bytes
    last: Answered | None = None


class Repeated:
    """Bodies that were answered as compiled and without an error; the least recently used goes first.

    What is known of a body holds for every caller: the document is valid and within all limits, and its variables are
    of their types. What a caller may read is found out each time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Repetition] = OrderedDict()
        # Of all answers that are kept.
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

    def note(self, body: bytes, prepared: Prepared | None, result: ExecutionResult, how: str) -> None:
        """Take note of an answer, where it was made in a way that another one can be; `how` is told in its place."""
        if prepared is not None and prepared.plan.may_be_at_hand and not result.errors:
            self.add(body, Repetition(prepared, _end(result.extensions or {}, how)))

    def add(self, body: bytes, repetition: Repetition) -> None:
        """Know a body from now on, unless it is known, or long."""
        if len(body) > _LONGEST or body in self._known:
            return
        self._known[body] = repetition
        if len(self._known) > _MOST:
            self._forget(self._known.popitem(last=False)[1])


def _end(extensions: Mapping[str, Any], how: str) -> bytes:
    told = {**extensions, "execution": how} if "execution" in extensions else dict(extensions)
    # What a budget holds is told only to callers that have one.
    told["cost"] = {name: value for name, value in told["cost"].items() if name != "remaining"}
    return b',"extensions":' + msgspec.json.encode(told) + b"}"
