"""A Solana node of recorded answers: a result or an error for each method, alone or in a batch that may come spoilt."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from gateway.domain.address import Address
from gateway.domain.token import AccountKey, Commitment
from tests.providers.recorded import Asked, Told, told

SLOT = 301554219
TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
TOKEN_2022_PROGRAM = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb"
SYSTEM_PROGRAM = "11111111111111111111111111111111"
OWNER = "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL"
ACCOUNT = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"
OTHER_ACCOUNT = "4pSPKggRgkcFKGyaxc7Q3hCmra7wC95WTQ8Rr5V4kUWU"
MINT = "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R"
WRAPPED_SOL = "So11111111111111111111111111111111111111112"
METHOD_NOT_FOUND = (-32601, "Method not found")

Reply: TypeAlias = dict[str, Any]


class Refused(Exception):
    """What the node says in place of a result."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.error = {"code": code, "message": message} | ({} if data is None else {"data": data})


Method: TypeAlias = Callable[[list[Any]], Any]


def refuse(code: int, message: str, data: Any = None) -> Method:
    def method(_: list[Any]) -> Any:
        raise Refused(code, message, data)

    return method


class Node:
    """A script for the recorded server. It counts calls by method, and HTTP requests as `POST`.

    `batch` makes of the replies to a batch what goes out; in their order where it is left out.
    """

    def __init__(self, batch: Callable[[list[Reply]], Told] = told, **methods: Method) -> None:
        self.calls: Counter[str] = Counter()
        self.params: list[list[Any]] = []
        self._batch = batch
        self._methods = methods

    def __call__(self, asked: Asked) -> Told:
        self.calls["POST"] += 1
        calls = asked.tree
        return (
            self._batch([self._reply(call) for call in calls]) if isinstance(calls, list) else told(self._reply(calls))
        )

    def _reply(self, call: Any) -> Reply:
        self.calls[call["method"]] += 1
        self.params.append(call["params"])
        try:
            result = self._methods.get(call["method"], refuse(*METHOD_NOT_FOUND))(call["params"])
        except Refused as refused:
            return {"jsonrpc": "2.0", "error": refused.error, "id": call["id"]}
        return {"jsonrpc": "2.0", "result": result, "id": call["id"]}


def at(value: Any, slot: int = SLOT) -> Reply:
    return {"context": {"apiVersion": "2.3.6", "slot": slot}, "value": value}


def shown(amount: str, decimals: int, text: Any = "0", number: Any = None) -> Reply:
    """A token amount; `number` is the float that nobody may read, given as JSON text."""
    ui_amount = msgspec.Raw(number.encode()) if number else None
    return {"amount": amount, "decimals": decimals, "uiAmount": ui_amount, "uiAmountString": text}


def info(amount: Reply, **fields: Any) -> Reply:
    return {"mint": MINT, "owner": OWNER, "tokenAmount": amount, "state": "initialized", "isNative": False, **fields}


def parsed(fields: Any, *, type_: str = "account", program: str = TOKEN_PROGRAM) -> Reply:
    name = "spl-token" if program == TOKEN_PROGRAM else "spl-token-2022"
    return account({"program": name, "space": 165, "parsed": {"type": type_, "info": fields}}, program)


def account(body: Any, program: str) -> Reply:
    return {
        "lamports": 2074080,
        "owner": program,
        "executable": False,
        "rentEpoch": 2**64 - 1,
        "space": 165,
        "data": body,
    }


def key(address: str, commitment: Commitment = Commitment.FINALIZED) -> AccountKey:
    return AccountKey(Address.parse(address), commitment)


def balances(**amounts: Reply | Refused) -> Method:
    """Answer getTokenAccountBalance with what is known of each account."""

    def method(params: list[Any]) -> Any:
        found = amounts.get(params[0], Refused(-32602, "Invalid param: could not find account"))
        if isinstance(found, Refused):
            raise found
        return at(found)

    return method


def accounts(*values: Any) -> Method:
    """Answer getMultipleAccounts with these, whatever was asked."""
    return lambda _: at(list(values))


def by_address(found: dict[str, Any]) -> Method:
    """Answer getMultipleAccounts with what is known of each account, and null for the rest."""

    def method(params: list[Any]) -> Any:
        addresses: Sequence[str] = params[0]
        return at([found.get(address) for address in addresses])

    return method
