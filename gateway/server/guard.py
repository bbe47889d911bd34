"""Parses and validates each document once, and turns down operations that ask for too much before they run.

The cheapest looks come first: tokens while the text is read, then the outline, then validation, then the measure with
the request's own variables.
"""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension

from gateway.schema.context import Context
from gateway.schema.errors import CallerError, bad_input
from gateway.schema.limits import RequestLimits
from gateway.server.excess import excess
from gateway.server.measure import Measures, Ruler
from gateway.server.outline import Outline
from gateway.server.tariff import Tariff
from gateway.server.variables import count_values

# Texts kept, and the longest of them: comments are no tokens, and would let a few texts fill the memory.
_KEPT, _LONGEST_KEPT = 1000, 16_384
# Introspection asks no provider, and tools ask it deeper than anything else is asked.
_DEEPEST_INTROSPECTION = 30


@dataclass(slots=True)
class Known:
    """A document that parsed, with what is wrong with all of it; `errors` is None until it was validated."""

    document: DocumentNode
    outline: Outline
    refusal: CallerError | None
    errors: Sequence[GraphQLError] | None = None


class Documents:
    """Documents that parsed, with what was found out about them, by their text; the least recently used goes first.

    A text is the key because hashing a parsed document takes longer than running a small one.
    """

    def __init__(
        self, schema: GraphQLSchema, limits: RequestLimits, rules: Sequence[type[ASTValidationRule]] = ()
    ) -> None:
        """`rules` are checked besides those of the specification."""
        self.tariff = Tariff(schema)
        self._schema = schema
        self._limits = limits
        self._rules = (*specified_rules, *rules)
        self._known: OrderedDict[str, Known] = OrderedDict()
        self._kept: dict[str, Known] = {}

    def keep(self, text: str) -> Sequence[GraphQLError]:
        """Parse and validate for good, and give what is wrong; raises `GraphQLError` for what does not parse."""
        known = self._kept[text] = self._read(text)
        return [known.refusal] if known.refusal else self.validated(known)

    def _read(self, text: str) -> Known:
        document = parse(text, max_tokens=self._limits.max_tokens)
        outline = Outline(document)
        return Known(document, outline, self._refusal(outline))

    def get(self, text: str) -> Known:
        """Parse, or remember; raises `GraphQLError` for what does not parse."""
        if text in self._kept:
            return self._kept[text]
        known = self._known.get(text)
        if known is None:
            known = self._read(text)
            if len(text) > _LONGEST_KEPT:
                return known
            self._known[text] = known
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(text)
        return known

    def validated(self, known: Known) -> Sequence[GraphQLError]:
        """Give what is wrong with a document by the rules of the language."""
        if known.errors is None:
            known.errors = validate(self._schema, known.document, self._rules, max_errors=10)
        return known.errors

    def _refusal(self, outline: Outline) -> CallerError | None:
        """Refuse a document that would take long to validate, whichever of its operations is to run."""
        limits = self._limits
        return excess(limits, max_fields=outline.fields) or excess(limits, max_merges=outline.merges)


class Guard(SchemaExtension):
    """Stands before execution; made anew for each request over the same documents."""

    def __init__(self, documents: Documents, limits: RequestLimits) -> None:
        self._documents = documents
        self._limits = limits
        self._known: Known | None = None
        self._measures: Measures | None = None
        # What the caller's budget holds afterwards; None where it has none.
        self._remaining: int | None = None

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
        cost, calls = self._measures.cost, self._measures.upstream_calls
        told = {"requested": cost, "maximum": self._limits.max_cost, "upstreamCalls": calls}
        return {"cost": told if self._remaining is None else {**told, "remaining": self._remaining}}

    async def _objections(self, known: Known) -> Sequence[GraphQLError]:
        # Left to itself, Strawberry would run the first of several operations.
        named = self.execution_context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
        operation = get_operation_ast(known.document, named)
        if operation is None:
            return [bad_input("operationName must name one of the document's operations.")]
        over = self._too_wide(known.outline, operation) or known.refusal
        if over:
            return [over]
        errors = self._documents.validated(known)
        if errors:
            return errors
        over = self._too_dear(known.document, operation, self.execution_context.variables or {})
        return [over] if over else await self._charged()

    def _too_wide(self, outline: Outline, operation: OperationDefinitionNode) -> CallerError | None:
        shape = outline.shape(operation)
        deepest = shape.introspected if shape.introspected > _DEEPEST_INTROSPECTION else shape.depth
        return excess(self._limits, max_depth=deepest, max_aliases=shape.aliases)

    def _too_dear(
        self, document: DocumentNode, operation: OperationDefinitionNode, sent: Mapping[str, Any]
    ) -> CallerError | None:
        over = excess(self._limits, max_values=count_values(sent))
        if over:
            return over
        found = self._measures = Ruler(self._documents.tariff, document, operation, sent).measure()
        return excess(
            self._limits,
            max_addresses=found.addresses,
            max_representations=found.representations,
            max_page_size=found.page_size,
            max_cost=found.cost,
        )

    async def _charged(self) -> Sequence[GraphQLError]:
        """Let the caller pay; gives what keeps the operation from running."""
        context, measures = self.execution_context.context, self._measures
        if isinstance(context, Context) and measures is not None:
            context.weighed.cost, context.weighed.upstream_calls = measures.cost, measures.upstream_calls
            try:
                self._remaining = await context.charge(measures.cost)
            except GraphQLError as refused:
                return [refused]
        return []
