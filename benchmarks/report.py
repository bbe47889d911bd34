"""The run as Markdown: goals, ratios, and what they were measured on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.cold import AT_ONCE, LATENCY_MS, ColdRun
from benchmarks.goals import goals, times
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
    yield "Written by `make bench`: the gateway against what people use instead, and against the floors of both."
    yield "Figures of other runs or machines say nothing about these; ratios do."
    yield ""
    yield from (f"- {what}: {told}" for what, told in run.versions.items())
    yield ""


def _goals(run: Run) -> Iterator[str]:
    executing = [rival.name for rival in run.rivals if rival.kind is Kind.RIVAL]
    yield from _table("goal", "wanted", "found", "by processor time", "")
    for goal in goals(run.warm, run.cold, executing):
        yield _row(goal.what, goal.wanted, goal.found, goal.paced, "met" if goal.is_met else "**not met**")
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
    yield "The same by the servers' own processor time, which others on the machine cannot take from them:"
    yield ""
    yield from _table("server", *(question.name for question in run.questions))
    for rival in run.rivals:
        if rival.kind is not Kind.OURS:
            yield _row(rival.name, *(_paces(run, rival.name, question.name) for question in run.questions))
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
    rate = run.warm.rate
    return " / ".join(times(rate(OURS, question, each) / rate(rival, question, each)) for each in run.plan.connections)


def _paces(run: Run, rival: str, question: str) -> str:
    pace = run.warm.pace
    return " / ".join(times(pace(OURS, question, each) / pace(rival, question, each)) for each in run.plan.connections)


def _cold(run: Run) -> Iterator[str]:
    upstream = run.cold.upstream
    yield "## Cold"
    yield ""
    alone, taken = f"{upstream.p50 * 1000:.1f} ms (p50)", f"{upstream.cpu * 1000:.1f} ms"
    yield f"Nothing is kept, and each upstream call takes {LATENCY_MS} ms. It needs {upstream.calls} of them at least:"
    yield f"sent at once, with no one between, they take {alone}, and the sandbox's core is busy for {taken}."
    yield f"No server can answer more than {1 / upstream.cpu:.0f} in a second; its own processor time tells more."
    yield ""
    ours = run.cold.servers[OURS]
    yield from _table(
        "server",
        "p50 over the upstream's, ms",
        "upstream calls",
        f"the gateway's requests/s to its, {AT_ONCE} connections",
        "the gateway's CPU for a request to its",
    )
    for name, each in run.cold.servers.items():
        over = median(each.over) * 1000
        rate, cpu = median(ours.rate) / median(each.rate), median(ours.cpu) / median(each.cpu)
        yield _row(name, f"{over:.1f}", f"{each.calls:g}", times(rate), times(cpu))
    yield ""
    yield f"The gateway itself: {median(ours.rate):.0f} requests/s, {median(ours.cpu) * 1000:.1f} ms of its core each."
    yield ""


def _foot(run: Run) -> Iterator[str]:
    plan, windows = run.plan, run.windows
    yield f"Rounds: {plan.rounds}, of windows of {plan.seconds} s or more, servers in turn; figures are medians."
    yield f"Windows in which others took more than a tenth of a core: {windows.thrown_away} measured again,"
    yield f"{windows.kept_disturbed} of {windows.opened} kept all the same. Where many, read the processor time."
    if windows.incomplete:
        yield f"Refused, or without all figures (a deadline passed) in part: {'; '.join(sorted(windows.incomplete))}."


def _table(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield _row(*(_CELL for _ in names))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
