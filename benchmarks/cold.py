"""The cold question: nothing is kept, every upstream call takes its time, and calls are counted where they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.comparison import require_same
from benchmarks.direct import Direct, ask_directly
from benchmarks.questions import Cold, Question, cold, cold_parts
from benchmarks.server import Server
from benchmarks.upstream import Upstream
from benchmarks.warm import Plan
from benchmarks.windows import Windows

LATENCY_MS = 50
AT_ONCE = 16
# A cold request takes long, and the kernel counts processor time coarsely.
_LONGER = 2
# Bodies whose calls are sent directly before each server.
_DIRECTLY = 16


@dataclass(slots=True)
class Alone:
    """One server: at one connection its p50 over the upstream's and its processor time for a request, in seconds.

    `rate` is its requests per second at several connections, `calls` what it asks the upstream for one request.
    """

    calls: float = 0
    over: list[float] = field(default_factory=list)
    rate: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ColdRun:
    """All servers, and the upstream asked directly in the same rounds."""

    servers: dict[str, Alone]
    direct: list[Direct]

    @property
    def upstream(self) -> Direct:
        """Give the medians of the rounds."""
        calls = self.direct[0].calls
        return Direct(median(each.p50 for each in self.direct), median(each.cpu for each in self.direct), calls)


async def measure(
    servers: Sequence[Server], windows: Windows, upstream: Upstream, plan: Plan, *, compared: int
) -> ColdRun:
    """Compare some answers, count the calls of one request, slow the upstream, and measure in rounds."""
    parts = cold_parts()
    question = cold(parts)
    run = ColdRun({server.name: Alone() for server in servers}, [])
    await _compare(servers, question, compared)
    for server in servers:
        run.servers[server.name].calls = await _count(server, question, upstream)
    for provider in ("xverse", "solana"):
        await upstream.order(provider, latency_ms=LATENCY_MS)
    for server in servers:
        await windows.warm(server, question, connections=AT_ONCE, seconds=1)
    for _ in range(plan.rounds):
        for server in servers:
            await _measure(server, question, windows, run, upstream, parts[:_DIRECTLY], _LONGER * plan.seconds)
    for provider in ("xverse", "solana"):
        await upstream.order(provider, latency_ms=0)
    return run


async def _measure(
    server: Server,
    question: Question,
    windows: Windows,
    run: ColdRun,
    upstream: Upstream,
    parts: Sequence[Cold],
    seconds: int,
) -> None:
    alone = run.servers[server.name]
    # Just before and just after, so that both have the same weather.
    before = ask_directly(upstream, parts, windows.cores.server)
    one = await windows.open(server, question, connections=1, seconds=seconds)
    after = ask_directly(upstream, parts, windows.cores.server)
    run.direct.extend((before, after))
    alone.over.append(one.load.p50 - (before.p50 + after.p50) / 2)
    alone.cpu.append(one.cpu)
    many = await windows.open(server, question, connections=AT_ONCE, seconds=seconds)
    alone.rate.append(many.load.rate)


async def _count(server: Server, question: Question, upstream: Upstream) -> float:
    """Count the upstream calls of requests that come one after the other."""
    before = await upstream.calls()
    bodies = question.bodies[:4]
    for body in bodies:
        await server.ask(question, body)
    return (await upstream.calls() - before) / len(bodies)


async def _compare(servers: Sequence[Server], question: Question, count: int) -> None:
    ours, *others = servers
    for body in question.bodies[:count]:
        answer = await ours.ask(question, body)
        for server in others:
            require_same(answer, await server.ask(question, body), server.name)
