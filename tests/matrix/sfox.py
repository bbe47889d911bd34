"""sFOX's error matrix: each documented status, in each shape that an error's body has been seen or said to have."""

import itertools
from collections.abc import Iterable

import msgspec

from tests.matrix.question import WALLETS
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

_RETRIES = 2
_STATUSES: tuple[tuple[int, End, int, int | None], ...] = (
    (400, REJECTED, 0, None),
    (401, UNAUTHENTICATED, 0, None),
    (403, FORBIDDEN, 0, None),
    (404, PROTOCOL, 0, None),
    (405, PROTOCOL, 0, None),
    (406, PROTOCOL, 0, None),
    (422, REJECTED, 0, None),
    (429, RATE_LIMITED, _RETRIES, 10),
    (500, UNAVAILABLE, _RETRIES, None),
    (503, UNAVAILABLE, _RETRIES, None),
)
_SHAPES = {
    "empty": ("application/json", b""),
    "text": ("text/plain", f"token {CANARY}-credential".encode()),
    "error": ("application/json", msgspec.json.encode({"error": f"token {CANARY}-credential"})),
    "html": ("text/html", f"<html>{CANARY}</html>".encode()),
}
_WAITS: tuple[tuple[int, str, End, int | None], ...] = (
    (429, "7", RATE_LIMITED, 7),
    (429, "3601", RATE_LIMITED, 10),
    (429, CANARY, RATE_LIMITED, 10),
    (503, "7", UNAVAILABLE, 7),
)


def _statuses() -> Iterable[Row]:
    for (status, end, retries, wait), (shape, (content_type, body)) in itertools.product(_STATUSES, _SHAPES.items()):
        script = always(Told(status, body, {"Content-Type": content_type}))
        names = f"HTTP status {status}" if end is PROTOCOL else ""
        yield Row(f"{status}, {shape}", WALLETS, script, end, retries, retry_after=wait, names=names)


def _waits() -> Iterable[Row]:
    for status, wait, end, told in _WAITS:
        script = always(Told(status, b"", {"Retry-After": wait}))
        yield Row(f"{status}, Retry-After {wait}", WALLETS, script, end, _RETRIES, retry_after=told)


def _disguised() -> Iterable[Row]:
    trees = {"error": {"error": CANARY}, "another object": {"message": CANARY}, "string": CANARY}
    for name, tree in trees.items():
        yield Row(f"200, {name}", WALLETS, always(json_of(tree)), PROTOCOL, names="Expected `array`")


def _network() -> Iterable[Row]:
    yield Row("disconnected", WALLETS, always(Told(ending=Ending.DISCONNECT)), UNAVAILABLE, _RETRIES)
    cut = always(Told(200, f'[{{"currency": "{CANARY}"'.encode() * 50, ending=Ending.CUT))
    yield Row("cut short", WALLETS, cut, PROTOCOL, names="broken response")


ROWS = (*_statuses(), *_waits(), *_disguised(), *_network())
