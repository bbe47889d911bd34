"""What is noted of one request while its operation is measured: made while the operation is walked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.schema.cost import Inquiry
from gateway.server.count import Count, Taken, Texts, counted
from gateway.server.entities import Alike
from gateway.server.ledger import Manner
from gateway.server.variables import Sent, Value

_INT_BITS: Final = 31

# Notes something of one request.
Note: TypeAlias = Callable[[Taken], None]
# How one request asks.
Manners: TypeAlias = Callable[[Taken], Manner]


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """Objects of one place: how many different ones, and their keys, where the operation names them."""

    different: Count = 1
    keys: Callable[[Taken], frozenset[str] | None] | None = None


class Page:
    """How long a page is to be, by the first of its arguments that is an Int; what is none is refused later."""

    def __init__(self, values: Sequence[Value]) -> None:
        self._values = values

    def note(self, taken: Taken) -> None:
        taken.page_size = max(taken.page_size, self._asked(taken.sent) or 0)

    def size(self, otherwise: int) -> Count:
        def of(sent: Sent) -> int:
            asked = self._asked(sent)
            return otherwise if asked is None else max(asked, 0)

        return of({}) if all(each.settled for each in self._values) else lambda taken: of(taken.sent)

    def _asked(self, sent: Sent) -> int | None:
        found = (each.read(sent) for each in self._values)
        return next((each for each in found if _is_int(each)), None)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _INT_BITS


def note_addresses(asked: Texts) -> Note:
    def note(taken: Taken) -> None:
        taken.addresses += len(asked.all(taken))

    return note


def one_of(asked: Texts, others: Objects) -> Objects:
    """Give what a field that names one address holds: an object with that key, where it names one indeed."""

    def different(taken: Taken) -> int:
        return 1 if len(asked.different(taken)) == 1 else counted(others.different, taken)

    def keys(taken: Taken) -> frozenset[str] | None:
        found = asked.different(taken)
        return found if len(found) == 1 else None

    return Objects(1 if others.different == 1 else different, keys)


def manners(age: Value, commitment: Value, moment: Value) -> Manners:
    def read(sent: Sent) -> Manner:
        return Manner(age.read(sent), commitment.read(sent), moment.read(sent))

    if age.settled and commitment.settled and moment.settled:
        manner = read({})
        return lambda _: manner
    return lambda taken: read(taken.sent)


def note_values(inquiry: Inquiry, asked: Texts, manner: Manners) -> Note:
    def note(taken: Taken) -> None:
        taken.ledger.ask(inquiry.question, asked.all(taken)[: inquiry.most], manner(taken))

    return note


def note_objects(inquiry: Inquiry, objects: Objects, manner: Manners) -> Note:
    def note(taken: Taken) -> None:
        keys = objects.keys(taken) if objects.keys else None
        if keys is not None:
            taken.ledger.ask(inquiry.question, keys, manner(taken))
        else:
            taken.ledger.ask_unnamed(inquiry.question, counted(objects.different, taken), id(objects), manner(taken))

    return note


def where_any(alike: Alike, notes: Sequence[Note]) -> Note:
    def note(taken: Taken) -> None:
        if alike.all(taken):
            for each in notes:
                each(taken)

    return note
