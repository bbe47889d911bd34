"""Counts that may depend on what is sent: as much of them as the document settles is worked out once."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, TypeAlias

from gateway.server.ledger import Ledger
from gateway.server.outline import ENDLESS
from gateway.server.variables import Sent, Value


class Taken:
    """One request's variables while its operation is measured, and what was found so far."""

    __slots__ = ("addresses", "known", "ledger", "page_size", "representations", "sent")

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        self.ledger = Ledger()
        self.page_size = 0
        self.addresses = 0
        self.representations = 0
        # What several places ask of the same argument is read once.
        self.known: dict[Hashable, Any] = {}


# Never negative; what depends on nothing that is sent is a plain number.
Count: TypeAlias = int | Callable[[Taken], int]


def counted(count: Count, taken: Taken) -> int:
    return count if isinstance(count, int) else count(taken)


def total(counts: Iterable[Count]) -> Count:
    """Add counts up, as far as counting goes."""
    plain, open_ones = _sorted_out(counts)
    settled = min(sum(plain), ENDLESS)
    if not open_ones:
        return settled
    return lambda taken: min(settled + sum([each(taken) for each in open_ones]), ENDLESS)


def product(one: Count, other: Count) -> Count:
    """Multiply two counts, as far as counting goes."""
    if isinstance(one, int) and isinstance(other, int):
        return min(one * other, ENDLESS)
    if one == 0 or other == 0:
        return 0
    if one == 1:
        return other
    return lambda taken: min(counted(one, taken) * counted(other, taken), ENDLESS)


def largest(counts: Iterable[Count]) -> Count:
    """Choose the largest count; 0 where there is none."""
    plain, open_ones = _sorted_out(counts)
    settled = max(plain, default=0)
    if not open_ones:
        return settled
    if len(open_ones) == 1 and not settled:
        return open_ones[0]
    return lambda taken: max(settled, *[each(taken) for each in open_ones])


def _sorted_out(counts: Iterable[Count]) -> tuple[list[int], list[Callable[[Taken], int]]]:
    plain: list[int] = []
    open_ones: list[Callable[[Taken], int]] = []
    for each in counts:
        if isinstance(each, int):
            plain.append(each)
        else:
            open_ones.append(each)
    return plain, open_ones


class Texts:
    """The items of an argument as text, such as addresses."""

    def __init__(self, items: Value) -> None:
        self._items = items.then(_texts)

    def all(self, taken: Taken) -> Sequence[str]:
        if self not in taken.known:
            taken.known[self] = self._items.read(taken.sent)
        found: Sequence[str] = taken.known[self]
        return found

    def different(self, taken: Taken) -> frozenset[str]:
        key = self, "different"
        if key not in taken.known:
            taken.known[key] = frozenset(self.all(taken))
        found: frozenset[str] = taken.known[key]
        return found

    @property
    def many(self) -> Count:
        return len(self._items.read({})) if self._items.settled else lambda taken: len(self.all(taken))

    @property
    def many_different(self) -> Count:
        return len({*self._items.read({})}) if self._items.settled else lambda taken: len(self.different(taken))


def _texts(items: Sequence[object]) -> list[str]:
    return [text(each) for each in items]


def text(value: object) -> str:
    return value if isinstance(value, str) else repr(value)
