"""Measures an operation by walking it with one request's variables: long-winded, and what the gauge is held to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.schema.cost import REFERENCES, Inquiry, Listing
from gateway.server.ledger import Ledger, Manner
from gateway.server.measure import Measures
from gateway.server.outline import ENDLESS
from gateway.server.tariff import Tariff, Terms
from tests.server.sent import Variables

_INT_BITS = 31
_NO_SIZES: Mapping[str, int] = {}
# The type of those of whom addresses tell.
_HOLDER = "Account"


@dataclass(frozen=True, slots=True)
class _Objects:
    """Objects of one place: how many, how many different ones, and their addresses where the operation names them."""

    items: int = 1
    different: int = 1
    keys: frozenset[str] | None = None

    def each(self, size: int) -> "_Objects":
        """Give what a list of a size, on each of these, holds."""
        return _Objects(min(self.items * size, ENDLESS), min(self.different * size, ENDLESS))


class Walked:
    """One operation with one request's variables."""

    def __init__(
        self, tariff: Tariff, document: DocumentNode, operation: OperationDefinitionNode, sent: Mapping[str, Any]
    ) -> None:
        self._tariff = tariff
        self._operation = operation
        self._variables = Variables(operation, sent)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._ledger = Ledger()
        # Alive until the end, so that what is counted once can be told apart by its identity.
        self._seen: list[_Objects] = []
        self._page_size = 0
        self._addresses = 0
        self._representations = 0

    def measure(self) -> Measures:
        root = self._tariff.root(self._operation.operation)
        fields = self._fields(root, [self._operation.selection_set], _Objects(), {}, _NO_SIZES)
        calls = min(self._ledger.calls(), ENDLESS)
        return Measures(self._page_size, self._addresses, self._representations, fields, calls)

    def _fields(
        self,
        kind: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        objects: _Objects,
        above: Mapping[str, _Objects],
        sizes: Mapping[str, int],
    ) -> int:
        """Count the fields of some objects and of all below them; `above` has the nearest objects by type."""
        self._seen.append(objects)
        above = {**above, kind.name: objects}
        names: dict[str, list[FieldNode]] = {}
        self._collect(kind, selections, names, set())
        found = 0
        for alike in names.values():
            terms = self._tariff.terms(kind, alike[0].name.value)
            below = [each.selection_set for each in alike if each.selection_set]
            if alike[0].name.value == "_entities":
                found += 1 + self._entities(alike[0], terms, below)
                continue
            for inquiry in terms.asks.inquiries if terms.asks else ():
                self._ask(alike[0], terms, inquiry, above)
            found += objects.items + (self._below(alike[0], terms, below, objects, above, sizes) if below else 0)
        return min(found, ENDLESS)

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        names: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        """Gather the fields that objects of a type are asked for, by the names they are answered under."""
        for node in (node for each in selections for node in each.selections):
            if isinstance(node, FieldNode) and not self._variables.leave_out(node):
                names.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode) and not self._variables.leave_out(node):
                condition = node.type_condition
                if condition is None or self._tariff.covers(condition.name.value, kind):
                    self._collect(kind, [node.selection_set], names, spread)
            elif isinstance(node, FragmentSpreadNode) and not self._variables.leave_out(node):
                fragment = self._fragments[node.name.value]
                if node.name.value not in spread and self._tariff.covers(fragment.type_condition.name.value, kind):
                    spread.add(node.name.value)
                    self._collect(kind, [fragment.selection_set], names, spread)

    def _below(
        self,
        field: FieldNode,
        terms: Terms,
        below: Sequence[SelectionSetNode],
        objects: _Objects,
        above: Mapping[str, _Objects],
        sizes: Mapping[str, int],
    ) -> int:
        listing = terms.listing
        size = self._size(field, terms, sizes)
        inner = objects.each(size if terms.is_list else 1)
        if terms.addresses is not None:
            asked = self._texts(field, terms, terms.addresses)
            self._addresses += len(asked)
            keys = frozenset(asked)
            holders = _Objects(len(keys), len(keys), keys)
            above = {**above, _HOLDER: holders}
            if (listing.items_of if listing else None) == terms.addresses or (not terms.is_list and len(keys) == 1):
                inner = _Objects(inner.items, len(keys), keys)
        elif listing and listing.of_accounts:
            held = above[_HOLDER]
            inner = _Objects(objects.each(held.different).items, held.different, held.keys)
        sized = listing.sized_fields if listing else None
        return self._of_any(terms.kind, below, inner, above, dict.fromkeys(sized or (), size))

    def _of_any(
        self,
        kind: GraphQLNamedType,
        below: Sequence[SelectionSetNode],
        objects: _Objects,
        above: Mapping[str, _Objects],
        sizes: Mapping[str, int],
    ) -> int:
        """Count for the dearest of the types that the objects may have."""
        return max(
            (self._fields(each, below, objects, above, sizes) for each in self._tariff.concrete(kind)), default=0
        )

    def _size(self, field: FieldNode, terms: Terms, sizes: Mapping[str, int]) -> int:
        listing = terms.listing
        if listing is None:
            return sizes.get(field.name.value, terms.assumed)
        if listing.items_of is not None:
            items = len(self._texts(field, terms, listing.items_of))
            return max(items, listing.assumed_size) if listing.or_more else items
        return self._page(field, terms, listing)

    def _page(self, field: FieldNode, terms: Terms, listing: Listing) -> int:
        for name in listing.slicing_arguments or ():
            value = self._variables.argument(field, name, terms.arguments[name])
            # What is no Int is refused when it is coerced.
            if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _INT_BITS:
                self._page_size = max(self._page_size, value)
                return max(value, 0)
        return listing.assumed_size

    def _ask(self, field: FieldNode, terms: Terms, inquiry: Inquiry, above: Mapping[str, _Objects]) -> None:
        age = self._written(field, terms, "maxAge") or inquiry.age
        moment = self._written(field, terms, inquiry.after) if inquiry.after else ""
        for commitment in inquiry.commitments:
            manner = Manner(age, self._written(field, terms, "commitment") or commitment, moment)
            if inquiry.by is not None:
                self._ledger.ask(inquiry.question, self._texts(field, terms, inquiry.by)[: inquiry.most], manner)
                continue
            objects = above.get(inquiry.each or "")
            if objects is not None and objects.keys is not None:
                self._ledger.ask(inquiry.question, objects.keys, manner)
            elif objects is not None:
                self._ledger.ask_unnamed(inquiry.question, objects.different, id(objects), manner)

    def _entities(self, field: FieldNode, terms: Terms, below: Sequence[SelectionSetNode]) -> int:
        """Count what representations are resolved to, each as the type that it says it is of."""
        found = 0
        sent = self._variables.items(field, "representations", terms.arguments["representations"])
        self._representations += len(sent)
        members = [each for each in sent if isinstance(each, Mapping)]
        for kind in self._tariff.concrete(terms.kind):
            alike = [each for each in members if each.get("__typename") == kind.name]
            reference = REFERENCES.get(kind.name)
            keys = frozenset(_text(each.get(reference.key)) for each in alike) if reference else None
            if not alike:
                continue
            if reference and reference.question and keys:
                self._ledger.ask(reference.question, keys, Manner(commitment=reference.commitment, moment="reference"))
            found += self._fields(kind, below, _Objects(len(alike), len(keys or alike), keys), {}, _NO_SIZES)
        return found

    def _texts(self, field: FieldNode, terms: Terms, name: str) -> list[str]:
        return [_text(each) for each in self._variables.items(field, name, terms.arguments[name])]

    def _written(self, field: FieldNode, terms: Terms, name: str) -> str:
        if name not in terms.arguments:
            return ""
        value = self._variables.argument(field, name, terms.arguments[name])
        return "" if value is None else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
