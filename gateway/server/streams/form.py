"""How a stream of answers is written over HTTP: as server-sent events, or in parts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.server.preference import is_named

EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
_SPECIFICATION = {"subscriptionspec": "1.0"}
_BOUNDARY = b"\r\n--graphql"


@dataclass(frozen=True, slots=True)
class Form:
    """Bytes for each thing that may happen to a stream; each is whole by itself.

    A `heartbeat` means nothing, and keeps the connection from looking dead. `failure` is what ends a stream, and no
    event of it.
    """

    content_type: str
    opening: bytes
    heartbeat: bytes
    complete: bytes
    event: Callable[[Mapping[str, Any]], bytes]
    failure: Callable[[Mapping[str, Any]], bytes]


def _event(answer: Mapping[str, Any]) -> bytes:
    return b"event: next\ndata: " + msgspec.json.encode(answer) + b"\n\n"


def _part(content: Mapping[str, Any]) -> bytes:
    # The boundary after a part tells that it is whole.
    return b"\r\ncontent-type: application/json\r\n\r\n" + msgspec.json.encode(content) + _BOUNDARY


# As graphql-sse lays down for distinct connections. A browser drops an event without data.
EVENTS = Form(
    content_type=f"{EVENT_STREAM}; charset=utf-8",
    opening=b":\n\n",
    heartbeat=b":\n\n",
    complete=b"event: complete\ndata: \n\n",
    event=_event,
    failure=_event,
)
# As Apollo's clients and routers read subscriptions.
PARTS = Form(
    content_type=f'{MULTIPART}; boundary="graphql"; subscriptionSpec="1.0"',
    opening=_BOUNDARY,
    heartbeat=_part({}),
    complete=b"--\r\n",
    event=lambda answer: _part({"payload": answer}),
    failure=lambda answer: _part({"payload": None, **answer}),
)


def form(accept: list[str]) -> Form | None:
    """Choose how a stream is written, by weight, of two alike as events; None where the client names neither."""
    events = is_named(accept, EVENT_STREAM)
    parts = is_named(accept, MULTIPART, _SPECIFICATION)
    if not events and not parts:
        return None
    return EVENTS if events >= parts else PARTS
