"""Runs operations as they were compiled, and leaves to the reference executor what that does not handle."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import msgspec
import structlog
from graphql import ExecutionResult, GraphQLError
from prometheus_client import Counter
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.execution.event import Events
from gateway.execution.plans import Plans, Prepared
from gateway.execution.unhandled import Reason, Unhandled
from gateway.schema.context import Context
from gateway.schema.executor import Result
from gateway.upstream.metrics import Metrics

log = structlog.get_logger(__name__)

# How an operation was run, told beside the reasons why it was not.
COMPILED = "compiled"
AT_HAND = "at_hand"
# An event that was written for another listener.
SHARED = "shared"


class Runs:
    """Counts operations by how they were run; each app counts by itself."""

    def __init__(self, metrics: Metrics) -> None:
        counted = Counter(
            "gateway_executions",
            "Operations, and events of subscriptions, by how they were run: at_hand (compiled, with nothing to wait "
            "for), compiled, shared (an event, written for another listener), or why by the reference executor.",
            ["how"],
            registry=metrics.registry,
        )
        # Plain numbers, as reads are counted; the metrics are told of them when somebody looks.
        self._counts: dict[str, int] = dict.fromkeys((COMPILED, AT_HAND, SHARED, *Reason), 0)
        self._counters = {how: counted.labels(how) for how in self._counts}
        metrics.before_text.append(self._show)

    def count(self, how: str) -> None:
        self._counts[how] += 1

    def _show(self) -> None:
        for how, counter in self._counters.items():
            counter.inc(self._counts[how])
            self._counts[how] = 0


def at_hand(prepared: Prepared, request: Context, root: object = None) -> list[bytes] | None:
    """Write the data at once, where all of it is at hand; raises `Unhandled`."""
    found = prepared.plan.at_hand(prepared.given, request, request.moment, root)
    if found is not None:
        request.loaders.freshness.count_hits()
    return found


async def read(prepared: Prepared, request: Context, root: object = None) -> list[bytes]:
    """Write the data when all that it needs has been read; raises `Unhandled`."""
    # What was at hand is read with all the rest: a response takes all its readings one way.
    request.loaders.renew(request.loaders.deadline)
    return await prepared.plan.answer(prepared.given, request, request.moment, root)


class Compiled(SchemaExtension):
    """Puts the written data in the place of a result; made anew for each request.

    A result that the reference executor has to make instead asks nobody twice: the loaders remember.
    """

    def __init__(self, plans: Plans, events: Events, *, explains: bool) -> None:
        self._plans = plans
        self._events = events
        self._explains = explains
        self._how: str = ""
        # What runs a subscription's events, once that is known; or why nothing does.
        self._prepared: Prepared | Reason | None = None

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        request: Context = context.context
        if context.operation_type is OperationType.QUERY:
            try:
                written = await self._written(request)
            except Unhandled as unhandled:
                self._left(unhandled, request)
            else:
                context.result = _result(written)
            request.count_run(self._how)
        elif context.operation_type is OperationType.SUBSCRIPTION:
            request.weighed.tell = partial(self._tell, request)
        yield

    def _left(self, unhandled: Unhandled, request: Context) -> None:
        """Take note of what is left to the reference executor."""
        self._how = unhandled.reason
        fault = unhandled.__cause__
        # What a resolver refuses is told to the caller; anything else should not have happened here.
        if fault is not None and not isinstance(fault, GraphQLError):
            log.warning("execution.failed", reason=unhandled.reason, exc_info=fault)
        request.loaders.begin_again()

    def _prepare(self) -> Prepared:
        context = self.execution_context
        document, named = context.graphql_document, context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
        if document is None or context.query is None:
            raise Unhandled(Reason.NOT_A_QUERY)
        return self._plans.prepare(context.query, document, named, context.variables or {})

    async def _written(self, request: Context) -> bytes:
        if request.weighed.unhandled is not None:
            # It has been tried.
            raise request.weighed.unhandled
        prepared = self._prepare()
        found = self._at_hand(prepared, request, None)
        return await self._answer(prepared, request, None) if found is None else found

    def _at_hand(self, prepared: Prepared, request: Context, root: object) -> bytes | None:
        found = at_hand(prepared, request, root)
        if found is None:
            return None
        self._how = AT_HAND
        return b"".join(found)

    async def _answer(self, prepared: Prepared, request: Context, root: object) -> bytes:
        self._how = COMPILED
        return b"".join(await read(prepared, request, root))

    def _tell(self, request: Context, event: Any, execute: Callable[[], Result]) -> Result:
        """Tell an event: at once, as it was told to another, or when all that it needs has come."""
        try:
            prepared = self._prepared_event()
            written = self._shared(prepared, event) or self._at_hand(prepared, request, event)
        except Unhandled as unhandled:
            self._left(unhandled, request)
            request.count_run(self._how)
            return execute()
        if written is None:
            return self._tell_later(prepared, request, event, execute)
        request.count_run(self._how)
        if self._how != SHARED:
            self._events.keep(prepared, event, written)
        return _result(written)

    async def _tell_later(
        self, prepared: Prepared, request: Context, event: Any, execute: Callable[[], Result]
    ) -> ExecutionResult:
        try:
            result: Result = _result(await self._answer(prepared, request, event))
        except Unhandled as unhandled:
            self._left(unhandled, request)
            result = execute()
        request.count_run(self._how)
        return await result if isawaitable(result) else result

    def _prepared_event(self) -> Prepared:
        """Give what runs the events, found out once; raises `Unhandled`."""
        if self._prepared is None:
            try:
                self._prepared = self._prepare()
            except Unhandled as unhandled:
                # The next event is the second one of this document.
                if unhandled.reason is not Reason.FIRST_SEEN:
                    self._prepared = unhandled.reason
                raise
        if isinstance(self._prepared, Reason):
            raise Unhandled(self._prepared)
        return self._prepared

    def _shared(self, prepared: Prepared, event: Any) -> bytes | None:
        self._how = SHARED
        return self._events.get(prepared, event)

    def get_results(self) -> dict[str, Any]:
        """Tell how the operation was run, where the operator wants that told."""
        return {"execution": self._how} if self._explains and self._how else {}


def _result(written: bytes) -> ExecutionResult:
    return ExecutionResult(data=cast("dict[str, Any]", msgspec.Raw(written)), errors=None)
