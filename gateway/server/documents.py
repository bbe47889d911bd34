"""Documents that parsed, with what was found out about them: parsed and validated once, and their operations known."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from gateway.schema.errors import CallerError
from gateway.schema.limits import RequestLimits
from gateway.server.excess import too_long_to_validate
from gateway.server.measure import Ruler
from gateway.server.outline import Outline, Shape
from gateway.server.tariff import Tariff

# Texts kept, and the longest of them: comments are no tokens, and would let a few texts fill the memory.
_KEPT, _LONGEST_KEPT = 1000, 16_384


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a document, and what measures it."""

    shape: Shape
    ruler: Ruler
    is_query: bool


@dataclass(slots=True)
class Known:
    """A document that parsed, with what is wrong with all of it; `errors` is None until it was validated."""

    document: DocumentNode
    outline: Outline
    refusal: CallerError | None
    errors: Sequence[GraphQLError] | None = None
    # By the names under which they were asked for.
    operations: dict[str | None, Operation] = field(default_factory=dict)

    @property
    def is_valid(self) -> bool:
        """Say whether it is known to be."""
        return self.refusal is None and self.errors is not None and not self.errors


class Documents:
    """Documents that parsed, with what was found out about them, by their text; the least recently used goes first.

    A text is the key because hashing a parsed document takes longer than running a small one.
    """

    def __init__(
        self, schema: GraphQLSchema, limits: RequestLimits, rules: Sequence[type[ASTValidationRule]] = ()
    ) -> None:
        """`rules` are checked besides those of the specification."""
        self._tariff = Tariff(schema)
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
        return Known(document, outline, too_long_to_validate(self._limits, outline))

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

    def valid(self, text: str) -> Known | None:
        """Give a document that is known to be valid; None for any other."""
        known = self._kept.get(text) or self._known.get(text)
        if known is None or not known.is_valid:
            return None
        if text in self._known:
            self._known.move_to_end(text)
        return known

    def operation(self, known: Known, name: str | None) -> Operation | None:
        """Give the operation to run, of several the one that is named; None where that is not one."""
        found = known.operations.get(name)
        if found is None:
            node = get_operation_ast(known.document, name)
            if node is None:
                return None
            ruler = Ruler(self._tariff, known.document, node)
            found = known.operations[name] = Operation(
                known.outline.shape(node), ruler, node.operation is OperationType.QUERY
            )
        return found

    def validated(self, known: Known) -> Sequence[GraphQLError]:
        """Give what is wrong with a document by the rules of the language."""
        if known.errors is None:
            known.errors = validate(self._schema, known.document, self._rules, max_errors=10)
        return known.errors
