"""The outline of a document: how deep, how wide and how often, before anything is known of its meaning.

Every measure is linear in the document: nothing recurses, and each fragment is looked at once, however often it is
spread. Fragments that spread themselves are for validation to refuse; here the way back adds nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
)

# Past this, counts stop growing: fragments can multiply them beyond any machine integer.
ENDLESS: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Shape:
    """A definition with its fragments spread out; `introspected` is the depth where introspection counts too."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    introspected: int = 0


@dataclass(slots=True)
class _Own:
    """A definition by itself: its own shape, and where it spreads which fragments."""

    fields: int = 0
    aliases: int = 0
    depth: int = 0
    introspected: int = 0
    spreads: list[tuple[str, int, bool]] = field(default_factory=list)

    def with_spreads(self, shapes: Mapping[str, Shape]) -> Shape:
        fields, aliases, depth, introspected = self.fields, self.aliases, self.depth, self.introspected
        for name, at, inside in self.spreads:
            shape = shapes.get(name, Shape())
            fields = min(fields + shape.fields, ENDLESS)
            aliases = min(aliases + shape.aliases, ENDLESS)
            introspected = max(introspected, at + shape.introspected)
            if not inside:
                depth = max(depth, at + shape.depth)
        return Shape(fields, aliases, depth, introspected)


class Outline:
    """A document's outline."""

    def __init__(self, document: DocumentNode) -> None:
        self._definitions = [each for each in document.definitions if isinstance(each, ExecutableDefinitionNode)]
        fragments = {each.name.value: each for each in self._definitions if isinstance(each, FragmentDefinitionNode)}
        self._shapes, looping = _shapes(fragments)
        self._spreadable = {name: each for name, each in fragments.items() if name not in looping}

    def shape(self, definition: ExecutableDefinitionNode) -> Shape:
        return _own(definition.selection_set).with_spreads(self._shapes)

    @property
    def fields(self) -> int:
        """The most fields that any operation or fragment selects, whether or not it is used."""
        return max((self.shape(each).fields for each in self._definitions), default=0)

    @property
    def merges(self) -> int:
        """How many pairs of fields validation must compare, for they have one name in one place.

        Takes time with the number of `fields`, which may be endless: look at that first.
        """
        return sum(self._merges(each.selection_set) for each in self._definitions)

    def _merges(self, start: SelectionSetNode) -> int:
        pairs = 0
        places = [[start]]
        while places:
            names: dict[str, list[FieldNode]] = {}
            for each in self._selected(places.pop()):
                names.setdefault((each.alias or each.name).value, []).append(each)
            for alike in names.values():
                pairs += len(alike) * (len(alike) - 1) // 2
                below = [each.selection_set for each in alike if each.selection_set]
                if below:
                    places.append(below)
        return pairs

    def _selected(self, place: list[SelectionSetNode]) -> Iterator[FieldNode]:
        """Walk all fields that are merged into one place."""
        spread = set()
        due = list(place)
        while due:
            for node in due.pop().selections:
                if isinstance(node, FieldNode):
                    yield node
                elif isinstance(node, InlineFragmentNode):
                    due.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                    spread.add(node.name.value)
                    fragment = self._spreadable.get(node.name.value)
                    due += [fragment.selection_set] if fragment else []


def _own(start: SelectionSetNode) -> _Own:
    own = _Own()
    due = [(start, 0, False)]
    while due:
        selections, depth, inside = due.pop()
        for node in selections.selections:
            if isinstance(node, FragmentSpreadNode):
                own.spreads.append((node.name.value, depth, inside))
            elif isinstance(node, InlineFragmentNode):
                due.append((node.selection_set, depth, inside))
            elif isinstance(node, FieldNode):
                hidden = inside or node.name.value.startswith("__")
                own.fields += 1
                own.aliases += node.alias is not None
                own.introspected = max(own.introspected, depth + 1)
                own.depth = own.depth if hidden else max(own.depth, depth + 1)
                if node.selection_set:
                    due.append((node.selection_set, depth + 1, hidden))
    return own


def _shapes(fragments: Mapping[str, FragmentDefinitionNode]) -> tuple[Mapping[str, Shape], set[str]]:
    """Give each fragment's shape, those that it spreads first, and fragments without which none spreads itself."""
    owns = {name: _own(fragment.selection_set) for name, fragment in fragments.items()}
    shapes: dict[str, Shape] = {}
    entered: set[str] = set()
    looping: set[str] = set()
    due = list(owns)
    while due:
        name = due[-1]
        waiting = [spread for spread, _, _ in owns[name].spreads if spread in owns and spread not in entered]
        if name not in entered and waiting:
            entered.add(name)
            due += dict.fromkeys(waiting)
            continue
        entered.add(name)
        due.pop()
        if name not in shapes:
            looping |= {spread for spread, _, _ in owns[name].spreads if spread in owns and spread not in shapes}
            shapes[name] = owns[name].with_spreads(shapes)
    return shapes, looping
