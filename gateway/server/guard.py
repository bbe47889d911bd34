"""Turns down operations that are not valid or ask for too much, before they run.

The cheapest looks come first: tokens while the text is read, then the outline, then validation, then the measure with
the request's own variables.
"""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from gateway.schema.context import Context
from gateway.schema.errors import CallerError, bad_input
from gateway.schema.limits import RequestLimits
from gateway.server.documents import Documents, Known, Operation
from gateway.server.excess import too_dear, too_many_values, too_wide
from gateway.server.measure import Measures


def cost_told(found: Measures, limits: RequestLimits, remaining: int | None = None) -> dict[str, int]:
    """Give what callers are told of an operation's cost; `remaining` is what a budget holds, where there is one."""
    told = {"requested": found.cost, "maximum": limits.max_cost, "upstreamCalls": found.upstream_calls}
    return told if remaining is None else {**told, "remaining": remaining}


class Guard(SchemaExtension):
    """Stands before execution; made anew for each request over the same documents."""

    def __init__(self, documents: Documents, limits: RequestLimits) -> None:
        self._documents = documents
        self._limits = limits
        self._known: Known | None = None
        self._measures: Measures | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        # Should the text not parse, Strawberry finds that out once more, under the same limit.
        context.parse_options = {"max_tokens": self._limits.max_tokens}
        if context.query is not None:
            try:
                self._known = self._documents.get(context.query)
                context.graphql_document = self._known.document
            except GraphQLError:
                context.graphql_document = None
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        # Where nothing parsed, Strawberry has said so already.
        if self._known is not None:
            self.execution_context.pre_execution_errors = list(await self._objections(self._known))
        yield

    def get_results(self) -> dict[str, Any]:
        """Tell what the operation costs, also where that is too much."""
        if self._measures is None:
            return {}
        context = self.execution_context.context
        remaining = context.weighed.remaining if isinstance(context, Context) else None
        return {"cost": cost_told(self._measures, self._limits, remaining)}

    async def _objections(self, known: Known) -> Sequence[GraphQLError]:
        # Left to itself, Strawberry would run the first of several operations.
        named = self.execution_context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
        operation = self._documents.operation(known, named)
        if operation is None:
            return [bad_input("operationName must name one of the document's operations.")]
        over = too_wide(self._limits, operation.shape) or known.refusal
        if over:
            return [over]
        errors = self._documents.validated(known)
        if errors:
            return errors
        over = self._excess(operation, self.execution_context.variables or {})
        return [over] if over else await self._charged()

    def _excess(self, operation: Operation, sent: Mapping[str, Any]) -> CallerError | None:
        over = too_many_values(self._limits, sent)
        if over:
            return over
        self._measures = operation.ruler.measure(sent)
        return too_dear(self._limits, self._measures)

    async def _charged(self) -> Sequence[GraphQLError]:
        """Let the caller pay; gives what keeps the operation from running."""
        context, measures = self.execution_context.context, self._measures
        if isinstance(context, Context) and measures is not None:
            try:
                await context.charge(measures.cost)
            except GraphQLError as refused:
                return [refused]
        return []
