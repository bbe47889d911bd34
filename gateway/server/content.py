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
        pieces: list[bytes] = []
        short: list[bytes] = []
        size = 0
        for part in parts:
            size += len(part)
            if len(part) < _SHARED:
                short.append(part)
                continue
            pieces += (b"".join(short), part)
            short.clear()
        pieces.append(b"".join(short))
        return cls(tuple(pieces), size)

    def whole(self) -> bytes:
        return b"".join(self.pieces)
