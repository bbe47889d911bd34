"""A Solana node's answers, by method and by whether they came one by one or together."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from tests.matrix.question import ACCOUNT, MINT, OWNER
from tests.matrix.row import CANARY, Asked, Script, Told, json_of

TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
SLOT = 301_554_219
AMOUNT = {"amount": "9864", "decimals": 2, "uiAmount": 98.64, "uiAmountString": "98.64"}


@dataclass(frozen=True, slots=True)
class Error:
    """A JSON-RPC error; nodes that cannot tell what was asked answer with no id."""

    code: int
    message: str
    more: Any = None
    has_id: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """A JSON-RPC result."""

    tree: Any


Reply: TypeAlias = Error | Result | Told


def balance(amount: Mapping[str, Any] = AMOUNT) -> Result:
    return Result({"context": {"apiVersion": "2.3.6", "slot": SLOT}, "value": amount})


def account(amount: Mapping[str, Any] = AMOUNT, /, **info: Any) -> dict[str, Any]:
    """Give a token account as a node writes it; `info` outweighs its parsed fields."""
    parsed = {"mint": MINT, "owner": OWNER, "state": "initialized", "isNative": False, "tokenAmount": amount, **info}
    return {
        "lamports": 2_039_280,
        "owner": TOKEN_PROGRAM,
        "executable": False,
        "rentEpoch": 18_446_744_073_709_551_615,
        "space": 165,
        "data": {"program": "spl-token", "space": 165, "parsed": {"type": "account", "info": parsed}},
    }


def accounts(*rows: Any) -> Result:
    return Result({"context": {"apiVersion": "2.3.6", "slot": SLOT}, "value": list(rows)})


METHOD_OFF = Error(-32601, "Method not found")
BATCHES_OFF = Told(405, b"no batches", {"Content-Type": "text/plain"})
NONE_OWNED = accounts()


def member(reply: Error | Result, id_: Any) -> dict[str, Any]:
    """Write one JSON-RPC response."""
    if isinstance(reply, Result):
        return {"jsonrpc": "2.0", "result": reply.tree, "id": id_}
    error = {"code": reply.code, "message": reply.message}
    if reply.more is not None:
        error["data"] = reply.more
    return {"jsonrpc": "2.0", "error": error, "id": id_ if reply.has_id else None}


def alone(reply: Reply, asked: Asked, after: int = 0) -> Told:
    """Answer one request, with a new line at the end as nodes do."""
    if isinstance(reply, Told):
        return reply
    told = json_of(member(reply, asked.tree["id"]), after=after)
    return replace(told, body=told.body + b"\n")


def node(*, together: Reply, batch: Script | None = None, single: Reply | None = None) -> Script:
    """Answer getMultipleAccounts, batches of getTokenAccountBalance and single calls of it."""

    def script(asked: Asked) -> Told:
        if isinstance(asked.tree, list):
            assert batch is not None
            return batch(asked)
        if asked.tree["method"] == "getMultipleAccounts":
            return alone(together, asked)
        assert single is not None
        return alone(single, asked)

    return script


def items(reply: Reply) -> Script:
    """Answer a batch: with the reply for the account in question, and well for its neighbours."""

    def script(asked: Asked) -> Told:
        if isinstance(reply, Told):
            return reply
        return json_of(
            [member(reply if each["params"][0] == ACCOUNT else balance(), each["id"]) for each in asked.tree]
        )

    return script


def instead(reply: Reply) -> Script:
    """Answer a whole batch with one response."""
    return lambda _: reply if isinstance(reply, Told) else json_of(member(reply, None))


def owned(reply: Reply, then: Reply = NONE_OWNED) -> Script:
    """Answer for one token program with the reply, once both have been asked for, and well for the other."""

    def script(asked: Asked) -> Told:
        classic = asked.tree["params"][1]["programId"] == TOKEN_PROGRAM
        answer = then if classic else reply
        return replace(answer, after=2) if isinstance(answer, Told) else alone(answer, asked, after=2)

    return script


Column: TypeAlias = Callable[[Reply], Script]


def on_accounts(reply: Reply) -> Script:
    """Say it of getMultipleAccounts, and again of whatever is asked in its place."""
    return node(together=reply, batch=items(reply), single=reply)


def in_batch(reply: Reply) -> Script:
    """Say it of one request in a batch, and again where that one is asked by itself."""
    return node(together=METHOD_OFF, batch=items(reply), single=reply)


def for_batch(reply: Reply) -> Script:
    """Say it of a batch as a whole, and again of each request by itself."""
    return node(together=METHOD_OFF, batch=instead(reply), single=reply)


def on_balance(reply: Reply) -> Script:
    """Say it of getTokenAccountBalance, where batches are off as well."""
    return node(together=METHOD_OFF, batch=instead(BATCHES_OFF), single=reply)


# A text that tells what no caller may see.
HINT = f"{CANARY}-credential"
