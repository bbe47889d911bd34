"""What representations of entities come to: so many of each type, and the keys by which they are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.schema.cost import REFERENCES
from gateway.server.count import Count, Taken, text
from gateway.server.ledger import Manner
from gateway.server.variables import Value


class Representations:
    """The representations that one field is given."""

    def __init__(self, items: Value) -> None:
        self._items = items

    def note(self, taken: Taken) -> None:
        taken.representations += len(self.all(taken))

    def all(self, taken: Taken) -> Sequence[Any]:
        found: Sequence[Any] = self._items.read(taken.sent)
        return found


class Alike:
    """Those that say they are of one type; what is not even an object is of none."""

    def __init__(self, sent: Representations, kind: str) -> None:
        self._sent = sent
        self._kind = kind
        self._reference = REFERENCES.get(kind)

    @property
    def have_keys(self) -> bool:
        return self._reference is not None

    def all(self, taken: Taken) -> Sequence[Mapping[str, Any]]:
        if self not in taken.known:
            members = [each for each in self._sent.all(taken) if isinstance(each, Mapping)]
            taken.known[self] = [each for each in members if each.get("__typename") == self._kind]
        found: Sequence[Mapping[str, Any]] = taken.known[self]
        return found

    def keys(self, taken: Taken) -> frozenset[str]:
        """Give the keys by which they are told apart, where their type has one."""
        reference = self._reference
        return frozenset(text(each.get(reference.key)) for each in self.all(taken)) if reference else frozenset()

    @property
    def many(self) -> Count:
        return lambda taken: len(self.all(taken))

    @property
    def different(self) -> Count:
        return lambda taken: len(self.keys(taken) or self.all(taken))

    def note(self, taken: Taken) -> None:
        """Note what it takes to resolve them."""
        reference = self._reference
        if reference is not None and reference.question is not None and self.all(taken):
            manner = Manner(commitment=reference.commitment, moment="reference")
            taken.ledger.ask(reference.question, self.keys(taken), manner)
