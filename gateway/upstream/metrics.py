"""What is counted for the operator; each app counts by itself."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counters by provider and by the provider's own name for a call; no label holds an address or a credential."""

    def __init__(self) -> None:
        # Each counter would bring a second series that nobody reads.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the package leaves it without types
        self.registry = CollectorRegistry()
        self.calls = Counter(
            "gateway_upstream_calls",
            "Requests sent to providers, by how they ended: ok, or the problem's code.",
            ["provider", "operation", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "gateway_upstream_seconds",
            "How long requests to providers took.",
            ["provider", "operation"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.refused = Counter(
            "gateway_upstream_refused",
            "Requests that were not sent: the budget was spent, or every circuit open.",
            ["provider", "code"],
            registry=self.registry,
        )
        self.circuits_open = Gauge(
            "gateway_upstream_circuits_open",
            "Hosts of a provider that are not being asked.",
            ["provider"],
            registry=self.registry,
        )
        self.sockets = Gauge(
            "gateway_upstream_sockets",
            "WebSockets to a provider that are open, or being opened.",
            ["provider"],
            registry=self.registry,
        )
        self.drift = Counter(
            "gateway_contract_drift",
            "Answers that broke their documented form, by the field or the rule.",
            ["provider", "field"],
            registry=self.registry,
        )
        self.breaches = Counter(
            "gateway_invariant_breaches",
            "Figures that contradict each other by the provider's own rules; they are shown as they came.",
            ["provider", "rule"],
            registry=self.registry,
        )
        self.reads = Counter(
            "gateway_cache_reads",
            "Reads by what was kept: hit, stale (an older answer stood in), miss, or refresh (behind a response).",
            ["capability", "found"],
            registry=self.registry,
        )
        # Told before the counters are written: what is counted often is counted elsewhere, and added here then.
        self.before_text: list[Callable[[], None]] = []
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def text(self) -> bytes:
        """Write all counters in Prometheus' text format."""
        for add in self.before_text:
            add()
        return generate_latest(self.registry)
