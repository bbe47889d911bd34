"""Forms of bloXroute's answers: what is accepted under which names, and what is refused as not understood."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tests.matrix.question import MINT, TOKENS
from tests.matrix.row import CANARY, FRESH, PROTOCOL, Row, Told, always, json_of

_ROW: Mapping[str, Any] = {
    "symbol": "SOL",
    "tokenMint": MINT,
    "settledAmount": 3.5,
    "unsettledAmount": 0,
    "openOrdersAmount": 1,
}
_FIELDS = ("settledAmount", "unsettledAmount", "openOrdersAmount")
_SHOWN = "SOL 3.5 0 1"
# 44 letters of the right alphabet that spell 33 bytes.
_TOO_LONG = "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"
_NO_NUMBERS: Mapping[str, Any] = {
    "'NaN'": "NaN",
    "'Infinity'": "Infinity",
    "'-Infinity'": "-Infinity",
    "negative": -1,
    "'-1e-9'": "-1e-9",
    "true": True,
    "null": None,
    "'1_000'": "1_000",
    "empty": "",
    "text": CANARY,
    "an object": {CANARY: 1},
    "too large": msgspec.Raw(b"1e999"),
    "too small": msgspec.Raw(b"1e-999"),
}


def _refused(name: str, told: Told, names: str) -> Row:
    return Row(f"refused: {name}", TOKENS, always(told), PROTOCOL, names=names)


def _tokens(*rows: Any) -> Told:
    return json_of({"tokens": rows})


def _without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in _ROW.items() if name not in names}


def _fields() -> Iterable[Row]:
    for field in _FIELDS:
        for what, value in _NO_NUMBERS.items():
            yield _refused(f"{field} {what}", _tokens({**_ROW, field: value}), field)
    for field in ("tokenMint", *_FIELDS):
        yield _refused(f"no {field}", _tokens(_without(field)), f"{field}: missing")
    mints = {"33 bytes": _TOO_LONG, "31 bytes": "1" * 31, "no base58": "0" * 43, "empty": "", "text": CANARY}
    for what, mint in mints.items():
        yield _refused(f"tokenMint of {what}", _tokens({**_ROW, "tokenMint": mint}), "tokenMint")
    yield _refused("tokenMint a number", _tokens({**_ROW, "tokenMint": 1}), "Expected `str`, got `int`")
    yield _refused("symbol a number", _tokens({**_ROW, "symbol": 1}), "Expected `str`, got `int`")
    yield _refused("one mint twice", _tokens(_ROW, _ROW), "one mint listed twice")


def _shapes() -> Iterable[Row]:
    whole = _tokens(_ROW).body
    bodies = {
        "null": (b"null", "Expected `object`"),
        "an array": (b"[]", "Expected `object`"),
        "a string": (f'"{CANARY}"'.encode(), "Expected `object`"),
        "nothing in it": (b"{}", "$.tokens: missing"),
        "null tokens": (b'{"tokens": null}', "$.tokens: missing"),
        "tokens in an object": (b'{"tokens": {}}', "$.tokens"),
        "rows of numbers": (b'{"tokens": [1]}', "$.tokens"),
        "a code of text": (b'{"code": "8", "message": "", "details": []}', "$.code"),
        "empty": (b"", "not JSON"),
        "HTML": (f"<html>{CANARY}</html>".encode(), "not JSON"),
        "half": (whole[: len(whole) // 2], "not JSON"),
        "twice": (whole * 2, "not JSON"),
        "not UTF-8": (whole.replace(b"SOL", b"\xff"), "not JSON"),
        "a bare NaN": (whole.replace(b"3.5", b"NaN"), "not JSON"),
        "a bare Infinity": (whole.replace(b"3.5", b"-Infinity"), "not JSON"),
        "nested too deeply": (b'{"tokens": [{"symbol": ' + b"[" * 1_000_000, "nested too deeply"),
        "of more than 5 MB": (whole + b" " * (5 * 1024 * 1024), "a body of more than 5242880 bytes"),
    }
    for what, (body, names) in bodies.items():
        yield _refused(what, Told(200, body), names)


def _accepted(name: str, told: Told, *figures: str) -> Row:
    return Row(f"accepted: {name}", TOKENS, always(told), FRESH, figures=figures)


# Each name of a field that is known, with the canonical one it stands for.
_SYNONYMS = {
    "tokenMin": "tokenMint",
    "token_mint": "tokenMint",
    "address": "tokenMint",
    "settled_amount": "settledAmount",
    "walletAmount": "settledAmount",
    "unsettled_amount": "unsettledAmount",
    "openOrderAmount": "openOrdersAmount",
    "open_orders_amount": "openOrdersAmount",
}


def _well() -> Iterable[Row]:
    for name, canonical in _SYNONYMS.items():
        yield _accepted(f"{name} for {canonical}", _tokens({**_without(canonical), name: _ROW[canonical]}), _SHOWN)
        # Where both are there the canonical one counts.
        other = _TOO_LONG if canonical == "tokenMint" else 7
        yield _accepted(f"{name} beside {canonical}", _tokens({name: other, **_ROW}), _SHOWN)
    docs = {"settled_amount": 3.5, "walletAmount": 7, "unsettled_amount": 0.0, "open_orders_amount": 1.0}
    row = {"symbol": "SOL", "token_mint": MINT, "address": CANARY, **docs}
    yield _accepted("the documentation's names before older ones", _tokens(row), _SHOWN)
    legacy = {"settledAmount": "3.50", "unsettledAmount": "0.0", "openOrdersAmount": "1e+0"}
    yield _accepted("strings", _tokens({**_ROW, **legacy}), _SHOWN)
    tiny = {"settledAmount": msgspec.Raw(b"1e-9"), "openOrdersAmount": msgspec.Raw(b"1e+21")}
    yield _accepted("exponents", _tokens({**_ROW, **tiny}), "SOL 0.000000001 0 1000000000000000000000")
    yield _accepted("an empty symbol", _tokens({**_ROW, "symbol": ""}), "- 3.5 0 1")
    yield _accepted("no symbol", _tokens(_without("symbol")), "- 3.5 0 1")
    spaced = _tokens(_ROW).body.replace(b":", b" :\n\t").replace(b",", b"\r\n, ")
    yield _accepted("any white space", Told(200, spaced, {"Content-Type": "text/plain"}), _SHOWN)
    yield _accepted("unknown keys", json_of({"tokens": [{**_ROW, CANARY: [CANARY]}], CANARY: 1}), _SHOWN)
    yield _accepted("none held", _tokens())


ROWS = (*_fields(), *_shapes(), *_well())
