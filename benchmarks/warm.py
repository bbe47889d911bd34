"""Warm questions: everything is kept, nobody goes upstream, and the servers take turns."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.comparison import require_same
from benchmarks.questions import Question
from benchmarks.rivals import Kind
from benchmarks.server import Server
from benchmarks.upstream import Upstream
from benchmarks.windows import Windows

_WARMING_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often to measure; `again` is how many windows may be measured again.

    `seconds` are those of one window, `longest` those of a slow server's, `warming` those of each question before the
    first one.
    """

    connections: Sequence[int]
    rounds: int
    warming: int
    seconds: int
    longest: int
    again: int


Found = defaultdict[tuple[str, str, int], list[float]]


@dataclass(slots=True)
class Warm:
    """What was found by server, question and connections: requests per second, and core seconds for a request.

    `resident` is the most memory that each held under load, in bytes.
    """

    rates: Found = field(default_factory=lambda: defaultdict(list))
    cpu: Found = field(default_factory=lambda: defaultdict(list))
    resident: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def rate(self, server: str, question: str, connections: int) -> float:
        """Give requests per second, the median of the rounds."""
        return median(self.rates[server, question, connections])

    def pace(self, server: str, question: str, connections: int) -> float:
        """Give requests per second of the server's own processor time, the median of the rounds."""
        return 1 / median(self.cpu[server, question, connections])


async def compare(servers: Sequence[Server], questions: Sequence[Question], every: int) -> None:
    """Ask everyone each body, or every so many-th, and hold the answers against the gateway's; raise Differ."""
    ours, *others = [server for server in servers if server.rival.kind is not Kind.FLOOR]
    for question in questions:
        for body in question.bodies[::every]:
            answer = await ours.ask(question, body)
            for server in others:
                require_same(answer, await server.ask(question, body), server.name)


async def measure(
    servers: Sequence[Server], questions: Sequence[Question], plan: Plan, windows: Windows, upstream: Upstream
) -> Warm:
    """Warm everyone up, then measure in rounds; ends the benchmark where anyone went upstream meanwhile."""
    for server in servers:
        # What the others ask for is among what the small ones ask for, and a floor has nothing to keep.
        for question in questions[: 1 if server.rival.kind is Kind.FLOOR else 2]:
            await windows.warm(server, question, connections=_WARMING_CONNECTIONS, seconds=plan.warming)
    calls, warm = await upstream.calls(), Warm()
    for server, question, connections in _turns(servers, questions, plan):
        taken = await windows.open(server, question, connections=connections, seconds=plan.seconds)
        warm.rates[server.name, question.name, connections].append(taken.load.rate)
        warm.cpu[server.name, question.name, connections].append(taken.cpu)
        warm.resident[server.name] = max(warm.resident[server.name], server.resident())
    if await upstream.calls() != calls:
        raise SystemExit("Someone went upstream for what was to be warm.")
    return warm


def _turns(
    servers: Sequence[Server], questions: Sequence[Question], plan: Plan
) -> Iterator[tuple[Server, Question, int]]:
    for _ in range(plan.rounds):
        for question in questions:
            for connections in plan.connections:
                for server in servers:
                    yield server, question, connections
