"""bloXroute's trader: balances as doubles in display units, spoken by a Go gateway with errors of its own."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import ClassVar

import msgspec

from gateway.sandbox import base58, order
from gateway.sandbox.books.trader import TraderRow
from gateway.sandbox.credentials import BLOXROUTE_AUTHORIZATION
from gateway.sandbox.limiter import MinuteCredits
from gateway.sandbox.mode import Mode, choice
from gateway.sandbox.provider import Provider, demand, error_shapes, shaped_error
from gateway.sandbox.wire import Call, Json, Refusal, Reply, go_double, number, python_double

_BALANCE, _BALANCE_V1, _RATE_LIMIT = "/api/v2/balance", "/api/v1/account/balance", "/api/v2/rate-limit"
_PATHS = (_BALANCE, _BALANCE_V1, _RATE_LIMIT)
_INTRODUCTORY_CREDITS = 60
_KEY_LENGTH = 32

# HTTP status -> gRPC code and the text that goes with it; the code is not the status.
_CODES = {
    400: (3, "invalid argument"),
    401: (16, "authorization header is invalid"),
    403: (7, "permission denied"),
    404: (5, "Not Found"),
    422: (9, "failed precondition"),
    429: (8, "rate limit exceeded"),
    500: (13, "internal error"),
    501: (12, "Method Not Allowed"),
    502: (14, "upstream connect error"),
    503: (14, "service unavailable"),
    504: (4, "context deadline exceeded"),
}


class Bloxroute(Provider):
    """The mode `spelling` says which of the vendor's ways to write a row is spoken; the canonical one is real."""

    name = "bloxroute"
    known_routes = tuple(f"GET {path}" for path in _PATHS)
    known_modes: ClassVar[Mapping[str, Mode]] = {
        "spelling": choice("canonical", "docs", "legacy", "sdk", "table"),
        "errors": error_shapes("object"),
    }

    _credits: MinuteCredits

    def renew_limiters(self) -> None:
        self._credits = MinuteCredits(_INTRODUCTORY_CREDITS)

    def routes(self, call: Call) -> list[str]:
        return [f"{call.method} {call.path if call.path in _PATHS else '(unknown path)'}"]

    def admit(self, call: Call) -> None:
        if self.limits and call.path in (_BALANCE, _BALANCE_V1):
            demand(holds=self._credits.spend(self.clock()), reply=self.error(429))

    def answer(self, call: Call) -> Json:
        demand(holds=call.path in _PATHS, reply=self.error(404))
        demand(holds=call.method == "GET", reply=self.error(501))
        self._authorize(call)
        if call.path == _RATE_LIMIT:
            return self._rate_limit()
        owners = call.query.get("ownerAddress", [""])
        demand(holds=len(owners) == 1, reply=self.error(400, "too many values for parameter ownerAddress"))
        demand(holds=_is_key(owners[0]), reply=self.error(400, "invalid owner address"))
        spell = _SPELLINGS[self.modes["spelling"]]
        return {"tokens": [spell(row) for row in self.ledger.trader.rows(owners[0])]}

    def error(self, status: int, message: str | None = None) -> Reply:
        code, usual = _CODES[status]
        sentence = message or usual
        own = {"code": code, "message": sentence, "details": []}
        reply = shaped_error(self.modes["errors"], status, sentence, own)
        return reply.with_header("WWW-Authenticate", sentence) if status == 401 else reply  # noqa: PLR2004 - HTTP's

    def encode(self, tree: Json) -> bytes:
        """Go randomises the spaces between tokens, so that nobody compares bodies byte for byte."""
        return msgspec.json.format(msgspec.json.encode(tree), indent=self._random.choice((-1, 0, 1, 2)))

    def disguised_error(self, tree: Json) -> Json:  # noqa: ARG002 - the same error in place of every answer
        return {"code": 13, "message": "internal error", "details": []}

    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        if not tree.get("tokens"):
            return tree, next(iter(tree))
        row = tree["tokens"][0]
        return row, next(key for key in ("settledAmount", "settled_amount", "walletAmount") if key in row)

    def as_float(self, amount: Json) -> Json:  # noqa: ARG002 - whatever it was
        return "NaN"

    def change_balance(self, change: Mapping[str, Json]) -> None:
        order.only(change, "owner", "mint", "settled", "unsettled", "openOrders")
        owner, mint = order.text(change, "owner"), order.text(change, "mint")
        for key in (owner, mint):
            if not _is_key(key):
                raise order.BadOrder(f"{key!r} is no Solana address: base58 of 32 bytes is wanted")
        row = TraderRow(
            mint=mint,
            symbol=self.ledger.trader.symbol(mint),
            settled=_amount(change, "settled"),
            unsettled=_amount(change, "unsettled") if "unsettled" in change else Decimal(0),
            open_orders=_amount(change, "openOrders") if "openOrders" in change else Decimal(0),
        )
        self.ledger.trader.change(owner, row)

    def _authorize(self, call: Call) -> None:
        given = call.headers.get("Authorization")
        if given is None:
            raise Refusal(self.error(401, "authorization header is missing"))
        demand(holds=given == BLOXROUTE_AUTHORIZATION, reply=self.error(401))

    def _rate_limit(self) -> Json:
        """64-bit integers go out as strings."""
        now = self.clock()
        return {
            "accountID": "acct-sandbox",
            "tier": "Introductory",
            "interval": "minute",
            "intervalNum": "1",
            "limit": str(self._credits.limit),
            "count": str(self._credits.spent(now)),
            "reset": str(self._credits.resets_at(now)),
            "streamInfos": [],
        }


def _is_key(text: str) -> bool:
    try:
        return len(base58.decode(text)) == _KEY_LENGTH
    except ValueError:
        return False


def _amount(change: Mapping[str, Json], name: str) -> Decimal:
    told = order.text(change, name)
    try:
        return Decimal(told)
    except InvalidOperation:
        raise order.BadOrder(f"{name!r} must be a decimal number in a string, not {told!r}") from None


def _canonical(row: TraderRow) -> dict[str, Json]:
    return {
        "symbol": row.symbol,
        "tokenMint": row.mint,
        "settledAmount": number(go_double(row.settled)),
        "unsettledAmount": number(go_double(row.unsettled)),
        "openOrdersAmount": number(go_double(row.open_orders)),
    }


def _docs(row: TraderRow) -> dict[str, Json]:
    """The sample of the current documentation: the repr of the Python SDK's message."""
    return {
        "symbol": row.symbol,
        "token_mint": row.mint,
        "settled_amount": number(python_double(row.settled)),
        "unsettled_amount": number(python_double(row.unsettled)),
        "open_orders_amount": number(python_double(row.open_orders)),
    }


def _legacy(row: TraderRow) -> dict[str, Json]:
    """The sample of the older documentation: amounts as strings."""
    return {
        "symbol": row.symbol,
        "token_mint": row.mint,
        "settled_amount": python_double(row.settled),
        "unsettled_amount": python_double(row.unsettled),
        "open_orders_amount": number(python_double(row.open_orders)),
    }


def _sdk(row: TraderRow) -> dict[str, Json]:
    """The keys of an older generation of SDKs."""
    return {
        "symbol": row.symbol,
        "address": row.mint,
        "walletAmount": number(go_double(row.settled)),
        "unsettledAmount": number(go_double(row.unsettled)),
        "openOrdersAmount": number(go_double(row.open_orders)),
    }


def _table(row: TraderRow) -> dict[str, Json]:
    """The documentation's table of fields, misprints and all."""
    return {
        "symbol": row.symbol,
        "tokenMin": row.mint,
        "settledAmount": number(go_double(row.settled)),
        "unsettledAmount": number(go_double(row.unsettled)),
        "openOrderAmount": number(go_double(row.open_orders)),
    }


_SPELLINGS: Mapping[str, Callable[[TraderRow], dict[str, Json]]] = {
    "canonical": _canonical,
    "docs": _docs,
    "legacy": _legacy,
    "sdk": _sdk,
    "table": _table,
}
