"""What the owner of a schema declares of its types, so that they can be written without their resolvers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Arguments: TypeAlias = Mapping[str, Any]
# Each is given all objects of one place, the request's context and the field's coerced arguments by their names in the
# schema, and gives one value for each object, in order.
Load: TypeAlias = Callable[[Sequence[Any], Any, Arguments, "Ahead | None"], Sequence[Any] | Awaitable[Sequence[Any]]]
# May be shown a value like those that the field will have (or, where these are lists, an item) as soon as what is
# settled in it is known, and writes it then, while others are waited for, to be kept beside the record. Raises nothing.
Ahead: TypeAlias = Callable[[Any], None]
Hit: TypeAlias = Callable[[Sequence[Any], Any, Arguments], Sequence[Any] | None]


@dataclass(frozen=True, slots=True)
class Column:
    """How one field is resolved for all objects of a place at once, instead of by its resolver for each.

    `load` may wait. `hit` may not: it gives all values where they are at hand, else None, and then has done nothing
    that `load` does not do again. A field without `hit` is never part of an answer that is made at once.
    """

    load: Load
    hit: Hit | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Where a field of a record is found: a Python expression of the record `{o}`, and of `now`.

    What is `settled` depends on nothing but the record: not on the moment, nor on the caller.
    """

    code: str
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """How a type is written straight from records, which need not be what its resolvers would be given.

    `dressed` says that the same expressions hold for what resolvers give. `keeps` is an expression of the record for a
    mapping that lives as long as what is settled in it holds: its written form is kept there.
    """

    parts: Mapping[str, Part]
    dressed: bool = False
    keeps: str | None = None


@dataclass(frozen=True, slots=True)
class Declarations:
    """All that is declared of a schema; `names` are those that the expressions use.

    `tells` gives, for a subscription, what an event's text depends on besides the field's arguments, the selection and
    what is asked further: who hears of the same object hears the same. A subscription without one is written for each
    listener.
    """

    records: Mapping[str, Record]
    columns: Mapping[tuple[str, str], Column]
    # Python classes of objects that abstract types may hold, by the types that they are written as.
    classes: Mapping[type, str]
    names: Mapping[str, Any]
    tells: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)


def settled(**codes: str) -> Mapping[str, Part]:
    return {name: Part(code) for name, code in codes.items()}


def moving(**codes: str) -> Mapping[str, Part]:
    """Declare parts that depend on the moment or on the caller."""
    return {name: Part(code, settled=False) for name, code in codes.items()}
