"""Forms of Xverse's answers: what is accepted, and what is refused as not understood."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tests.matrix.question import RUNE, RUNE_ID, RUNES_V1, RUNES_V2
from tests.matrix.row import CANARY, FRESH, PROTOCOL, Asked, Question, Row, Script, Told, always, json_of

_PENDING = {"incomingAmount": "50000000", "outgoingAmount": "50002500", "netAmount": "-2500"}
_V2: Mapping[str, Any] = {
    "runeId": RUNE_ID,
    "runeName": "SANDBOX•ALPHA•COIN",
    "divisibility": 5,
    "symbol": "₳",
    "confirmedBalance": "150000001",
    "availableBalance": "100000001",
    "projectedBalance": "149997501",
    "pendingBalance": _PENDING,
}
_V1: Mapping[str, Any] = {
    "id": RUNE_ID,
    "runeName": "SANDBOX•ALPHA•COIN",
    "amount": "150000001",
    "divisibility": 5,
    "symbol": "₳",
}
_INFO: Mapping[str, Any] = {
    "runeId": RUNE_ID,
    "runeName": "SANDBOXALPHACOIN",
    "spacedRuneName": "SANDBOX•ALPHA•COIN",
    "divisibility": "5",
    "symbol": "₳",
}
_U128 = 2**128 - 1
# Text and values that are no amount of atomic units.
_NO_AMOUNTS: Mapping[str, Any] = {
    "negative": "-1",
    "with a point": "1.5",
    "with an exponent": "1e3",
    "with a plus": "+1",
    "with a space": " 1",
    "empty": "",
    "hexadecimal": "0x1f",
    "in other digits": "\uff11\uff12",
    "NaN": "NaN",
    "infinite": "Infinity",
    "above u128": str(_U128 + 1),
    "of five thousand digits": "9" * 5000,
    "a float": 1.5,
    "a whole float": msgspec.Raw(b"1.0"),
    "a number": 1,
    "a boolean": True,
    "null": None,
    "an object": {CANARY: CANARY},
    "another text": CANARY,
}
_NO_DIVISIBILITIES: Mapping[str, Any] = {
    "39": 39,
    "-1": -1,
    "'39'": "39",
    "'-1'": "-1",
    "text": CANARY,
    "empty": "",
    "a float": 5.5,
    "a whole float": msgspec.Raw(b"5.0"),
    "a boolean": True,
    "in other digits": "\uff15",
}
_NO_IDS = ("840123", "840123:", ":17", "a:b", "840123:17:1", "-1:17", f"{10**20}:1", f"1:{10**10}", CANARY, "")


def _without(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def _v2(*rows: Any, **more: Any) -> Told:
    return json_of({"indexerHeight": 871204, "balances": rows or (_V2,), **more})


def _v1(*rows: Any, **more: Any) -> Told:
    rows = rows or (_V1,)
    page = {"limit": len(rows), "offset": 0, "total": len(rows), "indexerHeight": 871204, "items": rows}
    return json_of({**page, **more})


def _refused(name: str, question: Question, told: Told, names: str, calls: int = 1) -> Row:
    return Row(f"refused: {name}", question, always(told), PROTOCOL, before=calls - 1, names=names)


def _amounts() -> Iterable[Row]:
    for what, value in _NO_AMOUNTS.items():
        for field in ("confirmedBalance", "availableBalance", "projectedBalance"):
            yield _refused(f"v2: {field} {what}", RUNES_V2, _v2({**_V2, field: value}), field)
        # Sums over chains of transactions may pass u128, but not without end.
        pending = 2**256 if what == "above u128" else None
        for field in ("incomingAmount", "outgoingAmount", "netAmount"):
            if field == "netAmount" and what == "negative":
                continue
            sent = {**_PENDING, field: str(pending) if pending else value}
            yield _refused(f"v2: {field} {what}", RUNES_V2, _v2({**_V2, "pendingBalance": sent}), "pendingBalance")
        yield _refused(f"v1: amount {what}", RUNES_V1, _v1({**_V1, "amount": value}), "amount")
    for text in ("--1", "-", "-1.5"):
        sent = {**_PENDING, "netAmount": text}
        yield _refused(f"v2: netAmount {text}", RUNES_V2, _v2({**_V2, "pendingBalance": sent}), "pendingBalance")


def _runes() -> Iterable[Row]:
    for what, value in _NO_DIVISIBILITIES.items():
        yield _refused(f"v2: divisibility {what}", RUNES_V2, _v2({**_V2, "divisibility": value}), "divisibility")
        yield _refused(f"v1: divisibility {what}", RUNES_V1, _v1({**_V1, "divisibility": value}), "divisibility")
        if what != "empty":  # batch-info's own way to say that there is none
            told = json_of([{**_INFO, "divisibility": value}])
            yield _refused(f"batch-info: divisibility {what}", RUNE, told, "divisibility")
    for id_ in _NO_IDS:
        yield _refused(f"v2: runeId {id_!r}", RUNES_V2, _v2({**_V2, "runeId": id_}), "rune id")
        yield _refused(f"v1: id {id_!r}", RUNES_V1, _v1({**_V1, "id": id_}), "rune id")
        told = json_of([{**_INFO, "runeId": id_}])
        yield _refused(f"batch-info: runeId {id_!r}", RUNE, told, "runeId: not one that was asked for")
    yield _refused("v2: one rune twice", RUNES_V2, _v2(_V2, _V2), "one rune listed twice")
    yield _refused("v1: one rune twice", RUNES_V1, _v1(_V1, _V1), "one rune listed twice")
    yield _refused("batch-info: one rune twice", RUNE, json_of([_INFO, _INFO]), "one rune listed twice")
    yield _refused("v1: more promised than sent", RUNES_V1, _v1(_V1, total=2), "total", calls=2)


def _shapes() -> Iterable[Row]:
    for route, question, well in (
        ("v2", RUNES_V2, _v2()),
        ("v1", RUNES_V1, _v1()),
        ("batch-info", RUNE, json_of([_INFO])),
    ):
        bodies = {
            "null": (b"null", "Expected"),
            "a string": (f'"{CANARY}"'.encode(), "Expected"),
            "a number": (b"1", "Expected"),
            "the other top level": (b"{}" if route == "batch-info" else b"[]", "Expected"),
            "empty": (b"", "not JSON"),
            "HTML": (f"<html>{CANARY}</html>".encode(), "not JSON"),
            "not UTF-8": (well.body.replace(b"SANDBOX", b"\xff"), "not JSON"),
            "half": (well.body[: len(well.body) // 2], "not JSON"),
            "twice": (well.body * 2, "not JSON"),
            "with a bare NaN": (well.body.replace(b'"SANDBOX', b'NaN,"x":"SANDBOX', 1), "not JSON"),
            "nested too deeply": (well.body.replace(b"{", b'{"x": ' + b"[" * 1_000_000, 1), "nested too deeply"),
            "of more than 5 MB": (well.body + b" " * (5 * 1024 * 1024), "a body of more than 5242880 bytes"),
        }
        for what, (body, names) in bodies.items():
            yield _refused(f"{route}: {what}", question, Told(200, body), names)
    for field in ("balances", "indexerHeight"):
        told = json_of(_without({"indexerHeight": 871204, "balances": [_V2]}, field))
        yield _refused(f"v2: no {field}", RUNES_V2, told, field)
    for field in ("runeId", "runeName", "confirmedBalance", "availableBalance", "projectedBalance", "pendingBalance"):
        yield _refused(f"v2: no {field}", RUNES_V2, _v2(_without(_V2, field)), field)
    for field in ("id", "runeName", "amount"):
        yield _refused(f"v1: no {field}", RUNES_V1, _v1(_without(_V1, field)), field)
    for what, height in {"negative": -1, "a string": "871204", "a float": 871204.5, "null": None}.items():
        yield _refused(f"v2: indexerHeight {what}", RUNES_V2, _v2(indexerHeight=height), "indexerHeight")
        yield _refused(f"v1: indexerHeight {what}", RUNES_V1, _v1(indexerHeight=height), "indexerHeight")


def _accepted(name: str, question: Question, script: Script, *figures: str, before: int = 0) -> Row:
    return Row(f"accepted: {name}", question, script, FRESH, before=before, figures=figures)


_FIGURE = f"{RUNE_ID} ₳ 1500.00001 1000.00001 1499.97501 -0.025"


def _told_elsewhere(asked: Asked) -> Told:
    """Leave out in v2 what batch-info tells."""
    if asked.path.endswith("batch-info"):
        return json_of([_INFO])
    return _v2(_without(_V2, "divisibility"))


def _well() -> Iterable[Row]:
    more = {CANARY: [CANARY], "id": "1:1", "currentPrice": 1.5}
    yield _accepted("v2: unknown keys", RUNES_V2, always(_v2({**_V2, **more}, **more)), _FIGURE)
    yield _accepted("v2: digits for divisibility", RUNES_V2, always(_v2({**_V2, "divisibility": "5"})), _FIGURE)
    yield _accepted("v2: no divisibility, told elsewhere", RUNES_V2, _told_elsewhere, _FIGURE, before=1)
    no_symbol = _FIGURE.replace("₳", "¤")
    yield _accepted("v2: no symbol", RUNES_V2, always(_v2(_without(_V2, "symbol"))), no_symbol)
    yield _accepted("v2: null symbol", RUNES_V2, always(_v2({**_V2, "symbol": None})), no_symbol)
    yield _accepted("v2: none held", RUNES_V2, always(json_of({"indexerHeight": 1, "balances": []})))
    widest = {**_V2, "divisibility": 38, "confirmedBalance": str(_U128), "availableBalance": str(_U128)}
    widest |= {"projectedBalance": "0", "pendingBalance": {**_PENDING, "netAmount": f"-{_U128}"}}
    most = "3.40282366920938463463374607431768211455"
    yield _accepted("v2: the most there can be", RUNES_V2, always(_v2(widest)), f"{RUNE_ID} ₳ {most} {most} 0 -{most}")
    # Figures that contradict each other are shown as they came.
    odd = {**_V2, "projectedBalance": "7", "availableBalance": "150000002"}
    shown = f"{RUNE_ID} ₳ 1500.00001 1500.00002 0.00007 -0.025"
    yield _accepted("v2: figures at odds", RUNES_V2, always(_v2(odd)), shown)
    zero = {**_V2, "pendingBalance": {**_PENDING, "netAmount": "-0"}, "projectedBalance": "150000001"}
    shown = f"{RUNE_ID} ₳ 1500.00001 1000.00001 1500.00001 0"
    yield _accepted("v2: minus zero", RUNES_V2, always(_v2(zero)), shown)
    bare = {"id": "871000:1", "runeName": "BAREMINIMUM", "amount": "7"}
    yield _accepted("v1: the least there can be", RUNES_V1, always(_v1(bare)), "871000:1 ¤ 7")
    null = {**_V1, "inscriptionId": None, "divisibility": "5"}
    yield _accepted("v1: null inscription", RUNES_V1, always(_v1(null)), f"{RUNE_ID} ₳ 1500.00001")
    empty = {"limit": 0, "offset": 0, "total": 0, "indexerHeight": 1, "items": [], CANARY: None}
    yield _accepted("v1: none held", RUNES_V1, always(json_of(empty)))
    name = f"{RUNE_ID} SANDBOX•ALPHA•COIN"
    for what, value, scale in (("digits", "5", 5), ("a number", 5, 5), ("null", None, 0), ("38", "38", 38)):
        told = json_of([{**_INFO, "divisibility": value, "prices": {CANARY: 1.5}}])
        yield _accepted(f"batch-info: divisibility {what}", RUNE, always(told), f"{name} ₳ {scale}")
    told = json_of([_without(_INFO, "symbol", "runeName")])
    yield _accepted("batch-info: no symbol", RUNE, always(told), f"{name} ¤ 5")


ROWS = (*_amounts(), *_runes(), *_shapes(), *_well())
