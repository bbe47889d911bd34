"""One provider's upstream over any number of hosts, opened for a test to ask."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from limits.aio.storage import MemoryStorage

from gateway.domain.clock import Deadline
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.sources import Effort
from gateway.upstream.budget import Budget
from gateway.upstream.circuit import CircuitState
from gateway.upstream.host import Hosts
from gateway.upstream.limit import Limit
from gateway.upstream.metrics import Metrics
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.session import open_session
from gateway.upstream.upstream import Call, Rules, Upstream
from tests.plane.clock import AheadClock

# A deadline that no test ever reaches: what ends earlier, ends by itself.
LONG = 30.0
NO_PENALTY = 0.0


class Thing(msgspec.Struct):
    """What the vendors of these tests serve."""

    n: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """An upstream, with its budget, what it counts and the clock that its circuits run by."""

    upstream: Upstream
    budget: Budget
    metrics: Metrics
    clock: AheadClock

    async def ask(
        self, *, seconds: float = LONG, may_wait: bool = True, payer: str = "", body: bytes | None = None
    ) -> int:
        call = Call("GET /thing" if body is None else "POST /thing", "thing", payer=payer, body=body)
        effort = Effort(Deadline.after(self.clock, seconds), may_wait)
        return (await self.upstream.json(call, Thing, effort)).n

    async def fails(self, code: ProblemCode, **how: Any) -> UpstreamError:
        """Ask for what cannot be had, and give the error."""
        with pytest.raises(UpstreamError) as failed:
            await self.ask(**how)
        assert failed.value.code is code
        return failed.value

    async def circuit(self) -> CircuitState:
        return (await self.upstream.state()).circuit

    def count(self, outcome: str, operation: str = "GET /thing") -> float:
        """Count the calls that ended so."""
        labels: dict[str, str] = {"provider": self.upstream.provider, "operation": operation, "outcome": outcome}
        return self.metrics.registry.get_sample_value("gateway_upstream_calls_total", labels) or 0

    def refused(self, code: ProblemCode) -> float:
        """Count the calls that were not made."""
        labels: dict[str, str] = {"provider": self.upstream.provider, "code": code}
        return self.metrics.registry.get_sample_value("gateway_upstream_refused_total", labels) or 0


@asynccontextmanager
async def asking(
    *urls: str,
    retries: int = 3,
    first_wait: float = 0.001,
    limit: Limit | None = None,
    penalty: Callable[[int, float], float] = lambda _step, _now: NO_PENALTY,
    budget_by_host: bool = False,
) -> AsyncIterator[Asking]:
    """Open an upstream over these hosts."""
    clock = AheadClock()
    budget = Budget(limit, penalty, storage=MemoryStorage(), time=clock.time, name="thing")
    rules = Rules(RetryPolicy(retries, first_wait), budget, budget_by_host)
    metrics = Metrics()
    async with open_session(connections=20, user_agent="test") as session:
        upstream = Upstream(Provider.XVERSE, Hosts(urls, clock.monotonic), session, rules, metrics)
        yield Asking(upstream, budget, metrics, clock)
