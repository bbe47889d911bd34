"""Forms of sFOX's answers: what is accepted, and what is refused as not understood."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tests.matrix.question import WALLETS
from tests.matrix.row import CANARY, FRESH, PROTOCOL, Row, Told, always, json_of

_FIELDS = ("balance", "available", "held", "trading_wallet", "lending_wallet", "borrow_wallet", "collateral_wallet")
_WHOLE: Mapping[str, Any] = {"currency": "btc", **dict.fromkeys(_FIELDS, 0), "balance": 1, "available": 1}
_OLD: Mapping[str, Any] = {"currency": "btc", "balance": 1, "available": 1}
_NO_NUMBERS: Mapping[str, Any] = {
    "'NaN'": "NaN",
    "'Infinity'": "Infinity",
    "'-inf'": "-inf",
    "true": True,
    "false": False,
    "'1_000'": "1_000",
    "'0x1'": "0x1",
    "'1,5'": "1,5",
    "'+1'": "+1",
    "' 1'": " 1",
    "in other digits": "\uff11",
    "empty": "",
    "text": CANARY,
    "an object": {CANARY: 1},
    "an array": [1],
    "too large": msgspec.Raw(b"1e999"),
    "too small": msgspec.Raw(b"1e-999"),
    "of too many digits": msgspec.Raw(b"1" * 500),
}


def _refused(name: str, told: Told, names: str) -> Row:
    return Row(f"refused: {name}", WALLETS, always(told), PROTOCOL, names=names)


def _amounts() -> Iterable[Row]:
    for field in _FIELDS:
        for what, value in _NO_NUMBERS.items():
            yield _refused(f"{field} {what}", json_of([{**_WHOLE, field: value}]), f"$[...].{field}: ")
    for field in ("balance", "available"):
        yield _refused(f"{field} null", json_of([{**_WHOLE, field: None}]), f"$[...].{field}: ")
        row = {name: value for name, value in _OLD.items() if name != field}
        yield _refused(f"no {field}", json_of([row]), f"`{field}`")


def _shapes() -> Iterable[Row]:
    whole = json_of([_WHOLE]).body
    bodies = {
        "null": (b"null", "Expected `array`"),
        "an object": (b'{"balances": []}', "Expected `array`"),
        "a string": (f'"{CANARY}"'.encode(), "Expected `array`"),
        "a number": (b"1", "Expected `array`"),
        "rows of numbers": (b"[1]", "Expected `object`"),
        "empty": (b"", "not JSON"),
        "HTML": (f"<html>{CANARY}</html>".encode(), "not JSON"),
        "half": (whole[: len(whole) // 2], "not JSON"),
        "twice": (whole * 2, "not JSON"),
        "not UTF-8": (whole.replace(b"btc", b"\xff"), "not JSON"),
        "a bare NaN": (b'[{"currency": "btc", "balance": NaN, "available": 1}]', "not JSON"),
        "nested too deeply": (b'[{"balance": ' + b"[" * 1_000_000, "nested too deeply"),
        "of more than 5 MB": (whole + b" " * (5 * 1024 * 1024), "a body of more than 5242880 bytes"),
    }
    for what, (body, names) in bodies.items():
        yield _refused(what, Told(200, body), names)
    currencies: Mapping[str, Any] = {"null": None, "a number": 1, "an object": {}}
    for what, currency in currencies.items():
        yield _refused(f"currency {what}", json_of([{**_WHOLE, "currency": currency}]), "currency")
    for what, currency in {"empty": "", "blank": " "}.items():
        yield _refused(f"currency {what}", json_of([{**_WHOLE, "currency": currency}]), "$[...].currency: empty")
    yield _refused("no currency", json_of([{"balance": 1, "available": 1}]), "`currency`")
    yield _refused("one currency twice", json_of([_OLD, {**_OLD, "currency": "BTC"}]), "one currency listed twice")


def _accepted(name: str, told: Told, *figures: str) -> Row:
    return Row(f"accepted: {name}", WALLETS, always(told), FRESH, figures=figures)


def _well() -> Iterable[Row]:
    yield _accepted("numbers", json_of([_WHOLE]), "BTC 1 1 0 0")
    yield _accepted("strings", json_of([{**_WHOLE, "balance": "0.17572419", "held": "00"}]), "BTC 0.17572419 1 0 0")
    literal = b'[{"currency":"eth","balance":1e-8,"available":0.10000000000000000000000000000000001,"held":1.50}]'
    shown = "ETH 0.00000001 0.10000000000000000000000000000000001 1.5 -"
    yield _accepted("each digit, exponents too", Told(200, literal), shown)
    yield _accepted("the two oldest figures alone", json_of([_OLD]), "BTC 1 1 - -")
    null = {**_OLD, "held": None, "borrow_wallet": None}
    yield _accepted("null where optional", json_of([null]), "BTC 1 1 - -")
    more = {**_WHOLE, CANARY: [CANARY], "staked": "NaN"}
    yield _accepted("unknown keys", json_of([more]), "BTC 1 1 0 0")
    lent = {**_WHOLE, "balance": -2.5, "available": "-2.5", "borrow_wallet": -3}
    yield _accepted("negative where borrowed", json_of([lent]), "BTC -2.5 -2.5 0 -3")
    yield _accepted("sums at odds", json_of([{**_WHOLE, "held": 7}]), "BTC 1 1 7 0")
    yield _accepted("in upper case", json_of([{**_OLD, "currency": "BTC"}]), "BTC 1 1 - -")
    yield _accepted("none held", json_of([]))


ROWS = (*_amounts(), *_shapes(), *_well())
