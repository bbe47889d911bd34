"""Windows of load on one server at a time, measured again where others took the machine meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load import Load, load
from benchmarks.questions import Question
from benchmarks.server import Server
from benchmarks.weather import is_disturbed, look

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the server under test runs, and where all else does."""

    server: int
    rest: int


@dataclass(frozen=True, slots=True)
class Window:
    """What the load came to, and the seconds of a core that the server took for each request."""

    load: Load
    cpu: float


@dataclass(slots=True)
class Windows:
    """Opens windows; `pids` are the children that run. Counts what was thrown away, and what was kept all the same."""

    cores: Cores
    pids: Sequence[int]
    thrown_away: int = 0
    kept_disturbed: int = 0

    async def open(self, server: Server, question: Question, *, connections: int, seconds: int) -> Window:
        """Give the first window that nobody disturbed, or the least disturbed of a few."""
        tried: list[tuple[float, Window]] = []
        for _ in range(_TRIES):
            before, cpu = look(self.pids, (self.cores.server, self.cores.rest)), server.cpu_seconds()
            taken = await load(
                server.url(question), question, connections=connections, seconds=seconds, core=self.cores.rest
            )
            after = look(self.pids, (self.cores.server, self.cores.rest))
            window = Window(taken, (server.cpu_seconds() - cpu) / taken.requests)
            tried.append((after.disturbance_since(before), window))
            if not is_disturbed(tried[-1][0]):
                break
        best, window = min(tried, key=lambda each: each[0])
        self.thrown_away += len(tried) - 1
        self.kept_disturbed += is_disturbed(best)
        return window
