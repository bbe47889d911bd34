"""Written pieces of answers, kept beside what they were written from, and no more of them than there is room for."""

import weakref
from collections.abc import Callable
from typing import Any, Self

# What a piece takes besides its bytes: its place in a mapping, and the object's head.
_BESIDES = 120


class Keeps(dict[str, bytes]):
    """Written pieces of one record, by the selection that they answer; they go with what the record was read from."""


class _Place(weakref.ref[Keeps]):
    """Where pieces are kept, and how much they take; a reference by itself could be no key."""

    __slots__ = ("at", "size")

    def __init__(self, keeps: Keeps, gone: Callable[["_Place"], None]) -> None:
        super().__init__(keeps, gone)  # type: ignore[call-arg]  # typeshed gives __init__ no parameters
        self.at = id(keeps)
        self.size = 0

    def __new__(cls, keeps: Keeps, gone: Any) -> Self:
        return super().__new__(cls, keeps, gone)


class Fragments:
    """Bounds all pieces together: past `most` bytes those make room whose record was first written longest ago."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._places: dict[int, _Place] = {}
        self.size = 0

    def __len__(self) -> int:
        """Count the records of which pieces are kept."""
        return len(self._places)

    def written(self, keeps: Keeps | None, name: str, write: Callable[[Any], bytes], record: Any) -> bytes:
        """Write a piece of a record, and keep it under a name where it may be kept and there is room."""
        piece = write(record)
        size = len(piece) + _BESIDES
        if keeps is None or size > self._most:
            return piece
        place = self._places.get(id(keeps))
        if place is None:
            place = self._places[id(keeps)] = _Place(keeps, self._gone)
        keeps[name] = piece
        place.size += size
        self.size += size
        while self.size > self._most:
            self._empty(next(iter(self._places.values())))
        return piece

    def _empty(self, place: _Place) -> None:
        self._gone(place)
        keeps = place()
        if keeps is not None:
            keeps.clear()

    def _gone(self, place: _Place) -> None:
        # Another record may have come to the same address since.
        if self._places.get(place.at) is place:
            del self._places[place.at]
            self.size -= place.size
