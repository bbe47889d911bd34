"""Requests that were asked before, by their bodies: what they ask is known, and not found out again."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from strawberry.types.execution import ExecutionResult

from gateway.execution.plans import Prepared

# Bodies kept, and the longest of them.
_MOST: Final = 2000
_LONGEST: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Repetition:
    """What a body asks, ready to run, and the end of its answer, which says what it costs."""

    prepared: Prepared
    end: bytes


class Repeated:
    """Bodies that were answered as compiled and without an error; the least recently used goes first.

    What is known of a body holds for every caller: the document is valid and within all limits, and its variables are
    of their types. What a caller may read is found out each time.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Repetition] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, body: bytes) -> Repetition | None:
        found = self._known.get(body)
        if found is not None:
            self._known.move_to_end(body)
        return found

    def note(self, body: bytes, prepared: Prepared | None, result: ExecutionResult, how: str) -> None:
        """Take note of an answer, where it was made in a way that another one can be; `how` is told in its place."""
        if prepared is None or not prepared.plan.may_be_at_hand or result.errors or len(body) > _LONGEST:
            return
        if body in self._known:
            return
        self._known[body] = Repetition(prepared, _end(result.extensions or {}, how))
        if len(self._known) > _MOST:
            self._known.popitem(last=False)


def _end(extensions: Mapping[str, Any], how: str) -> bytes:
    told = {**extensions, "execution": how} if "execution" in extensions else dict(extensions)
    # What a budget holds is told only to callers that have one.
    told["cost"] = {name: value for name, value in told["cost"].items() if name != "remaining"}
    return b',"extensions":' + msgspec.json.encode(told) + b"}"
