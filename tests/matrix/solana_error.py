"""Solana's errors inside HTTP 200: each message and each code, of each method and in batches."""

from collections.abc import Iterable

from tests.matrix.node import HINT, Error, for_batch, in_batch, on_accounts, on_balance, owned
from tests.matrix.question import OWNED, TOKEN_ACCOUNT, TWO_ACCOUNTS
from tests.matrix.row import (
    ABSENT,
    BEHIND,
    INTERNAL,
    PROTOCOL,
    RATE_LIMITED,
    REJECTED,
    UNAUTHENTICATED,
    UNAVAILABLE,
    End,
    Row,
)

_RETRIES = 5
_INVALID = -32602
# What getTokenAccountBalance says of one account.
_MESSAGES: tuple[tuple[Error, End], ...] = (
    (Error(_INVALID, "Invalid param: WrongSize"), REJECTED),
    (Error(_INVALID, "Invalid param: Invalid"), REJECTED),
    (Error(_INVALID, "Invalid param: could not find account"), ABSENT),
    (Error(_INVALID, "Invalid param: not a Token account"), REJECTED),
    (Error(_INVALID, "Invalid param: could not find mint"), INTERNAL),
    (Error(_INVALID, "Invalid param: Token mint could not be unpacked"), INTERNAL),
    (Error(_INVALID, "`params` should have at least 1 argument(s)"), REJECTED),
    (Error(_INVALID, "Expected from 1 to 2 parameters.", HINT), REJECTED),
    (Error(_INVALID, f"Invalid params: missing field `commitment`, {HINT}."), REJECTED),
    (Error(_INVALID, f"Invalid params: unknown variant `{HINT}`, expected one of `processed`"), REJECTED),
)
# What any method says of the request, or of the node.
_CODES: tuple[tuple[Error, End], ...] = (
    (Error(-32601, "Method not found"), PROTOCOL),
    (Error(-32600, "Invalid request"), PROTOCOL),
    (Error(-32600, "Invalid request, no id", has_id=False), PROTOCOL),
    (Error(-32700, "Parse error", has_id=False), PROTOCOL),
    (Error(-32003, f"Unauthorized {HINT}"), UNAUTHENTICATED),
    (Error(-32003, "Transaction signature verification failure"), PROTOCOL),
    (Error(-32004, "Block not available for slot 301554219"), UNAVAILABLE),
    (Error(-32005, "Node is unhealthy", {"numSlotsBehind": None}), BEHIND),
    (Error(-32005, "Node is behind by 42 slots", {"numSlotsBehind": 42}), BEHIND),
    (Error(-32005, f"Too Many Requests {HINT}"), RATE_LIMITED),
    (Error(-32010, "key excluded from account secondary indexes; this RPC method unavailable for key"), REJECTED),
    (Error(-32012, f"Scan error: {HINT}"), UNAVAILABLE),
    (Error(-32016, "Minimum context slot has not been reached", {"contextSlot": 1}), BEHIND),
    (Error(-32019, "Failed to query long-term storage; please try again"), UNAVAILABLE),
    (Error(429, f"Too many requests for a specific RPC call {HINT}"), RATE_LIMITED),
    (Error(-32429, "rate limited"), RATE_LIMITED),
    (Error(-32029, "too many requests"), RATE_LIMITED),
    (Error(-32603, f"Internal error {HINT}"), UNAVAILABLE),
    (Error(-32099, f"{HINT} of no known code"), INTERNAL),
)
# What getTokenAccountsByOwner says besides.
_OF_OWNERS: tuple[tuple[Error, End], ...] = (
    (Error(_INVALID, "Invalid param: WrongSize"), REJECTED),
    (Error(_INVALID, "Invalid param: Invalid"), REJECTED),
    (Error(_INVALID, "Invalid param: unrecognized Token program id"), REJECTED),
    (Error(_INVALID, "Invalid param: not a Token mint"), INTERNAL),
    (Error(_INVALID, "Invalid param: could not find mint"), INTERNAL),
    (Error(_INVALID, f"Invalid params: unknown field `{HINT}`."), REJECTED),
)


def _name(column: str, error: Error) -> str:
    return f"{column}: {error.code} {error.message}"


def _wait(end: End) -> int | None:
    """Half a second is told as a whole one."""
    return 1 if end is RATE_LIMITED else None


def _names(error: Error) -> str:
    return f"JSON-RPC error {error.code}"


def _on_accounts(error: Error, end: End) -> Row:
    # A node that refuses the method, or one key, is asked for each key; the rest it would say again.
    before = 1 if error.code in (-32601, _INVALID) else 0
    return Row(
        _name("getMultipleAccounts", error),
        TOKEN_ACCOUNT,
        on_accounts(error),
        end,
        _RETRIES if end.retryable else 0,
        before,
        _wait(end),
        names=_names(error),
    )


def _on_balance(error: Error, end: End) -> Row:
    retries = _RETRIES if end.retryable else 0
    name = _name("getTokenAccountBalance", error)
    return Row(name, TOKEN_ACCOUNT, on_balance(error), end, retries, 2, _wait(end), names=_names(error))


def _in_batch(error: Error, end: End) -> Row:
    """One bad item is asked for by itself where that may help; its neighbour keeps its figure."""
    neighbours = (f"{end.outcome} - -", "FRESH 98.64 98.64")
    retries, before = (_RETRIES, 2) if end.retryable else (0, 1)
    # A response without an id answers nobody.
    names = _names(error) if error.has_id else "one request left without an answer"
    name = _name("in a batch", error)
    return Row(name, TWO_ACCOUNTS, in_batch(error), end, retries, before, _wait(end), neighbours, names)


def _for_batch(error: Error, end: End) -> Row:
    """What may pass is waited for; what will not is taken as a refusal of batches, and each is asked by itself."""
    retries, before = (_RETRIES, 1) if end.retryable else (0, 2)
    name = _name("for a batch", error)
    return Row(name, TOKEN_ACCOUNT, for_batch(error), end, retries, before, _wait(end), names=_names(error))


def _on_owned(error: Error, end: End) -> Row:
    retries = _RETRIES if end.retryable else 0
    name = _name("getTokenAccountsByOwner", error)
    return Row(name, OWNED, owned(error), end, retries, 1, _wait(end), names=_names(error))


def _rows() -> Iterable[Row]:
    for error, end in _MESSAGES + _CODES:
        yield _on_accounts(error, end)
        yield _on_balance(error, end)
        yield _in_batch(error, end)
        yield _for_batch(error, end)
    for error, end in _OF_OWNERS + _CODES:
        yield _on_owned(error, end)


ROWS = tuple(_rows())
