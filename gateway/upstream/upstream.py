"""One provider's end of the wire: every request to it passes through here, bounded in time, size and number."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, TypeVar

import aiohttp
import structlog
from prometheus_client import Counter, Histogram
from yarl import URL

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.sources import Effort
from gateway.upstream.budget import Budget
from gateway.upstream.circuit import CircuitState
from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.host import Host, Hosts
from gateway.upstream.limit import Left
from gateway.upstream.metrics import Metrics
from gateway.upstream.retry import Refusal, RetryPolicy, after, is_worth_asking_again, retrying
from gateway.upstream.session import MAX_BODY, Attempt, Died, Reply, TooLarge, send
from gateway.upstream.status import error_of

T = TypeVar("T")

# Seconds that an attempt has at the least, however near the deadline.
_SHORTEST = 0.001
_EMPTY: Mapping[str, str] = MappingProxyType({})
_JSON: Final = {"Content-Type": "application/json"}
# A path in which nothing has to be quoted, and nothing leads up.
_PLAIN: Final = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", re.ASCII)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One request; `operation` is the provider's own name for it, and all that is ever logged of it."""

    operation: str
    path: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    # Headers may hold a credential, bodies an address.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    # Whose budget pays: the fingerprint of a caller's credential, empty for the gateway's own.
    payer: str = ""

    @property
    def method(self) -> str:
        """A call with a body is a POST; all calls are reads, and may be repeated."""
        return "GET" if self.body is None else "POST"


@dataclass(frozen=True, slots=True)
class State:
    """How a provider is being asked; `left` is None where no budget is set."""

    circuit: CircuitState
    left: Left | None


@dataclass(frozen=True, slots=True)
class Rules:
    """How one provider wants to be asked.

    With `budget_by_host` each host counts for itself: they belong to different vendors.
    """

    retry: RetryPolicy
    budget: Budget
    budget_by_host: bool = False


# What says that a host is not well; that it refuses, or that it is busy, says that it is there.
_UNWELL = frozenset({ProblemCode.UNAVAILABLE, ProblemCode.TIMEOUT, ProblemCode.BEHIND})


class Upstream:
    """Asks one provider; raises nothing but `UpstreamError`, whose text holds no URL, header or body."""

    def __init__(
        self,
        provider: Provider,
        hosts: Hosts,
        session: aiohttp.ClientSession,
        rules: Rules,
        metrics: Metrics,
        *,
        headers: Mapping[str, str] = _EMPTY,
        query: Mapping[str, str] = _EMPTY,
        configured: bool = True,
    ) -> None:
        """`headers` and `query` are sent with each call: the gateway's own credential goes there.

        Where it is missing the provider is not `configured`, and no call leaves the gateway.
        """
        self.provider = provider
        self.configured = configured
        self._hosts = hosts
        self._session = session
        self._rules = rules
        self._metrics = metrics
        self._headers = dict(headers)
        self._query = dict(query)
        # By operation and how it ended, each a name of the gateway's own.
        self._counted: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        metrics.circuits_open.labels(provider).set_function(lambda: hosts.open)

    def __repr__(self) -> str:
        return f"<Upstream {self.provider}>"

    def error(self, code: ProblemCode, detail: str, *, message: str | None = None) -> UpstreamError:
        return UpstreamError(code, self.provider, detail=detail, message=message)

    def misfit(self, detail: str) -> UpstreamError:
        """Say that an answer is not understood; `detail` names the field or the rule."""
        return self.error(ProblemCode.PROTOCOL, detail)

    def breach(self, rule: str) -> None:
        """Take note of figures that contradict each other; they are shown as they came."""
        log.warning("upstream.invariant_breached", provider=self.provider, rule=rule)
        self._metrics.breaches.labels(self.provider, rule).inc()

    async def state(self, payer: str | None = "") -> State:
        """Say how the provider is being asked, on behalf of a payer; of several hosts' budgets, the first's."""
        if payer is None:
            return State(self._hosts.state, None)
        return State(
            self._hosts.state, await self._rules.budget.left(f"0:{payer}" if self._rules.budget_by_host else payer)
        )

    def decode(self, body: bytes, shape: type[T]) -> T:
        try:
            return decode(body, shape)
        except Undecodable as trouble:
            raise self.misfit(str(trouble)) from None

    async def json(
        self, call: Call, shape: type[T], effort: Effort, *, statuses: Mapping[int, ProblemCode] | None = None
    ) -> T:
        """Ask, and decode a 200; `statuses` says where a provider's status means something of its own."""

        def read(reply: Reply) -> T:
            if reply.status != HTTPStatus.OK:
                raise error_of(self.provider, reply.status, reply.headers.get("Retry-After"), statuses or {})
            return self.decode(reply.body, shape)

        return await self.ask(call, read, effort)

    async def ask(self, call: Call, read: Callable[[Reply], T], effort: Effort) -> T:
        """Ask until `read` makes something of a reply, by the provider's rules and never past the effort's deadline.

        What `read` raises decides whether the call is made again, and where.
        """
        if not self.configured:
            raise self.error(ProblemCode.NOT_CONFIGURED, "no credential in the settings")
        tried: list[Host] = []

        def another_host() -> bool:
            return self._hosts.untried(tried, lambda host: self._is_closed(host, call)) > 0

        try:
            try:
                return await self._attempt(call, read, effort, tried)
            except UpstreamError as first:
                if not is_worth_asking_again(first):
                    raise
                failed = first
            # What drives attempts takes its time to be made; most calls need one attempt.
            attempts = retrying(self._rules.retry, effort, another_host)
            return await attempts(after(failed, partial(self._attempt, call, read, effort, tried)))
        except Refusal as refusal:
            self._metrics.refused.labels(self.provider, refusal.code).inc()
            raise

    async def _attempt(self, call: Call, read: Callable[[Reply], T], effort: Effort, tried: list[Host]) -> T:
        host = await self._afford(call, effort, tried)
        left = self._hosts.untried(tried, lambda other: self._is_closed(other, call))
        # A host that hangs must leave time for those after it; aiohttp takes no time at all for no limit at all.
        seconds = max(effort.deadline.remaining() / max(left, 1), _SHORTEST)
        tried.append(host)
        probe = host.circuit.enter()
        started = time.perf_counter()
        outcome = "abandoned"
        try:
            value = read(await self._reply(host, call, seconds))
        except UpstreamError as error:
            outcome = error.code
            await self._note(host, call, error, probe=probe)
            raise
        except Exception:
            # A provider's own exception for what it was told: the host answered.
            outcome = "ok"
            host.circuit.succeeded()
            raise
        else:
            outcome = "ok"
            host.circuit.succeeded()
            return value
        finally:
            host.circuit.leave(probe=probe)
            self._count(call.operation, outcome, time.perf_counter() - started)

    def _count(self, operation: str, outcome: str, seconds: float) -> None:
        """Count a call; a label is looked for once, for that takes longer than to count."""
        counted = self._counted.get((operation, outcome))
        if counted is None:
            counter = self._metrics.calls.labels(self.provider, operation, outcome)
            counted = counter, self._metrics.seconds.labels(self.provider, operation)
            self._counted[operation, outcome] = counted
        counter, histogram = counted
        counter.inc()
        histogram.observe(seconds)

    async def _note(self, host: Host, call: Call, error: UpstreamError, *, probe: bool) -> None:
        if error.retry_after is not None:
            error.retry_after = self._rules.retry.told(error.retry_after)
        if error.code in _UNWELL:
            host.circuit.failed(probe=probe)
            return
        host.circuit.succeeded()
        if error.code is ProblemCode.RATE_LIMITED:
            error.retry_after = await self._rules.budget.empty(self._account(host, call), error.retry_after)

    async def _afford(self, call: Call, effort: Effort, tried: list[Host]) -> Host:
        """Find a host and take its price out of the budget, waiting where that is worth it; raises `Refusal`."""
        spent: list[Host] = []
        while True:
            host = self._hosts.choose([*tried, *spent], lambda other: self._is_closed(other, call))
            if host is None:
                wait = self._hosts.wait()
                raise Refusal(ProblemCode.UNAVAILABLE, self.provider, detail="every circuit is open", retry_after=wait)
            wait = await self._rules.budget.take(self._account(host, call))
            if wait == 0:
                # Others may have taken the probe, or opened the circuit, while the budget was asked.
                if host.circuit.is_ready:
                    return host
                continue
            if self._rules.budget_by_host and host not in spent:
                # Another host may have room, and is asked for it before anyone waits.
                spent.append(host)
                continue
            if not effort.may_wait or wait >= effort.deadline.remaining():
                raise Refusal(ProblemCode.RATE_LIMITED, self.provider, detail="the budget is spent", retry_after=wait)
            await asyncio.sleep(wait)

    def _account(self, host: Host, call: Call) -> str:
        return f"{host.number}:{call.payer}" if self._rules.budget_by_host else call.payer

    def _is_closed(self, host: Host, call: Call) -> bool:
        return self._rules.budget_by_host and self._rules.budget.penalty(self._account(host, call)) > 0

    async def _reply(self, host: Host, call: Call, seconds: float) -> Reply:
        """Ask one host once, and read the whole answer whatever its status."""
        try:
            return await self._send_again(host, call, seconds)
        except TimeoutError:
            error = self.error(ProblemCode.TIMEOUT, "no answer within the time allowed")
        except TooLarge:
            error = self.misfit(f"a body of more than {MAX_BODY} bytes")
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as trouble:
            # A response error's own text holds the request's headers, so only its class is told.
            error = self.error(ProblemCode.PROTOCOL, f"broken response: {type(trouble).__name__}")
        except (aiohttp.ClientError, OSError) as trouble:
            error = self.error(ProblemCode.UNAVAILABLE, f"connection: {type(trouble.__cause__ or trouble).__name__}")
        raise error from None

    async def _send_again(self, host: Host, call: Call, within: float) -> Reply:
        attempt = Attempt()
        ends = time.perf_counter() + within
        url, headers = self._url(host, call), self._headers_of(call)
        try:
            return await send(self._session, attempt, url, headers, call.body, within=within)
        except Died:
            # A kept-alive connection that the provider had closed. It may have read the request before it did, so what
            # is sent again is paid for again.
            if attempt.opened or await self._rules.budget.take(self._account(host, call)) > 0:
                raise
        log.debug("upstream.idle_connection_died", provider=self.provider, operation=call.operation)
        left = max(ends - time.perf_counter(), _SHORTEST)
        return await send(self._session, Attempt(), url, headers, call.body, within=left)

    def _url(self, host: Host, call: Call) -> URL:
        url = host.url
        if call.path and _PLAIN.fullmatch(call.path):
            # Where nothing has to be quoted, it is what joining comes to.
            url = URL(f"{host.base}/{call.path}", encoded=True)
        elif call.path:
            url = url.joinpath(*call.path.split("/"))
        query = {**self._query, **call.query}
        return url.update_query(query) if query else url

    def _headers_of(self, call: Call) -> Mapping[str, str]:
        headers = self._headers | dict(call.headers) if call.headers else self._headers
        return headers if call.body is None else headers | _JSON
