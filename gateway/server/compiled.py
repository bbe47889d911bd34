"""Runs operations as they were compiled, and leaves to the reference executor what that does not handle."""

from collections.abc import AsyncIterator
from typing import Any, cast

import msgspec
import structlog
from graphql import ExecutionResult, GraphQLError
from prometheus_client import Counter
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.execution.plans import Plans, Prepared
from gateway.execution.unhandled import Reason, Unhandled
from gateway.schema.context import Context
from gateway.upstream.metrics import Metrics

log = structlog.get_logger(__name__)

# How an operation was run, told beside the reasons why it was not.
COMPILED = "compiled"
AT_HAND = "at_hand"


class Runs:
    """Counts operations by how they were run; each app counts by itself."""

    def __init__(self, metrics: Metrics) -> None:
        counted = Counter(
            "gateway_executions",
            "Operations by how they were run: at_hand (compiled, with nothing to wait for), compiled, or why by the "
            "reference executor.",
            ["how"],
            registry=metrics.registry,
        )
        # Plain numbers, as reads are counted; the metrics are told of them when somebody looks.
        self._counts: dict[str, int] = dict.fromkeys((COMPILED, AT_HAND, *Reason), 0)
        self._counters = {how: counted.labels(how) for how in self._counts}
        metrics.before_text.append(self._show)

    def count(self, how: str) -> None:
        self._counts[how] += 1

    def _show(self) -> None:
        for how, counter in self._counters.items():
            counter.inc(self._counts[how])
            self._counts[how] = 0


class Compiled(SchemaExtension):
    """Puts the written data in the place of a result; made anew for each request.

    A result that the reference executor has to make instead asks nobody twice: the loaders remember.
    """

    def __init__(self, plans: Plans, *, explains: bool) -> None:
        self._plans = plans
        self._explains = explains
        self._how: str = ""

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        if context.operation_type is OperationType.QUERY:
            request: Context = context.context
            try:
                written = msgspec.Raw(await self._written(request))
            except Unhandled as unhandled:
                self._left(unhandled)
                request.loaders.begin_again()
            else:
                context.result = ExecutionResult(data=cast("dict[str, Any]", written), errors=None)
            request.count_run(self._how)
        yield

    def _left(self, unhandled: Unhandled) -> None:
        """Take note of what is left to the reference executor."""
        self._how = unhandled.reason
        fault = unhandled.__cause__
        # What a resolver refuses is told to the caller; anything else should not have happened here.
        if fault is not None and not isinstance(fault, GraphQLError):
            log.warning("execution.failed", reason=unhandled.reason, exc_info=fault)

    async def _written(self, request: Context) -> bytes:
        context = self.execution_context
        document, named = context.graphql_document, context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
        if document is None or context.query is None:
            raise Unhandled(Reason.NOT_A_QUERY)
        prepared = self._plans.prepare(context.query, document, named, context.variables or {})
        return b"".join(await self._pieces(prepared, request))

    async def _pieces(self, prepared: Prepared, request: Context) -> list[bytes]:
        found = prepared.plan.at_hand(prepared.given, request, request.moment)
        self._how = COMPILED if found is None else AT_HAND
        if found is not None:
            request.loaders.freshness.count_hits()
        else:
            # What was at hand is read with all the rest: a response takes all its readings one way.
            request.loaders.renew(request.loaders.deadline)
            found = await prepared.plan.answer(prepared.given, request, request.moment)
        request.weighed.prepared = prepared
        return found

    def get_results(self) -> dict[str, Any]:
        """Tell how the operation was run, where the operator wants that told."""
        return {"execution": self._how} if self._explains and self._how else {}
