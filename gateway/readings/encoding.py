"""How an answer is written for the shared store: versioned, compact, and never anything that could run."""

import zlib
from typing import Any, Final

import msgspec

from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.readings.entry import Entry

# Raise it with every change to what is written: answers of another version are never read, and never overwritten.
VERSION: Final = 1
# What no honest answer reaches, decompressed.
_LONGEST: Final = 16 * 1024 * 1024
_FASTEST: Final = 1


class _Written(msgspec.Struct, array_like=True):
    """One entry; `value` is nothing where the provider said that nothing is there."""

    version: int
    read_at: float
    operation: str
    kind: PositionKind | None
    position: int | None
    fed_until: float | None
    is_absent: bool
    value: msgspec.Raw


class Encoding:
    """Writes and reads entries of one version; what it cannot read is no entry."""

    def __init__(self, version: int = VERSION) -> None:
        self.version = version
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(_Written)

    def encode(self, entry: Entry) -> bytes:
        answer = entry.answer
        at = answer.position
        written = _Written(
            self.version,
            entry.read_at,
            answer.operation,
            at.kind if at else None,
            at.value if at else None,
            entry.fed_until,
            isinstance(answer, Absent),
            msgspec.Raw(b"null" if isinstance(answer, Absent) else self._encoder.encode(answer.value)),
        )
        return zlib.compress(self._encoder.encode(written), _FASTEST)

    def decode(self, text: bytes, shape: Any) -> Entry | None:
        """Read an entry whose value has the given type; None for what is not one, whoever wrote it."""
        try:
            written = self._decoder.decode(_inflated(text))
            if written.version != self.version:
                return None
            answer = _answer(written, shape)
        except (ValueError, RecursionError, ArithmeticError, TypeError, zlib.error):
            return None
        return Entry(answer, written.read_at, written.fed_until)


def _inflated(text: bytes) -> bytes:
    inflater = zlib.decompressobj()
    whole = inflater.decompress(text, _LONGEST)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("not one whole entry")
    return whole


def _answer(written: _Written, shape: Any) -> Answer[Any] | Absent:
    position = None
    if written.kind is not None and written.position is not None:
        position = Position(written.kind, written.position)
    if written.is_absent:
        return Absent(written.operation, position)
    return Answer(msgspec.json.decode(written.value, type=shape), written.operation, position)
