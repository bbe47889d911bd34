"""Forms of a Solana node's answers: what is accepted, and what is refused as not understood."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tests.matrix.node import (
    AMOUNT,
    BATCHES_OFF,
    METHOD_OFF,
    SLOT,
    Error,
    Result,
    account,
    accounts,
    balance,
    instead,
    items,
    member,
    node,
    owned,
)
from tests.matrix.question import ACCOUNT, MINT, NEIGHBOUR, OWNED, OWNER, TOKEN_ACCOUNT, TWO_ACCOUNTS
from tests.matrix.row import ABSENT, CANARY, FRESH, PROTOCOL, REJECTED, Asked, End, Row, Script, Told, always, json_of

_U64 = 2**64 - 1
_NO_ATOMIC: Mapping[str, Any] = {
    "negative": "-1",
    "with a point": "1.5",
    "with an exponent": "1e3",
    "with a plus": "+1",
    "empty": "",
    "NaN": "NaN",
    "in other digits": "\uff11\uff12",
    "above u64": str(_U64 + 1),
    "of five thousand digits": "9" * 5000,
    "a float": 1.5,
    "a whole float": msgspec.Raw(b"1.0"),
    "a number": 1,
    "a boolean": True,
    "null": None,
    "another text": CANARY,
}
_NO_DECIMALS: Mapping[str, Any] = {
    "256": 256,
    "-1": -1,
    "a float": 1.5,
    "a whole float": msgspec.Raw(b"2.0"),
    "digits": "2",
    "a boolean": True,
    "null": None,
}
# 44 letters of the right alphabet that spell 33 bytes.
_TOO_LONG = "JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH"
_NO_KEYS = {"33 bytes": _TOO_LONG, "31 bytes": "1" * 31, "no base58": "0" * 43, "empty": "", "text": CANARY}
_SHOWN = "FRESH 98.64 98.64"


def _row(name: str, script: Script, names: str, before: int = 0) -> Row:
    return Row(f"refused: {name}", TOKEN_ACCOUNT, script, PROTOCOL, before=before, names=names)


def _on_accounts(name: str, result: Any, names: str) -> Row:
    return _row(f"getMultipleAccounts: {name}", node(together=Result(result)), names)


def _on_balance(name: str, result: Any, names: str) -> Iterable[Row]:
    """Tell it of a balance asked for by itself, and of one in a batch."""
    single = node(together=METHOD_OFF, batch=instead(BATCHES_OFF), single=Result(result))
    yield _row(f"getTokenAccountBalance: {name}", single, names, before=2)
    script = node(together=METHOD_OFF, batch=items(Result(result)))
    figures = ("UNAVAILABLE - -", _SHOWN)
    name = f"refused: in a batch: {name}"
    yield Row(name, TWO_ACCOUNTS, script, PROTOCOL, before=1, figures=figures, names=names)


def _on_owned(name: str, result: Any, names: str) -> Row:
    name = f"refused: getTokenAccountsByOwner: {name}"
    return Row(name, OWNED, owned(Result(result)), PROTOCOL, before=1, names=names)


def _holding(sent: Any, pubkey: str = ACCOUNT) -> Any:
    return accounts({"pubkey": pubkey, "account": sent}).tree


def _amounts() -> Iterable[Row]:
    wrong = [("amount", what, {**AMOUNT, "amount": value}) for what, value in _NO_ATOMIC.items()]
    wrong += [("decimals", what, {**AMOUNT, "decimals": value}) for what, value in _NO_DECIMALS.items()]
    for field, what, amount in wrong:
        name = f"{field} {what}"
        yield _on_accounts(name, accounts(account(amount)).tree, field)
        yield from _on_balance(name, balance(amount).tree, field)
        yield _on_owned(name, _holding(account(amount)), field)


def _keys() -> Iterable[Row]:
    for what, key in _NO_KEYS.items():
        for field in ("mint", "owner"):
            sent = account(**{field: key})
            yield _on_accounts(f"{field} of {what}", accounts(sent).tree, f"{field}: not 32 bytes")
            yield _on_owned(f"{field} of {what}", _holding(sent), f"{field}: not 32 bytes")
        yield _on_owned(f"pubkey of {what}", _holding(account(), key), "pubkey: not 32 bytes")
    for field, value in (("mint", None), ("owner", 1), ("state", True), ("isNative", "true"), ("tokenAmount", None)):
        sent = account(**{field: value})
        yield _on_accounts(f"{field} of another type", accounts(sent).tree, f"$.{field}")
        yield _on_owned(f"{field} of another type", _holding(sent), f"$.{field}")
    yield _on_accounts("state unheard of", accounts(account(state=CANARY)).tree, "state: not one of")
    yield _on_owned("somebody else's account", _holding(account(owner=NEIGHBOUR)), "owner: not the one")
    twice = accounts(*({"pubkey": ACCOUNT, "account": account()} for _ in range(2))).tree
    yield _on_owned("one account twice", twice, "one account listed twice")


def _results() -> Iterable[Row]:
    kinds: tuple[tuple[str, Any, Callable[[str, Any, str], Iterable[Row]]], ...] = (
        ("getMultipleAccounts", [account()], lambda *row: [_on_accounts(*row)]),
        ("getTokenAccountBalance", AMOUNT, _on_balance),
        ("getTokenAccountsByOwner", [], lambda *row: [_on_owned(*row)]),
    )
    for _, value, rows in kinds:
        slots = {"negative": -1, "a float": 1.5, "digits": str(SLOT), "null": None, "a boolean": True}
        for what, slot in slots.items():
            yield from rows(f"slot {what}", {"context": {"slot": slot}, "value": value}, "$.context.slot")
        yield from rows("no slot", {"context": {}, "value": value}, "slot")
        yield from rows("no context", {"value": value}, "context")
        yield from rows("no value", {"context": {"slot": SLOT}}, "value")
        results: Mapping[str, Any] = {"null": None, "an array": [], "text": CANARY, "a number": 1}
        for what, result in results.items():
            yield from rows(f"result {what}", result, "Expected `object`")
        yield from rows("value of another type", {"context": {"slot": SLOT}, "value": CANARY}, "$.value")
    yield _on_accounts("no account", accounts().tree, "not one account for each key")
    yield _on_accounts("two accounts", accounts(account(), None).tree, "not one account for each key")
    yield _on_accounts("an account in place of the list", {"context": {"slot": SLOT}, "value": account()}, "$.value")


def _shaped(shape: Callable[[Any], Any]) -> Script:
    """Answer with a response made of the request's id."""
    return lambda asked: json_of(shape(asked.tree["id"]))


def _envelopes() -> Iterable[Row]:
    good = accounts(account())
    wrong_ids: Mapping[str, Callable[[Any], Any]] = {
        "another": lambda id_: member(good, id_ + 1),
        "in digits": lambda id_: member(good, str(id_)),
        "null": lambda _: member(good, None),
        "missing": lambda id_: {key: value for key, value in member(good, id_).items() if key != "id"},
        "another's error": lambda id_: member(Error(-32602, "Invalid param: could not find account"), id_ + 1),
    }
    for what, shape in wrong_ids.items():
        yield _row(f"id {what}", _shaped(shape), "$.id: not the request's own")
    for what, id_ in {"a float": msgspec.Raw(b"1.0"), "a boolean": True, "an array": [1]}.items():
        yield _row(f"id {what}", always(json_of(member(good, id_))), "$.id")
    both = {"error": {"code": -32602, "message": CANARY}}
    yield _row("both", _shaped(lambda id_: {**member(good, id_), **both}), "neither or both")
    yield _row("both, null", _shaped(lambda id_: {**member(good, id_), "result": None, **both}), "neither or both")
    yield _row("neither", _shaped(lambda id_: {"jsonrpc": "2.0", "id": id_}), "neither or both")
    for what, error in {"text": CANARY, "no code": {"message": CANARY}, "code of text": {"code": "429"}}.items():
        yield _row(f"error {what}", always(json_of({"jsonrpc": "2.0", "id": 1, "error": error})), "$.error")
    whole = json_of(member(good, 1)).body
    bodies = {
        "an array": (b"[" + whole + b"]", "Expected `object`"),
        "null": (b"null", "Expected `object`"),
        "a string": (f'"{CANARY}"'.encode(), "Expected `object`"),
        "half": (whole[: len(whole) // 2], "not JSON"),
        "twice": (whole * 2, "not JSON"),
        "not UTF-8": (whole.replace(b"initialized", b"\xff"), "not JSON"),
        "a bare NaN": (whole.replace(b"98.64", b"NaN"), "not JSON"),
        "nested too deeply": (b'{"id": 1, "result": ' + b"[" * 1_000_000, "nested too deeply"),
        "of more than 5 MB": (whole + b" " * (5 * 1024 * 1024), "a body of more than 5242880 bytes"),
    }
    for what, (body, names) in bodies.items():
        yield _row(what, always(Told(200, body)), names)


def _batched(shape: Callable[[list[Any]], list[Any]]) -> Script:
    """Answer a batch of two with what is made of its requests."""
    return node(together=METHOD_OFF, batch=lambda asked: json_of(shape(asked.tree)))


def _good(each: Any) -> Any:
    return member(balance(), each["id"])


def _batches() -> Iterable[Row]:
    """A response that proves of nobody's, or of none, costs one request its figure and no other."""
    shapes: Mapping[str, tuple[Callable[[list[Any]], list[Any]], str]] = {
        "one missing": (lambda asked: [_good(asked[1])], "left without an answer"),
        "one answered twice": (lambda asked: [_good(asked[0]), _good(asked[1]), _good(asked[0])], "answered twice"),
        "one for nobody": (lambda asked: [_good({"id": 0}), _good(asked[1])], "left without an answer"),
        "one's id in digits": (
            lambda asked: [_good({"id": str(asked[0]["id"])}), _good(asked[1])],
            "left without an answer",
        ),
        "one with neither": (
            lambda asked: [{"jsonrpc": "2.0", "id": asked[0]["id"]}, _good(asked[1])],
            "neither or both",
        ),
    }
    for what, (shape, names) in shapes.items():
        name, figures = f"refused: batch: {what}", ("UNAVAILABLE - -", _SHOWN)
        yield Row(name, TWO_ACCOUNTS, _batched(shape), PROTOCOL, before=1, figures=figures, names=names)


def _accepted(name: str, script: Script, *figures: str, before: int = 0, end: End = FRESH) -> Row:
    question = TOKEN_ACCOUNT if len(figures) == 1 else TWO_ACCOUNTS
    return Row(f"accepted: {name}", question, script, end, before=before, figures=figures)


def _figures() -> Iterable[Row]:
    """What is shown where a node's own display says another thing, or nothing."""
    amounts: tuple[tuple[str, Mapping[str, Any], str], ...] = (
        ("null uiAmount", {**AMOUNT, "uiAmount": None}, _SHOWN),
        ("no uiAmount", {"amount": "9864", "decimals": 2}, "FRESH 98.64 -"),
        ("interest", {**AMOUNT, "uiAmountString": "2"}, "FRESH 98.64 2"),
        ("an infinite display", {**AMOUNT, "uiAmount": None, "uiAmountString": "inf"}, "FRESH 98.64 -"),
        ("an empty display", {**AMOUNT, "uiAmountString": ""}, "FRESH 98.64 -"),
        ("zero", {"amount": "0", "decimals": 255, "uiAmount": None, "uiAmountString": "0"}, "FRESH 0 0"),
        ("the most", {"amount": str(_U64), "decimals": 20}, "FRESH 0.18446744073709551615 -"),
        ("unknown keys", {**AMOUNT, CANARY: [CANARY]}, _SHOWN),
    )
    for what, amount, shown in amounts:
        yield _accepted(what, node(together=accounts(account(amount))), shown)
        single = node(together=METHOD_OFF, batch=items(balance(amount)))
        yield _accepted(f"in a batch: {what}", single, shown, _SHOWN, before=1)


def _kinds() -> Iterable[Row]:
    """What stands at an address that is no token account of the two programs."""
    yield _accepted("nothing", node(together=accounts(None)), "ABSENT - -", end=ABSENT)
    yield _accepted("nothing beside", node(together=accounts(account(), None)), _SHOWN, "ABSENT - -")
    data: Mapping[str, Any] = {
        "a system account": {**account(), "owner": "1" * 32, "data": ["", "base64"]},
        "another program's": {**account(), "owner": MINT},
        "not parsed": {**account(), "data": [CANARY, "base64"]},
        "in the legacy form": {**account(), "data": CANARY},
        "a mint": {**account(), "data": {"parsed": {"type": "mint", "info": {"decimals": 2, "supply": "1"}}}},
        "a multisig": {**account(), "data": {"parsed": {"type": "multisig", "info": {}}}},
    }
    for what, sent in data.items():
        script = node(together=accounts(sent, account()))
        yield _accepted(what, script, "UNAVAILABLE - -", _SHOWN, end=REJECTED)
    more = {"delegate": OWNER, "delegatedAmount": AMOUNT, "closeAuthority": OWNER, CANARY: CANARY}
    extensions = {"extensions": [{"extension": "immutableOwner"}, {"extension": CANARY, "state": {CANARY: 1.5}}]}
    yield _accepted("unknown keys of an account", node(together=accounts(account(**more, **extensions))), _SHOWN)
    yield _accepted("a frozen account", node(together=accounts(account(state="frozen"))), _SHOWN)


def _capped(asked: Asked) -> Told:
    """Take one key to a call and no more."""
    keys = asked.tree["params"][0]
    reply = Error(-32602, "Too many inputs provided; max 1") if len(keys) > 1 else accounts(account())
    return json_of(member(reply, asked.tree["id"]))


def _ways() -> Iterable[Row]:
    """Each way in which an answer may come."""
    turned = _batched(lambda asked: [_good(each) for each in reversed(asked)])
    yield _accepted("batch: in any order", turned, _SHOWN, _SHOWN, before=1)
    extra = _batched(lambda asked: [*(_good(each) for each in asked), _good({"id": "none"})])
    yield _accepted("batch: one too many", extra, _SHOWN, _SHOWN, before=1)
    for what, refusal in {"error": Error(-32600, "Batches are off"), "another": Error(-32601, CANARY)}.items():
        alone = node(together=METHOD_OFF, batch=instead(refusal), single=balance())
        yield _accepted(f"batch: one {what} for all", alone, _SHOWN, _SHOWN, before=3)
    yield _accepted("a lower cap", _capped, _SHOWN, _SHOWN, before=2)
    null = _shaped(lambda id_: {**member(accounts(account()), id_), "error": None, CANARY: CANARY})
    yield _accepted("a null error", null, _SHOWN)
    held = owned(Result(_holding(account())))
    yield Row("accepted: owned", OWNED, held, FRESH, before=1, figures=(f"{ACCOUNT} 98.64 98.64",))


ROWS = (
    *_amounts(),
    *_keys(),
    *_results(),
    *_envelopes(),
    *_batches(),
    *_figures(),
    *_kinds(),
    *_ways(),
)
