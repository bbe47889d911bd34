"""Windows of load on one server at a time, measured again where others took the machine meanwhile."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load import Load, load
from benchmarks.questions import Question
from benchmarks.server import Server
from benchmarks.weather import is_disturbed, look

# What is under way when a window ends is not counted: let it be little against what was answered.
_ROUNDS = 3
_TRIES = 3
# The kernel counts processor time in hundredths of a second.
_TICK = 0.01
_PAUSE, _PAUSES = 0.1, 600


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
    # Seconds of a window in which a slow server may go on to answer enough.
    longest: int
    # How many windows may be measured again, over the whole run: where others never rest, neither would it.
    again: int
    # Where some answers were refused, or held less than they should: `server, question, connections`.
    incomplete: set[str] = field(default_factory=set)
    opened: int = 0
    thrown_away: int = 0
    kept_disturbed: int = 0
    # How long a window has to be for a slow server to answer enough in it.
    _seconds: dict[tuple[str, str, int], int] = field(default_factory=dict)

    async def warm(self, server: Server, question: Question, *, connections: int, seconds: int) -> None:
        """Send without measuring: for what is kept, and what is compiled, by then."""
        await load(server.url(question), question, connections=connections, seconds=seconds, core=self.cores.rest)
        await _settle(server)

    async def open(self, server: Server, question: Question, *, connections: int, seconds: int) -> Window:
        """Give the first window that nobody disturbed, or the least disturbed of a few; longer for the slow."""
        name = (server.name, question.name, connections)
        tried: list[tuple[float, Window]] = []
        while not tried or (len(tried) < _TRIES and self.thrown_away < self.again and is_disturbed(tried[-1][0])):
            length = max(seconds, self._seconds.get(name, 0))
            disturbance, window = await self._window(server, question, connections, length)
            too_few = window.load.requests < _ROUNDS * connections
            if not window.load.requests or (too_few and length < self.longest):
                self._seconds[name] = 2 * length
            else:
                self.thrown_away += bool(tried)
                tried.append((disturbance, window))
        best, window = min(tried, key=lambda each: each[0])
        self.opened += 1
        self.kept_disturbed += is_disturbed(best)
        if _is_incomplete(window.load, server.lengths.get(question.name, 0)):
            self.incomplete.add(f"{server.name}, {question.name}, {connections} connections")
        told = f"{window.load.rate:.0f} requests/s, {1 / window.cpu:.0f} for a second of its processor time"
        sys.stderr.write(f"{server.name}: {question.name}, {connections} at once: {told}; {best:.0%} disturbed\n")
        return window

    async def _window(self, server: Server, question: Question, connections: int, seconds: int) -> tuple[float, Window]:
        used = (self.cores.server, self.cores.rest)
        before, cpu = look(self.pids, used), server.cpu_seconds()
        taken = await load(
            server.url(question), question, connections=connections, seconds=seconds, core=self.cores.rest
        )
        after = look(self.pids, used)
        await _settle(server)
        # What was under way at the end is answered by now, to nobody.
        answered = max(taken.requests, 1) + connections
        return after.disturbance_since(before), Window(taken, max(server.cpu_seconds() - cpu, _TICK) / answered)


def _is_incomplete(taken: Load, length: int) -> bool:
    return taken.failed > 0 or (taken.requests > 0 and taken.bytes < taken.requests * length)


async def _settle(server: Server) -> None:
    """Wait until the server has nothing left to do: the work of one window must not be paid by the next."""
    for _ in range(_PAUSES):
        before = server.cpu_seconds()
        await asyncio.sleep(_PAUSE)
        if server.cpu_seconds() - before <= _TICK:
            return
