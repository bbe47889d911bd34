"""Modes: the lasting ways in which a provider can be told to behave unlike its best self."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gateway.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Mode:
    """How a provider starts, and what else it may be told to do."""

    start: Json
    wants: str
    accepts: Callable[[Json], bool]


def switch(*, start: bool) -> Mode:
    return Mode(start, "true or false", lambda told: isinstance(told, bool))


def choice(start: str, *others: str) -> Mode:
    names = (start, *others)
    return Mode(start, "one of " + ", ".join(names), lambda told: isinstance(told, str) and told in names)


def count(start: int) -> Mode:
    return Mode(start, "a whole number, 1 or more", lambda told: type(told) is int and told > 0)


def names(known: Iterable[str]) -> Mode:
    listed = tuple(known)
    return Mode(
        [],
        "a list of " + ", ".join(listed),
        lambda told: isinstance(told, list) and all(isinstance(name, str) and name in listed for name in told),
    )


class Modes:
    """The modes of one provider as they stand."""

    def __init__(self, known: Mapping[str, Mode]) -> None:
        self._known = known
        self._told: dict[str, Json] = {}

    def __getitem__(self, name: str) -> Json:
        return self._told.get(name, self._known[name].start)

    def check(self, told: Mapping[str, Json]) -> None:
        """Raise ValueError, naming the mode and what it wants."""
        for name, setting in told.items():
            if name not in self._known:
                raise ValueError(f"there is no mode {name!r} here; the modes are {', '.join(self._known)}")
            if not self._known[name].accepts(setting):
                raise ValueError(f"mode {name!r} wants {self._known[name].wants}")

    def tell(self, told: Mapping[str, Json]) -> None:
        self.check(told)
        self._told |= told

    def reset(self) -> None:
        self._told.clear()

    def shown(self) -> dict[str, Json]:
        return {name: self[name] for name in self._known}
