"""Written pieces of answers, kept beside what they were written from, and no more of them than there is room for."""

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

# What a piece takes besides its bytes: its head, and the place that is kept of its record.
_BESIDES = 400


class Keeps(dict[str, bytes]):
    """Written pieces of one record, by the selection that they answer; they go with what the record was read from."""


@dataclass(slots=True)
class _Place:
    """Where pieces are kept, and how much they take."""

    keeps: "weakref.ref[Keeps]"
    size: int = 0


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
            place = self._places[id(keeps)] = _Place(weakref.ref(keeps, partial(self._gone, id(keeps))))
        keeps[name] = piece
        place.size += size
        self.size += size
        while self.size > self._most:
            self._empty(*next(iter(self._places.items())))
        return piece

    def _empty(self, at: int, place: _Place) -> None:
        self._gone(at, place.keeps)
        keeps = place.keeps()
        if keeps is not None:
            keeps.clear()

    def _gone(self, at: int, keeps: "weakref.ref[Keeps]") -> None:
        place = self._places.get(at)
        # Another record may have come to the same address since.
        if place is not None and place.keeps is keeps:
            del self._places[at]
            self.size -= place.size
