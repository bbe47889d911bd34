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
    """One goal as people read it; `paced` is what was found by the processor's time, which others cannot take."""

    what: str
    wanted: str
    found: str
    paced: str
    is_met: bool


def goals(warm: Warm, cold: ColdRun, rivals: Sequence[str], connections: int = CONNECTIONS) -> Iterator[Goal]:
    """Hold the run against the goals; `rivals` are those on Node that execute each request."""

    def held(what: str, question: str, rival: str, wanted: float) -> Goal:
        found = warm.rate(OURS, question, connections) / warm.rate(rival, question, connections)
        paced = warm.pace(OURS, question, connections) / warm.pace(rival, question, connections)
        return Goal(
            f"{what}, to {rival}", f">= {wanted:g} x", f"{times(found)} x", f"{times(paced)} x", found >= wanted
        )

    for rival, wanted in ((MERCURIUS, 1.2), (APOLLO, 4.0), (HIVE, 15.0)):
        yield held("warm small", "warm small", rival, wanted)
    best = max(rivals, key=lambda name: warm.rate(name, "warm large", connections))
    yield held("warm large", "warm large", best, 6.0)
    yield held("identical operation repeated", "identical", UVICORN, 0.6)
    yield from _cold(cold)
    leanest = min(rivals, key=lambda name: warm.resident[name])
    ratio = warm.resident[OURS] / warm.resident[leanest]
    yield Goal(f"RSS under load, to the leanest on Node ({leanest})", "< 0.50", f"{ratio:.2f}", "", ratio < _HALF)


_HALF = 0.5
_SMALL = 0.1
_COLD_MS = 4.0


def times(ratio: float) -> str:
    """Write a ratio: two digits after the point, or two that say something."""
    return f"{ratio:.2f}" if ratio >= _SMALL else f"{ratio:.2g}"


def _cold(cold: ColdRun) -> Iterator[Goal]:
    ours, upstream = cold.servers[OURS], cold.upstream
    over = median(ours.over) * 1000
    yield Goal(
        "cold p50 over the upstream's own, 1 connection",
        f"<= {_COLD_MS:.0f} ms",
        f"{over:.1f} ms",
        "",
        over <= _COLD_MS,
    )
    least = upstream.calls
    yield Goal("upstream calls for a cold request", f"{least}", f"{ours.calls:g}", "", ours.calls == least)
