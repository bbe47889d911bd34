"""The head of a connection's last request, so that one that begins with the same bytes is known for what it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.server.straight import Head, Straight

# Longer heads are read anew each time.
_LONGEST: Final = 2048
_END: Final = b"\r\n\r\n"


@dataclass(slots=True)
class _Last:
    """A request's head as it came, what the parser made of it, and the size of what followed."""

    text: bytes
    method: bytes
    url: bytes
    headers: Sequence[tuple[bytes, bytes]]
    size: int


class Repeat:
    """What one connection repeats. It goes with the connection: a head may hold a credential."""

    def __init__(self, straight: Straight) -> None:
        self._straight = straight
        self._last: _Last | None = None
        self._head: Head | None = None

    def forget(self) -> None:
        self._last = self._head = None

    def note(
        self, data: bytes, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]], body_size: int
    ) -> None:
        """Take note of a request that came in one piece, whole and alone, and that the connection outlives."""
        text = data[: len(data) - body_size]
        # Chunks are told apart from their bytes only by the parser.
        plain = text.endswith(_END) and (b"content-length", b"%d" % body_size) in headers
        self.forget()
        if plain and body_size and len(text) <= _LONGEST:
            self._last = _Last(text, method, url, headers, body_size)

    def answer(self, data: bytes, date: bytes) -> bytes | None:
        """Give the whole answer to what begins as the last request did and is as long, where it is at hand."""
        last = self._last
        if last is None or len(data) != len(last.text) + last.size or not data.startswith(last.text):
            return None
        if self._head is None:
            self._head = self._straight.head(last.method, last.url, last.headers)
            if self._head is None:
                self.forget()
                return None
        return self._straight.answer(self._head, data[len(last.text) :], date)
