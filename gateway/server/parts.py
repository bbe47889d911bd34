"""What the server needs from the app, and passes on to each request."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from limits.aio.storage import MemoryStorage

from gateway.domain.caller import Caller
from gateway.domain.clock import Clock, Deadline
from gateway.domain.network import Networks
from gateway.loaders.listening import Listening
from gateway.loaders.loaders import Loaders, Questions
from gateway.readings.health import Health
from gateway.schema.context import Context
from gateway.schema.limits import RequestLimits
from gateway.server.allowances import Allowances
from gateway.server.compiled import Runs
from gateway.upstream.metrics import Metrics


@dataclass(frozen=True, slots=True)
class Parts:
    """All that lives as long as the process; `timeout` is a request's, in seconds."""

    questions: Questions
    listening: Listening
    networks: Networks
    health: Health
    clock: Clock
    limits: RequestLimits
    timeout: float
    metrics: Metrics
    runs: Runs
    allowances: Allowances = field(default_factory=lambda: Allowances(MemoryStorage()))
    # Another number after each change of what is kept.
    version: Callable[[], int] = lambda: 0

    def context(self, caller: Caller, timeout: float | None = None, max_age: int | None = None) -> Context:
        """Make what one request's resolvers may see.

        The caller's own `timeout` can only shorten a request's time; `max_age` is the age that it accepts, in seconds,
        where a field names none.
        """
        seconds = self.timeout if timeout is None else min(timeout, self.timeout)
        return Context(
            caller,
            Loaders(self.questions, Deadline.after(self.clock, seconds), max_age),
            self.networks,
            self.limits,
            self.health,
            self.clock,
            pay=partial(self.allowances.take, caller),
            listening=self.listening,
            timeout=seconds,
            count_run=self.runs.count,
        )
