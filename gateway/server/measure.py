"""Measures an operation before it runs: depth, aliases, addresses and cost, in time linear in the document."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from gateway.schema.errors import CallerError, ErrorCode
from gateway.schema.limits import RequestLimits

# Upstream calls that a field may make necessary, for each address it stands under; each representation of an entity
# may need one of its own.
_CALLS: Mapping[str, int] = {
    "runes": 1,
    "inscriptionId": 1,
    "tokens": 1,
    # One for each token program.
    "tokenAccounts": 2,
    "tokenAccount": 1,
    "rune": 1,
    "exchangeWallets": 1,
    # For each address: those of an owner, what it is itself, and bloXroute in their place; one more for the exchange.
    "portfolio": 4,
    "reconcileTokens": 5,
    # The balances, and what the runes are that only the wallet lists.
    "reconcileRunes": 2,
}
_CALL_COST = 10
# Arguments that list what is asked for: all below such a field is paid for once for each item.
_LISTS = ("addresses", "representations")
# Past this, sums stop growing: fragments can multiply them beyond any machine integer.
_ENDLESS = 1 << 40


@dataclass(frozen=True, slots=True)
class Measures:
    """What an operation asks for."""

    depth: int = 0
    aliases: int = 0
    addresses: int = 0
    cost: int = 0

    def beside(self, other: "Measures") -> "Measures":
        return Measures(
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, _ENDLESS),
            min(self.addresses + other.addresses, _ENDLESS),
            min(self.cost + other.cost, _ENDLESS),
        )


class Ruler:
    """Measures an operation with one request's variables; each fragment is walked once, however often it is spread."""

    def __init__(
        self, document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any], max_depth: int
    ) -> None:
        self._operation = operation
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
            if each.default_value
        }
        self._variables = variables
        self._max_depth = max_depth
        self._measured: dict[str, Measures] = {}

    def measure(self) -> Measures:
        return self._selections(self._operation.selection_set, 0)

    def _selections(self, selections: SelectionSetNode | None, depth: int) -> Measures:
        total = Measures()
        # Deeper than is allowed, the rest of a branch no longer matters.
        if selections is None or depth > self._max_depth:
            return total
        for node in selections.selections:
            if isinstance(node, FieldNode):
                total = total.beside(self._field(node, depth))
            elif isinstance(node, InlineFragmentNode):
                total = total.beside(self._selections(node.selection_set, depth))
            else:
                # There is no fourth kind of selection.
                total = total.beside(self._fragment(cast("FragmentSpreadNode", node).name.value))
        return total

    def _fragment(self, name: str) -> Measures:
        if name not in self._measured:
            # Validation has refused cycles and unknown names before anything is measured.
            self._measured[name] = self._selections(self._fragments[name].selection_set, 0)
        return self._measured[name]

    def _field(self, field: FieldNode, depth: int) -> Measures:
        name = field.name.value
        aliases = 1 if field.alias else 0
        below = self._selections(field.selection_set, depth + 1)
        if name.startswith("__"):
            # Introspection has a depth rule of its own, and asks no provider; only aliases let it grow.
            return Measures(aliases=min(aliases + below.aliases, _ENDLESS))
        items = self._items(field)
        each = max(items or 0, 1)
        calls = each if name == "_entities" else _CALLS.get(name, 0) * (each if name == "portfolio" else 1)
        return Measures(
            below.depth + 1,
            min(aliases + below.aliases, _ENDLESS),
            min((items or 0) + below.addresses * each, _ENDLESS),
            min(1 + calls * _CALL_COST + below.cost * each, _ENDLESS),
        )

    def _items(self, field: FieldNode) -> int | None:
        """Count what a field lists; None where it lists nothing."""
        for argument in field.arguments or ():
            if argument.name.value in _LISTS:
                return self._length(argument.value)
        return None

    def _length(self, value: ValueNode) -> int:
        if isinstance(value, ListValueNode):
            return len(value.values)
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self._variables and name in self._defaults:
                return self._length(self._defaults[name])
            given = self._variables.get(name)
            return len(given) if isinstance(given, list) else 1
        return 1


def excess(measures: Measures, limits: RequestLimits) -> CallerError | None:
    """Give the error for the first limit that is passed."""
    rows = (
        ("depth", measures.depth, limits.max_depth),
        ("number of aliases", measures.aliases, limits.max_aliases),
        ("number of addresses", measures.addresses, limits.max_addresses),
        ("cost", measures.cost, limits.max_cost),
    )
    for what, found, most in rows:
        if found > most:
            told = str(found) if found < _ENDLESS else "beyond counting"
            return CallerError(
                ErrorCode.LIMIT_EXCEEDED, f"The {what} of this operation is {told}; at most {most} is allowed."
            )
    return None
