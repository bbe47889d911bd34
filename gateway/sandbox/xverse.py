"""Xverse: runes of an address (v1 and v2) and facts about runes, with amounts as strings and errors as JSON strings."""

from collections.abc import Mapping
from re import fullmatch
from typing import ClassVar

from gateway.sandbox import bitcoin_address, order
from gateway.sandbox.books.bitcoin import Rune, RuneBalance
from gateway.sandbox.credentials import XVERSE_API_KEY
from gateway.sandbox.mode import Mode, switch
from gateway.sandbox.provider import Provider, demand, error_shapes, shaped_error
from gateway.sandbox.wire import Call, Json, Reply, number
from gateway.sandbox.world.crowd import holdings, runes

_V1, _V2, _BATCH = (
    "GET /v1/ordinals/address/{address}/runes",
    "GET /v2/runes/address/{address}/balance",
    "GET /v1/runes/batch-info",
)
_PATHS = {
    _V1: r"/v1/ordinals/address/([^/]+)/runes",
    _V2: r"/v2/runes/address/([^/]+)/balance",
    _BATCH: r"/v1/runes/batch-info",
}
_SHORTEST_ADDRESS = 10
_LIMIT = (25, 60)
_BATCH_LIMIT = 10
# Of a crowd: runes of each, and balances of all.
_MOST_RUNES, _LARGEST_CROWD = 1000, 1_000_000
_SENTENCES = {
    400: "Invalid input",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not found",
    422: "Unprocessable entity",
    429: "Rate limit exceeded",
    500: "Internal server error",
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
}


class Xverse(Provider):
    """v1 always sends the full list and calls its length the limit, unless the mode `paging` is on."""

    name = "xverse"
    known_routes = (_V1, _V2, _BATCH)
    known_modes: ClassVar[Mapping[str, Mode]] = {
        "v1": switch(start=True),
        "v2": switch(start=True),
        "errors": error_shapes("string"),
        "lagging": switch(start=False),
        "paging": switch(start=False),
    }

    def routes(self, call: Call) -> list[str]:
        return [self._route(call) or f"{call.method} (unknown path)"]

    def answer(self, call: Call) -> Json:
        route = self._route(call)
        demand(holds=route is not None, reply=self.error(404))
        demand(holds=call.headers.get("x-api-key") == XVERSE_API_KEY, reply=self.error(401))
        if route == _BATCH:
            return self._batch(call)
        version, answer = ("v2", self._v2) if route == _V2 else ("v1", self._v1)
        demand(holds=self.modes[version], reply=self.error(404))
        return answer(call)

    def error(self, status: int, message: str | None = None) -> Reply:
        sentence = message or _SENTENCES[status]
        return shaped_error(
            self.modes["errors"],
            status,
            sentence,
            {"statusCode": status, "error": _SENTENCES[status].title(), "message": sentence},
        )

    def disguised_error(self, tree: Json) -> Json:  # noqa: ARG002 - the same error in place of every answer
        return {"statusCode": 500, "error": "Internal Server Error", "message": "Internal server error"}

    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        if isinstance(tree, list):
            return (tree[0], "amount") if tree else ({"amount": "0"}, "amount")
        rows, key = ("balances", "confirmedBalance") if "balances" in tree else ("items", "amount")
        return (tree[rows][0], key) if tree[rows] else (tree, rows)

    def as_float(self, amount: Json) -> Json:
        return number(f"{amount}.0" if isinstance(amount, str) else "0.0")

    def change_balance(self, change: Mapping[str, Json]) -> None:
        order.only(change, "address", "rune", "confirmed", "available", "incoming", "outgoing")
        address = order.text(change, "address")
        if not bitcoin_address.is_mainnet(address):
            raise order.BadOrder(f"{address!r} is no Bitcoin mainnet address")
        rune = self.ledger.bitcoin.rune(order.text(change, "rune"))
        if rune is None:
            raise order.BadOrder(f"{change['rune']!r} is no rune of this world, neither by id nor by name")
        amounts = {name: order.atomic(change, name) for name in change if name not in ("address", "rune")}
        if "confirmed" not in amounts:
            raise order.BadOrder("'confirmed' must be given, as a string")
        self.ledger.bitcoin.change(bitcoin_address.normalized(address), rune, **amounts)

    def gather(self, crowd: Mapping[str, Json]) -> None:
        order.only(crowd, "addresses", "runes")
        held = runes(order.count(crowd, "runes", _MOST_RUNES))
        self.ledger.bitcoin.welcome(held, holdings(order.count(crowd, "addresses", _LARGEST_CROWD // len(held)), held))

    def _route(self, call: Call) -> str | None:
        if call.method != "GET":
            return None
        return next((route for route, path in _PATHS.items() if fullmatch(path, call.path)), None)

    def _v2(self, call: Call) -> Json:
        height, balances = self._balances(call)
        pricing = call.query.get("includePricing", [""])[-1] == "true"
        rows = [_v2_row(self.ledger.bitcoin.runes[balance.rune], balance, pricing=pricing) for balance in balances]
        return {"balances": rows, "indexerHeight": height}

    def _v1(self, call: Call) -> Json:
        offset = self._whole(call, "offset", usual=0, least=0, most=None)
        limit = self._whole(call, "limit", usual=_LIMIT[1], least=_LIMIT[0], most=_LIMIT[1])
        height, balances = self._balances(call)
        items = [_v1_row(self.ledger.bitcoin.runes[balance.rune], balance) for balance in balances]
        if self.modes["paging"]:
            page = items[offset : offset + limit]
            return {"limit": limit, "offset": offset, "total": len(items), "items": page, "indexerHeight": height}
        return {"limit": len(items), "offset": 0, "total": len(items), "items": items, "indexerHeight": height}

    def _batch(self, call: Call) -> Json:
        wanted = ",".join(call.query.get("runeIds", [])).split(",")
        demand(holds=all(wanted) and len(wanted) <= _BATCH_LIMIT, reply=self.error(400))
        found = (self.ledger.bitcoin.rune(name) for name in wanted)
        return [_batch_row(rune) for rune in found if rune is not None]

    def _balances(self, call: Call) -> tuple[int, list[RuneBalance]]:
        address = call.path.split("/")[4]
        valid = len(address) >= _SHORTEST_ADDRESS and bitcoin_address.is_mainnet(address)
        demand(holds=valid, reply=self.error(400))
        address = bitcoin_address.normalized(address)
        book, lagging = self.ledger.bitcoin, self.modes["lagging"]
        held = book.holdings_before(address) if lagging else book.holdings(address)
        wanted = call.query.get("runeId", [None])[-1]
        return book.height - lagging, [balance for balance in held if wanted in (None, balance.rune)]

    def _whole(self, call: Call, name: str, *, usual: int, least: int, most: int | None) -> int:
        told = call.query.get(name, [str(usual)])[-1]
        demand(holds=told.isascii() and told.isdigit(), reply=self.error(400))
        within = least <= int(told) and (most is None or int(told) <= most)
        demand(holds=within, reply=self.error(400))
        return int(told)


def _v1_row(rune: Rune, balance: RuneBalance) -> dict[str, Json]:
    return {
        "id": rune.id,
        "runeName": rune.name,
        "amount": str(balance.confirmed),
        **_present(divisibility=rune.divisibility, symbol=rune.symbol, inscriptionId=rune.inscription),
    }


def _v2_row(rune: Rune, balance: RuneBalance, *, pricing: bool) -> dict[str, Json]:
    net = balance.incoming - balance.outgoing
    return {
        "runeId": rune.id,
        "runeName": rune.name,
        "divisibility": rune.divisibility or 0,
        **_present(symbol=rune.symbol),
        "confirmedBalance": str(balance.confirmed),
        "availableBalance": str(balance.available),
        "projectedBalance": str(balance.confirmed + net),
        "pendingBalance": {
            "incomingAmount": str(balance.incoming),
            "outgoingAmount": str(balance.outgoing),
            "netAmount": str(net),
        },
        **({"prices": _PRICES} if pricing else {}),
    }


def _batch_row(rune: Rune) -> dict[str, Json]:
    """Here divisibility is a nullable string, and `runeName` is the name without its bullets."""
    divisibility = None if rune.divisibility is None else str(rune.divisibility)
    return {
        "chain": "mainnet",
        "runeId": rune.id,
        "runeName": rune.name.replace("•", ""),
        "spacedRuneName": rune.name,
        **_present(symbol=rune.symbol),
        "divisibility": divisibility,
        "amount": "1000",
        "cap": "0",
        "premine": "0",
        "supply": "21000000",
        "holders": "52",
        "turbo": False,
        "genesisBlock": int(rune.id.partition(":")[0]),
        "mint": {"offset": {"low": None, "high": None}, "height": {"low": None, "high": None}},
        "prices": _PRICES,
    }


_PRICES = {
    "floorPrice": {
        "marketplace": "sandbox",
        "valueInSats": "12.5",
        "valueInUsd": "0.0125",
        "percentageChange24h": {"valueInSats": "-1.5", "valueInUsd": "-1.25"},
    }
}


def _present(**members: Json) -> dict[str, Json]:
    return {name: member for name, member in members.items() if member is not None}
