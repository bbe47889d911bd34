"""How a stream of answers is written over HTTP: as server-sent events, or in parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import msgspec

from gateway.server.preference import is_named

EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
_SPECIFICATION = {"subscriptionspec": "1.0"}
_BOUNDARY = b"\r\n--graphql"


class Form(Protocol):
    """Bytes for each thing that may happen to a stream; each is whole by itself."""

    content_type: str
    opening: bytes
    # What keeps the connection from looking dead, and means nothing.
    heartbeat: bytes
    complete: bytes

    def next(self, answer: Mapping[str, object]) -> bytes: ...

    def failure(self, answer: Mapping[str, object]) -> bytes:
        """Write what ends the stream, and is no event of it."""
        ...


@dataclass(frozen=True, slots=True)
class _Events:
    """Server-sent events, as graphql-sse lays down for distinct connections."""

    content_type: str = f"{EVENT_STREAM}; charset=utf-8"
    opening: bytes = b":\n\n"
    heartbeat: bytes = b":\n\n"
    # A browser drops an event without data.
    complete: bytes = b"event: complete\ndata: \n\n"

    def next(self, answer: Mapping[str, object]) -> bytes:
        return b"event: next\ndata: " + msgspec.json.encode(answer) + b"\n\n"

    failure = next


@dataclass(frozen=True, slots=True)
class _Parts:
    """Parts, as Apollo's clients and routers read subscriptions; the boundary after a part tells that it is whole."""

    content_type: str = f'{MULTIPART}; boundary="graphql"; subscriptionSpec="1.0"'
    opening: bytes = _BOUNDARY
    heartbeat: bytes = b"\r\ncontent-type: application/json\r\n\r\n{}" + _BOUNDARY
    complete: bytes = b"--\r\n"

    def next(self, answer: Mapping[str, object]) -> bytes:
        return self._part({"payload": answer})

    def failure(self, answer: Mapping[str, object]) -> bytes:
        return self._part({"payload": None, **answer})

    def _part(self, content: Mapping[str, object]) -> bytes:
        return b"\r\ncontent-type: application/json\r\n\r\n" + msgspec.json.encode(content) + _BOUNDARY


EVENTS: Form = _Events()
PARTS: Form = _Parts()


def form(accept: list[str]) -> Form | None:
    """Choose how a stream is written, by weight, of two alike as events; None where the client names neither."""
    events = is_named(accept, EVENT_STREAM)
    parts = is_named(accept, MULTIPART, _SPECIFICATION)
    if not events and not parts:
        return None
    return EVENTS if events >= parts else PARTS
