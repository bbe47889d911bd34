"""Xverse's error matrix: each status in each shape that an error's body comes in, on each of its routes."""

import itertools
from collections.abc import Iterable

import msgspec

from tests.matrix.question import RUNE, RUNES_V1, RUNES_V2
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
)

_RETRIES = 3
_ROUTES = {"v2": RUNES_V2, "v1": RUNES_V1, "batch-info": RUNE}
# Status, how it ends, how often it is tried again, and what the caller is told to wait.
_STATUSES: tuple[tuple[int, End, int, int | None], ...] = (
    (400, REJECTED, 0, None),
    (401, UNAUTHENTICATED, 0, None),
    (403, FORBIDDEN, 0, None),
    (404, REJECTED, 0, None),
    (429, RATE_LIMITED, _RETRIES, 1),
    (500, UNAVAILABLE, _RETRIES, None),
    (502, UNAVAILABLE, _RETRIES, None),
    (503, UNAVAILABLE, _RETRIES, None),
    (504, UNAVAILABLE, _RETRIES, None),
)


def _shapes(status: int) -> dict[str, tuple[str, bytes]]:
    """Give the shapes of an error's body, with their content types."""
    fastify = {"statusCode": status, "error": CANARY, "message": f"key {CANARY}-credential is not welcome"}
    return {
        "string": ("application/json; charset=utf-8", msgspec.json.encode(f"Rate limit exceeded {CANARY}")),
        "object": ("application/json; charset=utf-8", msgspec.json.encode(fastify)),
        "html": ("text/html", f"<html><body><h1>{status}</h1>{CANARY}</body></html>".encode()),
        "text": ("text/plain", f"no {CANARY}".encode()),
        "empty": ("application/json", b""),
    }


def _statuses() -> Iterable[Row]:
    for (route, question), (status, end, retries, wait) in itertools.product(_ROUTES.items(), _STATUSES):
        for shape, (content_type, body) in _shapes(status).items():
            told = Told(status, body, {"Content-Type": content_type})
            name = f"{route}: {status}, {shape}"
            yield Row(name, question, always(told), end, retries, retry_after=wait)


# Retry-After as it is sent, and what the caller is told for it.
_WAITS: tuple[tuple[int, str, End, int | None], ...] = (
    (429, "7", RATE_LIMITED, 7),
    (429, "60", RATE_LIMITED, 60),
    (429, "61", RATE_LIMITED, 60),
    (429, "3600", RATE_LIMITED, 60),
    (429, "3601", RATE_LIMITED, 1),
    (429, "99999999999999999999", RATE_LIMITED, 1),
    (429, "Thu, 01 Jan 2026 00:01:00 GMT", RATE_LIMITED, 1),
    (429, "-1", RATE_LIMITED, 1),
    (429, "1.5", RATE_LIMITED, 1),
    (429, CANARY, RATE_LIMITED, 1),
    (500, "7", UNAVAILABLE, 7),
    (503, "7", UNAVAILABLE, 7),
    (503, "3600", UNAVAILABLE, 60),
    (503, CANARY, UNAVAILABLE, None),
)


def _waits() -> Iterable[Row]:
    for (route, question), (status, wait, end, told) in itertools.product(_ROUTES.items(), _WAITS):
        script = always(Told(status, b'"wait"', {"Retry-After": wait}))
        yield Row(f"{route}: {status}, Retry-After {wait}", question, script, end, _RETRIES, retry_after=told)


def _network() -> Iterable[Row]:
    for route, question in _ROUTES.items():
        gone = always(Told(ending=Ending.DISCONNECT))
        yield Row(f"{route}: disconnected", question, gone, UNAVAILABLE, _RETRIES)
        cut = always(Told(200, f'{{"balances": "{CANARY}"'.encode() * 50, ending=Ending.CUT))
        yield Row(f"{route}: cut short", question, cut, PROTOCOL, names="broken response")


ROWS = (*_statuses(), *_waits(), *_network())
