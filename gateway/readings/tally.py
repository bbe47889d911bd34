"""How often a read was served from what is kept: for the metrics, and for the operator's look at all replicas."""

from collections import Counter
from enum import StrEnum

from gateway.upstream.metrics import Metrics


class Found(StrEnum):
    """What a read came upon: an answer young enough, one only good to stand in for a newer one, or nothing of use.

    A refresh is a read behind a response, of an answer that was nearing its age.
    """

    HIT = "hit"
    STALE = "stale"
    MISS = "miss"
    REFRESH = "refresh"


class Tally:
    """Counts reads by capability."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._untold: Counter[str] = Counter()

    def count(self, capability: str, found: Found, reads: int = 1) -> None:
        if reads:
            self._metrics.reads.labels(capability, found).inc(reads)
            self._untold[f"{capability}:{found}"] += reads

    def news(self) -> dict[str, int]:
        """Give what was counted since this was last asked."""
        news, self._untold = dict(self._untold), Counter()
        return news
