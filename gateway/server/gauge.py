"""Walks an operation once, and leaves what measures it for all variables that would be walked the same way.

The walk follows the executor: fields of one name in one place are one field, and what is skipped is not there.
The outline has bounded what there is to walk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from gateway.schema.cost import Inquiry, Listing
from gateway.server.conditions import Conditions, Told
from gateway.server.count import Count, Texts, largest, product, text, total
from gateway.server.entities import Alike, Representations
from gateway.server.notes import (
    Note,
    Objects,
    Page,
    manners,
    note_addresses,
    note_objects,
    note_values,
    one_of,
    where_any,
)
from gateway.server.tariff import Tariff, Terms
from gateway.server.variables import Value, Variables, constant

_NO_SIZES: Final[Mapping[str, Count]] = {}
# The type of those of whom addresses tell.
_HOLDER: Final = "Account"


@dataclass(frozen=True, slots=True)
class Gauge:
    """How many fields there are at the most, and what is noted besides, for requests that are `told` the same."""

    fields: Count
    notes: Sequence[Note]
    told: Told


class Walk:
    """The walk through one operation. Fields are counted for one object of the place that they are in."""

    def __init__(
        self,
        tariff: Tariff,
        variables: Variables,
        fragments: Mapping[str, FragmentDefinitionNode],
        conditions: Conditions,
    ) -> None:
        self._tariff = tariff
        self._variables = variables
        self._fragments = fragments
        self._conditions = conditions
        self._notes: list[Note] = []
        # Arguments with several items, by their field and name: each is read once.
        self._read: dict[tuple[int, int, str], Texts] = {}

    def gauge(self, operation: OperationDefinitionNode) -> Gauge:
        root = self._tariff.root(operation.operation)
        fields = self._fields(root, [operation.selection_set], Objects(), {}, _NO_SIZES)
        return Gauge(fields, self._notes, self._conditions.told)

    def _fields(
        self,
        kind: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        objects: Objects,
        above: Mapping[str, Objects],
        sizes: Mapping[str, Count],
    ) -> Count:
        """Count the fields of an object and of all below it; `above` has the nearest objects by type."""
        above = {**above, kind.name: objects}
        names: dict[str, list[FieldNode]] = {}
        self._collect(kind, selections, names, set())
        found: list[Count] = [len(names)]
        for alike in names.values():
            terms = self._tariff.terms(kind, alike[0].name.value)
            below = [each.selection_set for each in alike if each.selection_set]
            if alike[0].name.value == "_entities":
                found.append(self._entities(alike[0], terms, below))
                continue
            for inquiry in terms.asks.inquiries if terms.asks else ():
                self._ask(alike[0], terms, inquiry, above)
            if below:
                found.append(self._below(alike[0], terms, below, objects, above, sizes))
        return total(found)

    def _collect(
        self,
        kind: GraphQLObjectType,
        selections: Sequence[SelectionSetNode],
        names: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        """Gather the fields that objects of a type are asked for, by the names they are answered under."""
        for node in (node for each in selections for node in each.selections):
            if isinstance(node, FieldNode) and not self._conditions.leave_out(node):
                names.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode) and not self._conditions.leave_out(node):
                condition = node.type_condition
                if condition is None or self._tariff.covers(condition.name.value, kind):
                    self._collect(kind, [node.selection_set], names, spread)
            elif isinstance(node, FragmentSpreadNode) and not self._conditions.leave_out(node):
                fragment = self._fragments[node.name.value]
                if node.name.value not in spread and self._tariff.covers(fragment.type_condition.name.value, kind):
                    spread.add(node.name.value)
                    self._collect(kind, [fragment.selection_set], names, spread)

    def _below(
        self,
        field: FieldNode,
        terms: Terms,
        below: Sequence[SelectionSetNode],
        objects: Objects,
        above: Mapping[str, Objects],
        sizes: Mapping[str, Count],
    ) -> Count:
        listing = terms.listing
        size = self._size(field, terms, sizes)
        many: Count = size if terms.is_list else 1
        inner = Objects(product(objects.different, many))
        if terms.addresses is not None:
            asked = self._texts(field, terms, terms.addresses)
            self._notes.append(note_addresses(asked))
            holders = Objects(asked.many_different, asked.different)
            above = {**above, _HOLDER: holders}
            if (listing.items_of if listing else None) == terms.addresses:
                inner = Objects(holders.different, holders.keys)
            elif not terms.is_list:
                inner = one_of(asked, inner)
        elif listing and listing.of_accounts:
            held = above[_HOLDER]
            many = held.different
            inner = Objects(held.different, held.keys)
        sized = listing.sized_fields if listing else None
        return product(many, self._of_any(terms.kind, below, inner, above, dict.fromkeys(sized or (), size)))

    def _of_any(
        self,
        kind: GraphQLNamedType,
        below: Sequence[SelectionSetNode],
        objects: Objects,
        above: Mapping[str, Objects],
        sizes: Mapping[str, Count],
    ) -> Count:
        """Count for the dearest of the types that the objects may have."""
        return largest([self._fields(each, below, objects, above, sizes) for each in self._tariff.concrete(kind)])

    def _size(self, field: FieldNode, terms: Terms, sizes: Mapping[str, Count]) -> Count:
        listing = terms.listing
        if listing is None:
            return sizes.get(field.name.value, terms.assumed)
        if listing.items_of is not None:
            items = self._texts(field, terms, listing.items_of).many
            return largest([items, listing.assumed_size]) if listing.or_more else items
        return self._page(field, terms, listing)

    def _page(self, field: FieldNode, terms: Terms, listing: Listing) -> Count:
        names = listing.slicing_arguments or ()
        page = Page([self._variables.argument(field, name, terms.arguments[name]) for name in names])
        self._notes.append(page.note)
        return page.size(listing.assumed_size)

    def _ask(self, field: FieldNode, terms: Terms, inquiry: Inquiry, above: Mapping[str, Objects]) -> None:
        age = self._written(field, terms, "maxAge", inquiry.age)
        moment = self._written(field, terms, inquiry.after, "") if inquiry.after else constant("")
        for each in inquiry.commitments:
            commitment = self._written(field, terms, "commitment", each)
            manner = manners(age, commitment, moment)
            if inquiry.by is not None:
                self._notes.append(note_values(inquiry, self._texts(field, terms, inquiry.by), manner))
                continue
            objects = above.get(inquiry.each or "")
            if objects is not None:
                self._notes.append(note_objects(inquiry, objects, manner))

    def _entities(self, field: FieldNode, terms: Terms, below: Sequence[SelectionSetNode]) -> Count:
        """Count what representations are resolved to, each as the type that it says it is of."""
        items = self._variables.items(field, "representations", terms.arguments["representations"])
        sent = Representations(items)
        self._notes.append(sent.note)
        return total(
            [self._entities_of(kind, Alike(sent, kind.name), below) for kind in self._tariff.concrete(terms.kind)]
        )

    def _entities_of(self, kind: GraphQLObjectType, alike: Alike, below: Sequence[SelectionSetNode]) -> Count:
        objects = Objects(alike.different, alike.keys if alike.have_keys else None)
        # What is noted of objects of a type is noted only where there are some.
        above, self._notes = self._notes, [alike.note]
        fields = self._fields(kind, below, objects, {}, _NO_SIZES)
        above.append(where_any(alike, self._notes))
        self._notes = above
        return product(alike.many, fields)

    def _texts(self, field: FieldNode, terms: Terms, name: str) -> Texts:
        key = id(field), id(terms), name
        if key not in self._read:
            self._read[key] = Texts(self._variables.items(field, name, terms.arguments[name]))
        return self._read[key]

    def _written(self, field: FieldNode, terms: Terms, name: str, otherwise: str) -> Value:
        """Give an argument as it was written, or what holds where it says nothing."""
        if name not in terms.arguments:
            return constant(otherwise)
        value = self._variables.argument(field, name, terms.arguments[name])
        return value.then(lambda found: otherwise if found is None else text(found) or otherwise)
