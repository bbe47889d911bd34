"""What the gateway is meant to reach, and whether it does: ratios and differences within one run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.cold import ColdRun
from benchmarks.rivals import APOLLO, HIVE, MERCURIUS, OURS, UVICORN
from benchmarks.warm import Warm

# At this many connections goals are told: enough to keep a core busy.
CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal; `found` and `wanted` are as people read them."""

    what: str
    wanted: str
    found: str
    is_met: bool


def goals(warm: Warm, cold: ColdRun, rivals: Sequence[str]) -> Iterator[Goal]:
    """Hold the run against the goals; `rivals` are those on Node that execute each request."""

    def rate(server: str, question: str) -> float:
        return warm.rate(server, question, CONNECTIONS)

    def against(question: str, rival: str) -> float:
        return rate(OURS, question) / rate(rival, question)

    for rival, wanted in ((MERCURIUS, 1.2), (APOLLO, 4.0), (HIVE, 15.0)):
        yield _at_least(f"warm small, to {rival}", wanted, against("warm small", rival))
    best = max(rivals, key=lambda name: rate(name, "warm large"))
    yield _at_least(f"warm large, to the best on Node ({best})", 6.0, against("warm large", best))
    yield _at_least("identical operation repeated, to bare uvicorn", 0.6, against("identical", UVICORN))
    yield from _cold(cold)
    leanest = min(rivals, key=lambda name: warm.resident[name])
    ratio = warm.resident[OURS] / warm.resident[leanest]
    yield Goal(f"RSS under load, to the leanest on Node ({leanest})", "< 0.50", f"{ratio:.2f}", ratio < _HALF)


_HALF = 0.5
_COLD_MS = 4.0


def _cold(cold: ColdRun) -> Iterator[Goal]:
    ours, upstream = cold.servers[OURS], cold.upstream
    over = (median(ours.p50) - upstream.p50) * 1000
    yield Goal(
        "cold p50 over the upstream's own, 1 connection", f"<= {_COLD_MS:.0f} ms", f"{over:.1f} ms", over <= _COLD_MS
    )
    least = upstream.calls
    yield Goal("upstream calls for a cold request", f"{least}", f"{ours.calls:g}", ours.calls == least)


def _at_least(what: str, wanted: float, found: float) -> Goal:
    return Goal(what, f">= {wanted:g} x", f"{found:.2f} x", found >= wanted)
