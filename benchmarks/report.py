"""The run as Markdown: goals, ratios, and what they were measured on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.cold import AT_ONCE, LATENCY_MS, ColdRun
from benchmarks.goals import goals
from benchmarks.questions import Question
from benchmarks.rivals import OURS, Kind, Rival
from benchmarks.warm import Plan, Warm
from benchmarks.windows import Windows

_MIB = 2**20
_CELL = "---"


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run found out."""

    versions: Mapping[str, str]
    plan: Plan
    questions: Sequence[Question]
    rivals: Sequence[Rival]
    warm: Warm
    cold: ColdRun
    windows: Windows


def report(run: Run) -> str:
    sections = (_head(run), _goals(run), _warm(run), _cold(run), _foot(run))
    return "\n".join(line for section in sections for line in section) + "\n"


def _head(run: Run) -> Iterator[str]:
    yield "# Ratios"
    yield ""
    yield "Written by `make bench`: the gateway against what people would use instead, and against the floors beneath both."
    yield "Figures of other runs or machines say nothing about these; ratios do."
    yield ""
    yield from (f"- {what}: {told}" for what, told in run.versions.items())
    yield ""


def _goals(run: Run) -> Iterator[str]:
    executing = [rival.name for rival in run.rivals if rival.kind is Kind.RIVAL]
    yield from _table("goal", "wanted", "found", "")
    for goal in goals(run.warm, run.cold, executing):
        yield _row(goal.what, goal.wanted, goal.found, "met" if goal.is_met else "**not met**")
    yield ""


def _warm(run: Run) -> Iterator[str]:
    counts = " / ".join(map(str, run.plan.connections))
    yield "## Warm"
    yield ""
    yield f"The gateway's requests per second to the server's, at {counts} connections: above 1 the gateway is faster."
    yield "RSS: the gateway's to the server's, the most that either held under load."
    yield ""
    yield from _table("server", *(question.name for question in run.questions), "RSS")
    for rival in run.rivals:
        if rival.kind is not Kind.OURS:
            ratios = [_ratios(run, rival.name, question.name) for question in run.questions]
            yield _row(rival.name, *ratios, f"{run.warm.resident[OURS] / run.warm.resident[rival.name]:.2f}")
    yield ""
    yield "The gateway itself, in requests per second and MiB, to read the ratios with:"
    yield ""
    yield from _table("", *(question.name for question in run.questions), "RSS")
    rates = [
        " / ".join(f"{run.warm.rate(OURS, question.name, each):.0f}" for each in run.plan.connections)
        for question in run.questions
    ]
    yield _row(OURS, *rates, f"{run.warm.resident[OURS] / _MIB:.0f}")
    yield ""


def _ratios(run: Run, rival: str, question: str) -> str:
    pairs = (
        (run.warm.rate(OURS, question, each), run.warm.rate(rival, question, each)) for each in run.plan.connections
    )
    return " / ".join(f"{ours / theirs:.2f}" for ours, theirs in pairs)


def _cold(run: Run) -> Iterator[str]:
    upstream = run.cold.upstream
    yield "## Cold"
    yield ""
    yield f"Nothing is kept, and each upstream call takes {LATENCY_MS} ms. The question needs {upstream.calls} calls at least;"
    yield f"sent at once without anyone between, they take {upstream.p50 * 1000:.1f} ms (p50), and the sandbox {upstream.cpu * 1000:.1f} ms of its core,"
    yield f"so that no server can answer more than {1 / upstream.cpu:.0f} of them in a second: compare the processor's time."
    yield ""
    ours = run.cold.servers[OURS]
    yield from _table(
        "server",
        "p50 over the upstream's, ms",
        "upstream calls",
        f"the gateway's requests/s to its, {AT_ONCE} connections",
        "the gateway's CPU for a request to its",
    )
    for name, alone in run.cold.servers.items():
        over = (median(alone.p50) - upstream.p50) * 1000
        rate, cpu = median(ours.rate) / median(alone.rate), median(ours.cpu) / median(alone.cpu)
        yield _row(name, f"{over:.1f}", f"{alone.calls:g}", f"{rate:.2f}", f"{cpu:.2f}")
    yield ""
    yield f"The gateway itself: {median(ours.rate):.0f} requests/s, {median(ours.cpu) * 1000:.1f} ms of its core for each."
    yield ""


def _foot(run: Run) -> Iterator[str]:
    yield f"Medians of {run.plan.rounds} round{'s' * (run.plan.rounds > 1)} of windows of {run.plan.seconds} s, servers in turn. Windows thrown away because"
    yield f"others took more than a tenth of a core meanwhile: {run.windows.thrown_away}; kept all the same after three tries: {run.windows.kept_disturbed}."


def _table(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*(_CELL for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
