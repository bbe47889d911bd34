"""What each provider last did: the truth behind the `providers` query."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import structlog

from gateway.domain.clock import Clock
from gateway.domain.problem import Problem, ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.metrics import Metrics
from gateway.upstream.upstream import State, Upstream

log = structlog.get_logger(__name__)

_ROW = re.compile(r"\[\d+\]")


@dataclass(slots=True)
class ProviderHealth:
    """One provider's last success, in seconds since 1970, and its last problem."""

    provider: Provider
    configured: bool
    last_success_at: float | None = None
    last_problem: Problem | None = None


class Health:
    """Takes note of every upstream call's end; each problem gets a reference that names its line in the log."""

    def __init__(
        self,
        clock: Clock,
        configured: Mapping[Provider, bool],
        upstreams: Mapping[Provider, Upstream],
        metrics: Metrics,
    ) -> None:
        self._clock = clock
        self._upstreams = upstreams
        self._metrics = metrics
        self._providers = {provider: ProviderHealth(provider, on) for provider, on in configured.items()}

    def all(self) -> list[ProviderHealth]:
        return list(self._providers.values())

    async def state(self, provider: Provider, payer: str | None = "") -> State:
        """Say how a provider is being asked, and what is left of its budget for the payer."""
        return await self._upstreams[provider].state(payer)

    def succeeded(self, provider: Provider) -> None:
        self._providers[provider].last_success_at = self._clock.time()

    def failed(self, capability: str, error: UpstreamError) -> Problem:
        """Log an error once, remember it, and give it to callers as a problem.

        A fault of the gateway's own is the error's cause, and its traceback stands in the same line as the reference.
        """
        problem = Problem.of(error, secrets.token_hex(6))
        fault = error.__cause__
        # A provider that is off is not in trouble, and says so at each request: that is no news.
        level = "info" if error.code is ProblemCode.NOT_CONFIGURED else "error" if fault else "warning"
        getattr(log, level)(
            "reading.failed",
            reference=problem.reference,
            provider=error.provider,
            capability=capability,
            code=error.code,
            detail=error.detail,
            retry_after=error.retry_after,
            **({"exc_info": fault} if fault else {}),
        )
        if error.code is ProblemCode.PROTOCOL:
            # One field is one series, in whichever row of an answer it stands.
            self._metrics.drift.labels(error.provider, _ROW.sub("[...]", error.detail)).inc()
        # Nor does it say anything of a provider's health that it refused what a caller asked for.
        if error.code not in (ProblemCode.NOT_CONFIGURED, ProblemCode.REJECTED):
            self._providers[error.provider].last_problem = problem
        return problem
