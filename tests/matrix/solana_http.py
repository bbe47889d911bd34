"""How a Solana node, and the proxies before it, answer on HTTP's own level; rate limits as each vendor tells them."""

from collections.abc import Iterable

import msgspec

from tests.matrix.node import (
    HINT,
    METHOD_OFF,
    NONE_OWNED,
    Reply,
    account,
    accounts,
    alone,
    balance,
    instead,
    node,
    on_accounts,
    on_balance,
    owned,
)
from tests.matrix.question import OWNED, TOKEN_ACCOUNT
from tests.matrix.row import (
    CANARY,
    FORBIDDEN,
    FRESH,
    PROTOCOL,
    RATE_LIMITED,
    REJECTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    Asked,
    End,
    Ending,
    Row,
    Script,
    Told,
    always,
)

_RETRIES = 5
_TEXT = {"Content-Type": "text/plain"}
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_FIGURE = ("FRESH 98.64 98.64",)
# What a stock node and its proxies answer with another status than 200, and whether it stands for "no batches here".
_STATUSES: tuple[tuple[int, bytes, End, bool], ...] = (
    (400, b"body is not UTF-8", REJECTED, True),
    (401, HINT.encode(), UNAUTHENTICATED, False),
    (403, HINT.encode(), FORBIDDEN, False),
    (404, b"no such path", REJECTED, True),
    (405, b"Used HTTP Method is not allowed. POST or OPTIONS is required", PROTOCOL, True),
    (413, b"request body size exceeds allowed maximum", REJECTED, True),
    (415, b"Supplied content type is not allowed. Content-Type: application/json is required", PROTOCOL, False),
    (429, b"Too Many Requests", RATE_LIMITED, False),
    (500, b"Internal Server Error", UNAVAILABLE, False),
    (502, b"Bad Gateway", UNAVAILABLE, False),
    (503, b"shutting down", UNAVAILABLE, False),
    (504, b"Gateway Timeout", UNAVAILABLE, False),
)


def _error(code: int, message: str, id_: int | None = 1) -> bytes:
    return msgspec.json.encode({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id_})


def _shapes(status: int, text: bytes) -> dict[str, Told]:
    return {
        "text": Told(status, text, _TEXT),
        "error": Told(status, _error(-32000, HINT), _JSON),
        "html": Told(status, f"<html>{CANARY}</html>".encode(), {"Content-Type": "text/html"}),
        "empty": Told(status, b"", _JSON),
    }


def _everywhere(name: str, told: Told, end: End, wait: int | None = None, *, names: str = "") -> Iterable[Row]:
    """Tell it of each method; a single balance is asked for where the others are refused."""
    retries = _RETRIES if end.retryable else 0
    wait = wait or (1 if end is RATE_LIMITED else None)
    yield Row(f"getMultipleAccounts: {name}", TOKEN_ACCOUNT, on_accounts(told), end, retries, 0, wait, names=names)
    yield Row(f"getTokenAccountBalance: {name}", TOKEN_ACCOUNT, on_balance(told), end, retries, 2, wait, names=names)
    yield Row(f"getTokenAccountsByOwner: {name}", OWNED, owned(told), end, retries, 1, wait, names=names)


def _for_batch(name: str, told: Told, end: End, *, refuses: bool) -> Row:
    """Tell it of a batch: where it refuses batches, single calls are made in its place."""
    script = node(together=METHOD_OFF, batch=instead(told), single=balance())
    if refuses:
        return Row(f"batch: {name}", TOKEN_ACCOUNT, script, FRESH, 0, 2, figures=_FIGURE)
    retries = _RETRIES if end.retryable else 0
    wait = 1 if end is RATE_LIMITED else None
    return Row(f"batch: {name}", TOKEN_ACCOUNT, script, end, retries, 1, wait, names=f"HTTP status {told.status}")


def _statuses() -> Iterable[Row]:
    for status, text, end, refuses in _STATUSES:
        for shape, told in _shapes(status, text).items():
            yield from _everywhere(f"{status}, {shape}", told, end, names=f"HTTP status {status}")
            yield _for_batch(f"{status}, {shape}", told, end, refuses=refuses)


def _limits() -> Iterable[Row]:
    """Each source of rate limits, with the body it is known for."""
    sources = {
        "seed provider": Told(429, HINT.encode(), _TEXT),
        "Foundation, one call": Told(429, _error(429, "Too many requests for a specific RPC call"), _JSON),
        "Foundation, connections": Told(429, b"Connection rate limits exceeded", _TEXT),
        "QuickNode": Told(429, _error(429, HINT), _JSON),
        "Helius": Told(429, _error(-32429, "rate limited"), _JSON),
        "-32005 of another vendor": Told(429, _error(-32005, "Too many requests", None), _JSON),
        "-32029 of another vendor": Told(429, _error(-32029, "too many requests"), _JSON),
    }
    for name, told in sources.items():
        yield from _everywhere(name, told, RATE_LIMITED)
    blocked = Told(403, f"Your IP {CANARY} has been blocked".encode(), _TEXT)
    yield from _everywhere("Foundation, blocked", blocked, FORBIDDEN)
    for wait, told_wait in (("1", 1), ("7", 7), ("119", 119), ("120", 1), ("3600", 1), (CANARY, 1)):
        headers = {"X-RateLimit-Remaining": "0", "Retry-After": wait}
        body = _error(-32005, "Too many requests")
        yield from _everywhere(f"Retry-After {wait}", Told(429, body, headers), RATE_LIMITED, told_wait)
    yield from _everywhere("503, Retry-After 7", Told(503, b"", {"Retry-After": "7"}), UNAVAILABLE, 7)


def _no_json() -> Iterable[Row]:
    """A 200 whose body is not what was asked for; `/health` answers such texts to whoever asks for it."""
    bodies = {"empty": b"", "ok": b"ok", "behind": b"behind", "unknown": b"unknown", "html": b"<html></html>"}
    for name, body in bodies.items():
        yield from _everywhere(f"200, {name}", Told(200, body, _TEXT), PROTOCOL, names="not JSON")


def _network() -> Iterable[Row]:
    yield from _everywhere("disconnected", Told(ending=Ending.DISCONNECT), UNAVAILABLE)
    cut = Told(200, f'{{"jsonrpc": "{CANARY}"'.encode() * 50, ending=Ending.CUT)
    yield from _everywhere("cut short", cut, PROTOCOL, names="broken response")


def _typed(reply: Reply, content_type: str) -> Script:
    def script(asked: Asked) -> Told:
        told = alone(reply, asked)
        return Told(told.status, told.body, {"Content-Type": content_type})

    return script


def _well() -> Iterable[Row]:
    """An answer is read whatever content type it claims, with the new line at its end."""
    for content_type in ("application/json; charset=utf-8", "text/plain", "application/octet-stream"):
        script = _typed(accounts(account()), content_type)
        yield Row(f"200 as {content_type}", TOKEN_ACCOUNT, script, FRESH, figures=_FIGURE)
    empty = node(together=METHOD_OFF, batch=always(Told(200, b"", _JSON)), single=balance())
    yield Row("batch: 200 with an empty body", TOKEN_ACCOUNT, empty, FRESH, before=2, figures=_FIGURE)
    yield Row("getTokenAccountsByOwner: none", OWNED, owned(NONE_OWNED), FRESH, before=1, figures=())


ROWS = (*_statuses(), *_limits(), *_no_json(), *_network(), *_well())
