"""What is under way and what was turned away: counted for the operator, and told in the log without flooding it."""

import asyncio
from collections import Counter as Tally
from collections.abc import Callable

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from gateway.server.reason import Reason

log = structlog.get_logger(__name__)

# Seconds in which each reason is told at most once, however many are turned away.
_QUIET_FOR = 10


class Traffic:
    """One app's traffic; made when it starts, and known to its connections, its middleware and `/healthz`.

    `draining` is set once the gateway has been told to stop, `closing` once it serves nobody new: streams end then.
    """

    def __init__(self, registry: CollectorRegistry, monotonic: Callable[[], float]) -> None:
        self.draining = False
        self.closing = asyncio.Event()
        self.connections = Gauge("gateway_http_connections", "Connections that are open.", registry=registry)
        self.operations = Gauge("gateway_http_operations", "Operations under way.", registry=registry)
        self.in_line = Gauge("gateway_http_operations_in_line", "Operations that wait for a place.", registry=registry)
        self._refused = Counter(
            "gateway_http_refused",
            "Requests and connections that were turned away or cut off, by why.",
            ["reason"],
            registry=registry,
        )
        # Who is told of the stop is not counted: nobody would read the figure.
        for each in set(Reason) - {Reason.STOPPING}:
            self._refused.labels(each.label)
        self._monotonic = monotonic
        self._told: dict[Reason, float] = {}
        self._untold: Tally[Reason] = Tally()

    def refused(self, why: Reason) -> None:
        """Count one that was turned away; the log hears of it at once, or with those that follow."""
        self._refused.labels(why.label).inc()
        self._untold[why] += 1
        now = self._monotonic()
        if why not in self._told or now - self._told[why] >= _QUIET_FOR:
            self._told[why] = now
            log.warning("http.refused", reason=why.label, times=self._untold.pop(why))
