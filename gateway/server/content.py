"""An answer's bytes in pieces: what was kept beside a reading is shared by all answers that show it, not copied."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

# Bytes from which on a piece is shared; a shorter one by itself would take more than a copy of it does.
_SHARED: Final = 512


@dataclass(frozen=True, slots=True)
class Content:
    """Pieces that are written one after the other, and the bytes that they come to."""

    pieces: tuple[bytes, ...]
    size: int

    @classmethod
    def of(cls, parts: Iterable[bytes]) -> Self:
        every = tuple(parts)
        sizes = list(map(len, every))
        pieces: list[bytes] = []
        start = 0
        for place in [place for place, size in enumerate(sizes) if size >= _SHARED]:
            pieces += (b"".join(every[start:place]), every[place])
            start = place + 1
        pieces.append(b"".join(every[start:]))
        return cls(tuple(pieces), sum(sizes))

    def whole(self) -> bytes:
        return b"".join(self.pieces)
