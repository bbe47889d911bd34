"""What of an operation is written straight from records, and what of that may be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type, is_object_type

from gateway.execution.declaration import Part, Record
from gateway.execution.place import Place
from gateway.execution.selection import Selections


@dataclass(frozen=True, slots=True)
class Records:
    """What is declared of records, applied to the selections of one operation."""

    _records: Mapping[str, Record]
    _selections: Selections

    def part(self, kind: GraphQLObjectType, name: str, nodes: list[FieldNode], place: Place) -> Part | None:
        """Find how a field is written from the record at hand, with all below it; None where it is not."""
        record = self._records.get(kind.name)
        if record is None or (place.dressed and not record.dressed):
            return None
        part = record.parts.get(name)
        return part if part is not None and self._below(kind.fields[name], nodes) is not None else None

    def _below(self, definition: GraphQLField, nodes: list[FieldNode]) -> bool | None:
        """Say whether all below a field is settled; None where it cannot be written from records."""
        kind = get_named_type(definition.type)
        if is_leaf_type(kind):
            return True
        if not is_object_type(kind) or kind.name not in self._records:
            return None
        parts = self._records[kind.name].parts
        is_settled = True
        sets = [node.selection_set for node in nodes if node.selection_set]
        for alike in self._selections.fields(kind, sets).values():
            name = alike[0].name.value
            if name == "__typename":
                continue
            below = self._below(kind.fields[name], alike) if name in parts else None
            if below is None:
                return None
            is_settled = is_settled and below and parts[name].settled
        return is_settled

    def kept(self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], place: Place) -> set[str]:
        """Choose the fields whose written form may be kept beside the record, by the names they are answered under."""
        record = self._records.get(kind.name)
        if record is None or record.keeps is None or place.is_kept:
            return set()
        found = set()
        for key, nodes in fields.items():
            name = nodes[0].name.value
            part = None if name == "__typename" else self.part(kind, name, nodes, place)
            if part is not None and part.settled and self._below(kind.fields[name], nodes):
                found.add(key)
        return found

    def is_worth_keeping(self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]]) -> bool:
        return any(not is_leaf_type(get_named_type(kind.fields[nodes[0].name.value].type)) for nodes in fields.values())


def runs(fields: Mapping[str, list[FieldNode]], kept: set[str]) -> list[list[str]]:
    """Part fields into runs of neighbours that are all kept, or none."""
    found: list[list[str]] = []
    for key in fields:
        if found and (found[-1][-1] in kept) is (key in kept):
            found[-1].append(key)
        else:
            found.append([key])
    return found
