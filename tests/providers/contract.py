"""What the contract test knows of each source: how it is asked, a right answer, and two ways to spoil that answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from gateway.domain import sources
from gateway.domain.address import Address
from gateway.domain.exchange import Credential
from gateway.domain.problem import ProblemCode
from gateway.domain.token import AccountKey, Commitment
from tests.providers.asking import SECRET
from tests.providers.recorded import Asked

TOKEN_PROGRAM = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
MINT = "5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R"
_BITCOIN = (
    "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt",
    "bc1qdkk5ughajfurnz9zmzdak0pqhmt9lhzath4anx",
    "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22",
)
_SOLANA = (
    "3dGoFzaDHbU5Y8RFT8uUYn19VjckDnJn4guWvSzxM8pL",
    "Z2iSdbwVQgwCPhPyUrpoxro814FxA8fBUdRJG2rFkoy",
    "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK",
)
_RUNES = ("840123:17", "871000:1", "1:0")
_TOKENS = tuple(f"{SECRET}-{number}" for number in range(3))


@dataclass(frozen=True)
class Subject:
    """One source. Its right answer to a key holds the key's own figure: its place in `keys`, counted from 1."""

    name: str
    capability: Any
    keys: Sequence[Any]
    right: Callable[[Asked], bytes]
    figure: Callable[[Any], int]
    # Patterns: what to take out for a field to be missing, and what to put in for a float or a NaN.
    required: bytes
    spoilt: tuple[bytes, bytes]
    wrong_type: bytes
    environ: Mapping[str, str | None] = field(default_factory=dict)
    # Calls that one question costs.
    calls: int = 1
    codes: Mapping[int, ProblemCode] = field(default_factory=dict)


def _number(among: Sequence[str], text: str) -> int:
    return among.index(text) + 1


def _v2(asked: Asked) -> bytes:
    amount = str(_number(_BITCOIN, asked.path.split("/")[4]))
    pending = {"incomingAmount": "0", "outgoingAmount": "0", "netAmount": "0"}
    row = {"runeId": "840123:17", "runeName": "A•B", "divisibility": 5, "confirmedBalance": amount}
    row |= {"availableBalance": amount, "projectedBalance": amount, "pendingBalance": pending}
    return msgspec.json.encode({"balances": [row], "indexerHeight": 871204})


def _v1(asked: Asked) -> bytes:
    number = _number(_BITCOIN, asked.path.split("/")[4])
    row = {"id": "840123:17", "runeName": "A•B", "amount": str(number), "inscriptionId": f"{'0' * 64}i{number}"}
    return msgspec.json.encode({"limit": 1, "offset": 0, "total": 1, "items": [row], "indexerHeight": 871204})


def _batch_info(asked: Asked) -> bytes:
    ids = asked.query["runeIds"].split(",")
    rows = [{"runeId": id_, "spacedRuneName": "A•B", "divisibility": str(_number(_RUNES, id_))} for id_ in ids]
    # Nothing is said about the order of the rows.
    return msgspec.json.encode(rows[::-1])


def _account(owner: str, number: int) -> Any:
    amount = {"amount": str(number), "decimals": 2, "uiAmount": None, "uiAmountString": "0"}
    fields = {"mint": MINT, "owner": owner, "tokenAmount": amount, "state": "initialized", "isNative": False}
    return {"owner": TOKEN_PROGRAM, "data": {"parsed": {"type": "account", "info": fields}}}


def _rpc(asked: Asked, value: Any) -> bytes:
    result = {"context": {"slot": 301554219}, "value": value}
    return msgspec.json.encode({"jsonrpc": "2.0", "result": result, "id": asked.tree["id"]})


def _multiple_accounts(asked: Asked) -> bytes:
    return _rpc(asked, [_account(_SOLANA[0], _number(_SOLANA, key)) for key in asked.tree["params"][0]])


def _owned_accounts(asked: Asked) -> bytes:
    owner, program = asked.tree["params"][0], asked.tree["params"][1]["programId"]
    row = {"pubkey": _SOLANA[2], "account": _account(owner, _number(_SOLANA, owner))}
    return _rpc(asked, [row] if program == TOKEN_PROGRAM else [])


def _tokens(asked: Asked) -> bytes:
    number = _number(_SOLANA, asked.query["ownerAddress"])
    row = {"symbol": "", "tokenMint": MINT, "settledAmount": number, "unsettledAmount": 0, "openOrdersAmount": 0}
    return msgspec.json.encode({"tokens": [row]})


def _wallets(asked: Asked) -> bytes:
    number = _number(_TOKENS, asked.headers["Authorization"].removeprefix("Bearer "))
    return msgspec.json.encode([{"currency": "btc", "balance": number, "available": number}])


_BITCOIN_KEYS = [Address.parse(text) for text in _BITCOIN]
_ACCOUNT_KEYS = [AccountKey(Address.parse(text), Commitment.CONFIRMED) for text in _SOLANA]

SUBJECTS = (
    Subject(
        "runes_by_address (v2)",
        sources.RunesByAddress,
        _BITCOIN_KEYS,
        _v2,
        lambda value: int(value[0].confirmed.integer),
        rb'"confirmedBalance":"\d+",',
        (rb'("confirmedBalance":)"(\d+)"', rb"\1\2.0"),
        b"[]",
    ),
    Subject(
        "runes_by_address (v1)",
        sources.RunesByAddress,
        _BITCOIN_KEYS,
        _v1,
        lambda value: int(value[0].confirmed.integer),
        rb'"amount":"\d+",',
        (rb'("amount":)"(\d+)"', rb"\1\2.0"),
        b"[]",
        environ={"GATEWAY_XVERSE__V2": "false"},
    ),
    Subject(
        "inscriptions_by_address",
        sources.InscriptionsByAddress,
        _BITCOIN_KEYS,
        _v1,
        lambda value: int(value["840123:17"].partition("i")[2]),
        rb'"amount":"\d+",',
        (rb'("amount":)"(\d+)"', rb"\1\2.0"),
        b"[]",
    ),
    Subject(
        "rune_by_id",
        sources.RuneById,
        _RUNES,
        _batch_info,
        lambda value: int(value.divisibility),
        rb'"spacedRuneName":"[^"]+",',
        (rb'("divisibility":)"(\d+)"', rb"\1\2.0"),
        b"{}",
    ),
    Subject(
        "token_account_by_address",
        sources.TokenAccountByAddress,
        _ACCOUNT_KEYS,
        _multiple_accounts,
        lambda value: int(value.amount.integer),
        rb'"amount":"\d+",',
        (rb'("amount":)"(\d+)"', rb"\1\2.0"),
        b"[]",
    ),
    Subject(
        "token_accounts_by_owner",
        sources.TokenAccountsByOwner,
        _ACCOUNT_KEYS,
        _owned_accounts,
        lambda value: int(value[0].amount.integer),
        rb'"slot":\d+',
        (rb'("slot":)(\d+)', rb"\1\2.0"),
        b"[]",
        calls=2,
    ),
    Subject(
        "tokens_by_owner",
        sources.TokensByOwner,
        [Address.parse(text) for text in _SOLANA],
        _tokens,
        lambda value: int(value[0].settled.integer),
        rb'"settledAmount":\d+,',
        (rb'("settledAmount":)(\d+)', rb'\1"NaN"'),
        b"[]",
    ),
    Subject(
        "wallets_by_credential",
        sources.WalletsByCredential,
        [Credential(text, f"fingerprint of {text}") for text in _TOKENS],
        _wallets,
        lambda value: int(value[0].balance.integer),
        rb'"balance":\d+,',
        (rb'("balance":)(\d+)', rb'\1"NaN"'),
        b"{}",
        # A wrong path is the gateway's own mistake, or a change of the API.
        codes={404: ProblemCode.PROTOCOL},
    ),
    Subject(
        "token_account_itself",
        sources.TokenAccountItself,
        _ACCOUNT_KEYS,
        _multiple_accounts,
        lambda value: int(value[0].amount.integer),
        rb'"amount":"\d+",',
        (rb'("amount":)"(\d+)"', rb"\1\2.0"),
        b"[]",
    ),
)
