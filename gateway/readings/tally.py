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
        # Plain numbers, for a counter of the metrics takes longer than the rest of a hit.
        self._counts: dict[str, dict[Found, int]] = {}
        self._shown: Counter[tuple[str, Found]] = Counter()
        self._told: Counter[tuple[str, Found]] = Counter()
        metrics.before_text.append(self._show)

    def count(self, capability: str, found: Found, reads: int = 1) -> None:
        if reads:
            counts = self._counts.get(capability)
            if counts is None:
                counts = self._counts[capability] = dict.fromkeys(Found, 0)
            counts[found] += reads

    def news(self) -> dict[str, int]:
        """Give what was counted since this was last asked."""
        return {f"{capability}:{found}": reads for (capability, found), reads in self._since(self._told).items()}

    def _show(self) -> None:
        for (capability, found), reads in self._since(self._shown).items():
            self._metrics.reads.labels(capability, found).inc(reads)

    def _since(self, before: Counter[tuple[str, Found]]) -> dict[tuple[str, Found], int]:
        """Give what was counted since `before`, and bring that up to now."""
        now = {
            (capability, found): reads
            for capability, counts in self._counts.items()
            for found, reads in counts.items()
            if reads
        }
        news = {which: reads - before[which] for which, reads in now.items() if reads > before[which]}
        before.update(news)
        return news
