"""The head of a connection's last request, so that one that begins with the same bytes is known for what it is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.server.straight import Head, Straight

# Longer heads are read anew each time.
_LONGEST: Final = 2048
_LINE: Final = b"\r\n"
_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length"
# A size in the only form that there is no other way to read.
_SIZE: Final = re.compile(rb"[1-9][0-9]{0,6}\r")


@dataclass(frozen=True, slots=True)
class _Last:
    """A request's head as it came, apart from the size of its body, and what the parser made of it."""

    before: bytes
    after: bytes
    method: bytes
    url: bytes
    headers: Sequence[tuple[bytes, bytes]]

    def end(self, data: bytes) -> int | None:
        """Give where the body begins of what has the same head, and a body that is whole and as long as it says."""
        start = len(self.before)
        size = _SIZE.match(data, start)
        if size is None or not data.startswith(self.before):
            return None
        size_end = size.end() - 1
        end = size_end + len(self.after)
        is_alike = data.startswith(self.after, size_end) and len(data) == end + int(data[start:size_end])
        return end if is_alike else None


class Repeat:
    """What one connection repeats. It goes with the connection: a head may hold a credential."""

    def __init__(self, straight: Straight) -> None:
        self._straight = straight
        self._last: _Last | None = None
        # None where it was not read, or has to go the whole way.
        self._head: Head | None = None
        self._is_read = False

    def forget(self) -> None:
        self._last = self._head = None
        self._is_read = False

    def note(
        self, data: bytes, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]], body_size: int
    ) -> None:
        """Take note of a request that came in one piece, whole and alone, and that the connection outlives."""
        if self._last is not None and self._last.end(data) == len(data) - body_size:
            return
        self.forget()
        text = data[: len(data) - body_size]
        # Chunks are told apart from their bodies only by the parser.
        if text.endswith(_END) and body_size and len(text) <= _LONGEST:
            parted = _parted(text, headers, b"%d" % body_size)
            self._last = parted and _Last(*parted, method, url, headers)

    def answer(self, data: bytes, date: bytes) -> bytes | None:
        """Give the whole answer to what begins as the last request did, where it is at hand."""
        last = self._last
        end = None if last is None else last.end(data)
        if last is None or end is None:
            return None
        if not self._is_read:
            self._head = self._straight.head(last.method, last.url, last.headers)
            self._is_read = True
        return None if self._head is None else self._straight.answer(self._head, data[end:], date)


def _parted(text: bytes, headers: Sequence[tuple[bytes, bytes]], size: bytes) -> tuple[bytes, bytes] | None:
    """Part a head before and after the size of its body; None where that is not plain to see.

    It is where each of the lines is one header for the parser too, and the size stands once.
    """
    lines = text[: -len(_END)].split(_LINE)
    found = [at for at, line in enumerate(lines) if line.lower().startswith(_LENGTH)]
    told = [value for name, value in headers if name == _LENGTH]
    if len(lines) != len(headers) + 1 or len(found) != 1 or told != [size]:
        return None
    name, colon, value = lines[found[0]].partition(b":")
    if name.lower() != _LENGTH or not colon or value.strip(b" \t") != size:
        return None
    before = _LINE.join([*lines[: found[0]], name + colon + value[: value.index(size)]])
    return before, text[len(before) + len(size) :]
