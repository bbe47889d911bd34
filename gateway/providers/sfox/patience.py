"""How long a feed waits: between its steps, and before it tries again after trouble."""

import random
from dataclasses import dataclass
from typing import Final

from gateway.domain.problem import ProblemCode, UpstreamError

_REFUSALS: Final = frozenset(
    {ProblemCode.UPSTREAM_UNAUTHENTICATED, ProblemCode.UPSTREAM_FORBIDDEN, ProblemCode.RATE_LIMITED}
)
# Up to this part of a wait is added, so that many who were dropped together do not return together.
_JITTER: Final = 0.25


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a feed gives itself."""

    acknowledged_within: float = 10.0
    # While nothing else is said, a ping's answer is what says that all is well.
    ping_every: float = 10.0
    read_within: float = 5.0
    # Reads that the numbering calls for: two of the five that the account has in ten seconds.
    reads_apart: float = 5.0
    # A message that was lost with none after it is noticed by nothing else.
    recheck_every: float = 60.0
    # sFOX wants three at the least, and two minutes after it has refused repeatedly.
    first_wait: float = 3.0
    longest_wait: float = 120.0
    # A connection that lasted for so long owes nothing to the trouble before it.
    settled_after: float = 60.0


class Patience:
    """Counts what went wrong in a row, and gives the seconds to wait for: three, then doubling up to two minutes."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._failures = 0
        self._refusals = 0

    def after(self, error: UpstreamError, lasted: float) -> float:
        """Give the seconds to wait after a connection that has lasted for so many."""
        if lasted >= self._pace.settled_after:
            self._failures = self._refusals = 0
        self._failures += 1
        self._refusals = self._refusals + 1 if error.code in _REFUSALS else 0
        wait = min(self._pace.first_wait * 2.0 ** min(self._failures - 1, 16), self._pace.longest_wait)
        if self._refusals > 1:
            wait = self._pace.longest_wait
        return max(wait, error.retry_after or 0.0) * (1 + random.uniform(0, _JITTER))  # noqa: S311 - no secret
