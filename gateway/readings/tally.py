"""How often a read was served from what is kept: for the metrics, and for the operator's look at all replicas."""

from collections import Counter
from enum import StrEnum

from prometheus_client import Counter as CounterMetric

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
        # Looking a counter up by its labels takes longer than counting.
        self._counters: dict[tuple[str, Found], CounterMetric] = {}

    def count(self, capability: str, found: Found, reads: int = 1) -> None:
        if reads:
            counter = self._counters.get((capability, found))
            if counter is None:
                counter = self._counters[capability, found] = self._metrics.reads.labels(capability, found)
            counter.inc(reads)
            self._untold[f"{capability}:{found}"] += reads

    def news(self) -> dict[str, int]:
        """Give what was counted since this was last asked."""
        news, self._untold = dict(self._untold), Counter()
        return news
