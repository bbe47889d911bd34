"""Sources that say what each key's fate is, and every time something else where it is to be read."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final, TypeAlias

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import Effort, Result, Source, Terms


class Fate(Enum):
    """What becomes of whoever asks for a key."""

    READ = auto()
    # Read, with every figure missing that may be.
    BARE = auto()
    EMPTY = auto()
    ABSENT = auto()
    DOWN = auto()
    # Read once, and then never again.
    STALE = auto()
    # Not to be asked again for longer than an Int can tell.
    BARRED = auto()


# Turns of the loop that an answer takes.
_TURNS: Final = 30

# Gives a key's value, which may hold the number of times that it was read.
Value: TypeAlias = Callable[[Any, Fate, int], Any]


class FatedSource(Source[Any, Any]):
    """Answers by the fates of keys; one that has none is absent."""

    def __init__(self, terms: Terms, fates: Mapping[Any, Fate], value: Value, position: PositionKind | None) -> None:
        self.terms = terms
        self.fates = dict(fates)
        self.asked: Counter[Any] = Counter()
        self._value = value
        self._position = position
        # Whether positions stand still, and by how much they are put back.
        self.stands = False
        self.behind = 0

    async def answers(self, keys: Sequence[Any], effort: Effort) -> Sequence[Result[Any]]:  # noqa: ARG002 - it is never late
        # A provider takes longer than the gateway takes to ask it all that one request needs.
        for _ in range(_TURNS):
            await asyncio.sleep(0)
        return [self.answer(key) for key in keys]

    def answer(self, key: Any) -> Result[Any]:
        """Say what a key's fate is now, as a feed would."""
        self.asked[key] += 1
        times = self.asked[key]
        fate = self.fates.get(getattr(key, "address", key), Fate.ABSENT)
        at = self._at(times)
        match fate:
            case Fate.ABSENT:
                return Absent("ask", at)
            case Fate.DOWN:
                return self._trouble(ProblemCode.TIMEOUT, None)
            case Fate.BARRED:
                return self._trouble(ProblemCode.RATE_LIMITED, 2.0**31)
            case Fate.STALE if times > 1:
                return self._trouble(ProblemCode.RATE_LIMITED, 6.5)
        return Answer(self._value(key, fate, times), "ask", at)

    def _at(self, times: int) -> Position | None:
        if self._position is None:
            return None
        return Position(self._position, 2**40 + (0 if self.stands else times) - self.behind)

    def _trouble(self, code: ProblemCode, retry_after: float | None) -> UpstreamError:
        return UpstreamError(code, self.terms.provider, detail="as fated", retry_after=retry_after)


def terms(provider: Provider, capability: str, fresh_for: float = 10) -> Terms:
    return Terms(provider, capability, "mainnet", fresh_for, 100)
