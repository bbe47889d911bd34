"""Parses and validates each document once, and turns down operations that ask for too much before they run."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator, Sequence

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension

from gateway.schema.errors import bad_input
from gateway.schema.limits import RequestLimits
from gateway.server.measure import Ruler, excess

# Texts kept, and the longest of them: comments are no tokens, and would let a few texts fill the memory.
_KEPT, _LONGEST_KEPT = 1000, 16_384


class Documents:
    """Documents that parsed, with what validation said of them, by their text; the least recently used goes first.

    A text is the key because hashing a parsed document takes longer than running a small one.
    """

    def __init__(
        self, schema: GraphQLSchema, limits: RequestLimits, rules: Sequence[type[ASTValidationRule]] = ()
    ) -> None:
        """`rules` are checked besides those of the specification."""
        self._schema = schema
        self._limits = limits
        self._rules = (*specified_rules, *rules)
        self._known: OrderedDict[str, tuple[DocumentNode, Sequence[GraphQLError]]] = OrderedDict()
        self._kept: dict[str, tuple[DocumentNode, Sequence[GraphQLError]]] = {}

    def keep(self, text: str) -> tuple[DocumentNode, Sequence[GraphQLError]]:
        """Parse and validate for good; raises `GraphQLError` for what does not parse."""
        self._kept[text] = self._read(text)
        return self._kept[text]

    def _read(self, text: str) -> tuple[DocumentNode, Sequence[GraphQLError]]:
        document = parse(text, max_tokens=self._limits.max_tokens)
        return document, validate(self._schema, document, self._rules, max_errors=10)

    def get(self, text: str) -> tuple[DocumentNode, Sequence[GraphQLError]]:
        """Parse and validate, or remember; raises `GraphQLError` for what does not parse."""
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


class Guard(SchemaExtension):
    """Stands before execution; made anew for each request over the same documents."""

    def __init__(self, documents: Documents, limits: RequestLimits) -> None:
        self._documents = documents
        self._limits = limits
        self._errors: Sequence[GraphQLError] = ()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        # Should the text not parse, Strawberry finds that out once more, under the same limit.
        context.parse_options = {"max_tokens": self._limits.max_tokens}
        if context.query is not None:
            try:
                context.graphql_document, self._errors = self._documents.get(context.query)
            except GraphQLError:
                context.graphql_document = None
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        context = self.execution_context
        document = context.graphql_document
        # Where nothing parsed, Strawberry has said so already.
        if document is not None:
            context.pre_execution_errors = list(self._errors) or await self._objections(document)
        yield

    async def _objections(self, document: DocumentNode) -> list[GraphQLError]:
        context = self.execution_context
        # Left to itself, Strawberry would run the first of several operations.
        named = context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
        operation = get_operation_ast(document, named)
        if operation is None:
            return [bad_input("operationName must name one of the document's operations.")]
        ruler = Ruler(document, operation, context.variables or {}, self._limits.max_depth)
        measures = ruler.measure()
        over = excess(measures, self._limits)
        return [over] if over else await self._unpaid(measures.cost)

    async def _unpaid(self, cost: int) -> list[GraphQLError]:
        try:
            await self.execution_context.context.charge(cost)
        except GraphQLError as refused:
            return [refused]
        return []
