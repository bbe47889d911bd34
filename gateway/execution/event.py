"""Events of subscriptions as they were written last, for all others who hear the same."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.execution.declaration import Arguments
from gateway.execution.plan import Plan
from gateway.execution.plans import Prepared

# Events kept, and the longest of them in bytes. Those who hear one are told within a few turns of the loop.
_MOST: Final = 100
_LONGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Told:
    """What was written, by which plan, of what, and for which arguments; it holds what it is found by."""

    plan: Plan
    of: object
    arguments: Sequence[Arguments]
    text: bytes


class Events:
    """What was written last; what was written first goes first."""

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[int, int], _Told] = OrderedDict()

    def __len__(self) -> int:
        return len(self._told)

    def get(self, prepared: Prepared, event: Any) -> bytes | None:
        """Give an event's text, where it was written for another listener and would be the same for this one."""
        of = prepared.plan.told_of(event)
        told = None if of is None else self._told.get((id(prepared.plan), id(of)))
        return told.text if told is not None and told.arguments == prepared.given.arguments else None

    def keep(self, prepared: Prepared, event: Any, text: bytes) -> None:
        """Keep an event's text for others, where they are told the same."""
        of = prepared.plan.told_of(event)
        if of is None or len(text) > _LONGEST:
            return
        self._told[id(prepared.plan), id(of)] = _Told(prepared.plan, of, prepared.given.arguments, text)
        if len(self._told) > _MOST:
            self._told.popitem(last=False)
