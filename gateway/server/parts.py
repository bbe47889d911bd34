"""What the server needs from the app, and passes on to each request."""

from dataclasses import dataclass

from gateway.domain.caller import Caller
from gateway.domain.network import Networks
from gateway.loaders.loaders import Loaders, Questions
from gateway.readings.clock import Clock, Deadline
from gateway.readings.health import Health
from gateway.schema.context import Context
from gateway.schema.limits import RequestLimits


@dataclass(frozen=True, slots=True)
class Parts:
    """All that lives as long as the process; `timeout` is a request's, in seconds."""

    questions: Questions
    networks: Networks
    health: Health
    clock: Clock
    limits: RequestLimits
    timeout: float

    def context(self, caller: Caller) -> Context:
        """Make what one request's resolvers may see."""
        deadline = Deadline.after(self.clock, self.timeout)
        loaders = Loaders(self.questions, deadline)
        return Context(caller, loaders, self.networks, self.limits, self.health, self.clock)
