"""bloXroute's error matrix: each gRPC code with its HTTP status, and inside a 200, in each shape of its body."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tests.matrix.question import TOKENS
from tests.matrix.row import (
    CANARY,
    FORBIDDEN,
    PROTOCOL,
    RATE_LIMITED,
    REJECTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    End,
    Ending,
    Row,
    Told,
    always,
    json_of,
)

_RETRIES = 3
# The held clock stands at half past a minute: thirty seconds to the next, and up to one more.
_NEXT_MINUTE = 31
# gRPC code, HTTP status, how it ends.
_CODES: tuple[tuple[int, int, End], ...] = (
    (1, 408, UNAVAILABLE),
    (1, 499, UNAVAILABLE),
    (2, 500, UNAVAILABLE),
    (3, 400, REJECTED),
    (4, 504, UNAVAILABLE),
    (5, 404, REJECTED),
    (6, 409, REJECTED),
    (7, 403, FORBIDDEN),
    (8, 429, RATE_LIMITED),
    (9, 400, REJECTED),
    (10, 409, UNAVAILABLE),
    (11, 400, REJECTED),
    (12, 501, PROTOCOL),
    (13, 500, UNAVAILABLE),
    (14, 503, UNAVAILABLE),
    (15, 500, UNAVAILABLE),
    (16, 401, UNAUTHENTICATED),
)
_OPAQUE = {
    "text": ("text/plain", f"no {CANARY}".encode()),
    "html": ("text/html", f"<html>{CANARY}</html>".encode()),
    "empty": ("application/json", b""),
}


def _row(name: str, told: Told, end: End, names: str = "") -> Row:
    retries = _RETRIES if end.retryable else 0
    wait = _NEXT_MINUTE if end is RATE_LIMITED else None
    return Row(name, TOKENS, always(told), end, retries, retry_after=wait, names=names if end is PROTOCOL else "")


def _triple(code: int) -> Mapping[str, Any]:
    return {"code": code, "message": f"{CANARY}-credential is not welcome", "details": []}


def _fallback(code: int) -> Mapping[str, Any]:
    return {"code": code, "message": "failed to marshal error message"}


def _statuses() -> Iterable[Row]:
    for code, status, end in _CODES:
        # The message comes as a header as well where nobody is known.
        headers = {"WWW-Authenticate": CANARY} if status == 401 else {}
        for shape, body in (("grpc", _triple(code)), ("no details", _fallback(code))):
            told = Told(status, msgspec.json.encode(body), {"Content-Type": "application/json", **headers})
            yield _row(f"{code} as {status}, {shape}", told, end, "HTTP status 501")
        for shape, (content_type, opaque) in _OPAQUE.items():
            # Only its body tells "already exists" from "aborted", and that one may pass.
            found = UNAVAILABLE if status == 409 else end
            told = Told(status, opaque, {"Content-Type": content_type, **headers})
            yield _row(f"{code} as {status}, {shape}", told, found, "HTTP status 501")


def _inside_a_200() -> Iterable[Row]:
    ends = {code: end for code, _, end in _CODES} | {0: PROTOCOL, 17: PROTOCOL, -1: PROTOCOL}
    for code, end in ends.items():
        names = f"gRPC code {code} inside a 200"
        yield _row(f"{code} inside a 200", json_of(_triple(code)), end, names)
        yield _row(f"{code} inside a 200, no details", json_of(_fallback(code)), end, names)
        yield _row(f"{code} inside a 200, with tokens", json_of({**_triple(code), "tokens": []}), end, names)


def _waits() -> Iterable[Row]:
    waits = (
        (429, "7", RATE_LIMITED, 7),
        (429, "3601", RATE_LIMITED, _NEXT_MINUTE),
        (429, CANARY, RATE_LIMITED, _NEXT_MINUTE),
        (503, "7", UNAVAILABLE, 7),
    )
    for status, wait, end, told in waits:
        script = always(Told(status, b"wait", {"Retry-After": wait}))
        yield Row(f"{status}, Retry-After {wait}", TOKENS, script, end, _RETRIES, retry_after=told)


def _network() -> Iterable[Row]:
    yield _row("disconnected", Told(ending=Ending.DISCONNECT), UNAVAILABLE)
    cut = Told(200, f'{{"tokens": "{CANARY}"'.encode() * 50, ending=Ending.CUT)
    yield _row("cut short", cut, PROTOCOL, "broken response")


ROWS = (*_statuses(), *_inside_a_200(), *_waits(), *_network())
