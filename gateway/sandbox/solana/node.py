"""The node behind its port: HTTP strictness, keys, batches in every mood, and faults inside HTTP 200."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import ClassVar, Final, get_args

from gateway.sandbox import order
from gateway.sandbox.books.solana import MOST_BEHIND, TokenAccount, TokenState
from gateway.sandbox.credentials import SOLANA_API_KEY
from gateway.sandbox.fault import FAULTS, PUBSUB_FAULTS, RPC_FAULTS, UPGRADE_FAULTS
from gateway.sandbox.ledger import Ledger
from gateway.sandbox.mode import Mode, choice, count, names, switch
from gateway.sandbox.provider import Clock, Provider, demand, error_shapes, shaped_error
from gateway.sandbox.solana import envelope
from gateway.sandbox.solana.envelope import METHOD_NOT_FOUND, RpcCall, RpcError
from gateway.sandbox.solana.methods import METHODS, Methods
from gateway.sandbox.solana.pubsub import PUBSUB_METHODS, PUBSUB_ROUTES, UPGRADE, Pubsub
from gateway.sandbox.wire import JSON, TEXT, Call, Json, Reply, number
from gateway.sandbox.world.crowd import token_accounts

_LARGEST_BODY = 50 * 1024
_AMOUNT_LIMIT = 2**64
_LARGEST_CROWD = 100_000
_CONTENT_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")
_SENTENCES = {
    400: "Bad request\n",
    401: "Unauthorized\n",
    403: "Forbidden\n",
    404: "Not found\n",
    405: "Used HTTP Method is not allowed. POST or OPTIONS is required\n",
    413: "request body size exceeds allowed maximum",
    415: "Supplied content type is not allowed. Content-Type: application/json is required\n",
    422: "Unprocessable entity\n",
    429: "Too many requests\n",
    500: "Internal Server Error\n",
    502: "Bad gateway\n",
    503: "Service unavailable\n",
    504: "Gateway timeout\n",
}
_TOO_MANY: Final = (429, "Too many requests for a specific RPC call")
_SAID: Final[Mapping[str, RpcError]] = {
    "rpc-32005": RpcError(-32005, "Node is behind by 42 slots", {"numSlotsBehind": 42}),
    "rpc-32016": RpcError(-32016, "Minimum context slot has not been reached", {"contextSlot": 301_554_000}),
    "rpc-32603": RpcError(-32603, "Internal error"),
    "rpc-429": RpcError(*_TOO_MANY),
}


class SolanaNode(Provider):
    """A proxy asks for the key, if one is shown at all; behind it stands a stock node."""

    name = "solana"
    known_routes = ("POST /", "GET /health", *METHODS, *PUBSUB_ROUTES)
    faults: ClassVar[Mapping[str, str]] = {**FAULTS, **RPC_FAULTS, **PUBSUB_FAULTS}
    known_modes: ClassVar[Mapping[str, Mode]] = {
        "batches": choice("ordered", "shuffled", "partial", "rejected", "disabled", "item-429"),
        "max_accounts": count(100),
        "methods_off": names((*METHODS, *PUBSUB_METHODS)),
        "max_connections": count(40),
        "max_subscriptions": count(100),
        "lag": switch(start=False),
        "errors": error_shapes("text"),
    }

    def __init__(self, ledger: Ledger, *, clock: Clock, limits: bool, seed: int) -> None:
        super().__init__(ledger, clock=clock, limits=limits, seed=seed)
        self.pubsub = self.sockets = Pubsub(self)

    def routes(self, call: Call) -> list[str]:
        if call.upgrades:
            return [UPGRADE if call.path == "/" else "GET (unknown path)"]
        if call.method != "POST":
            return [f"{call.method} {call.path if call.path in ('/', '/health') else '(unknown path)'}"]
        try:
            told = envelope.read(call.body)
        except RpcError:
            return ["POST /"]
        asked = told if isinstance(told, list) else [told]
        return ["POST /", *(item.method if item.method in METHODS else "(unknown method)" for item in asked)]

    def faults_of(self, call: Call) -> Collection[str]:
        return UPGRADE_FAULTS if call.upgrades else (*FAULTS, *RPC_FAULTS)

    def require_key(self, call: Call) -> None:
        """Raise Refusal where another key than the vendor's is shown; none will do."""
        keys_shown = [*call.query.get("api_key", []), call.headers.get("Authorization", SOLANA_API_KEY)]
        demand(holds=set(keys_shown) == {SOLANA_API_KEY}, reply=self.error(401))

    def answer(self, call: Call) -> Json | Reply:
        if call.method == "GET" and call.path == "/health":
            return Reply(200, b"ok", TEXT)
        self.require_key(call)
        if call.method == "OPTIONS":
            return Reply(200, b"", TEXT, {"Allow": "OPTIONS, POST", "Accept": "application/json"})
        self._check_http(call)
        try:
            told = envelope.read(call.body)
        except RpcError as refused:
            return envelope.error(None, refused)
        answered = self._batch(told) if isinstance(told, list) else self._one(told)
        return Reply(200, b"", JSON) if answered in (None, []) else answered

    def error(self, status: int, message: str | None = None) -> Reply:
        sentence = message or _SENTENCES[status]
        own = envelope.error(None, RpcError(*(_TOO_MANY if status == _TOO_MANY[0] else (status, sentence.strip()))))
        return shaped_error(self.modes["errors"], status, sentence, own)

    def encode(self, tree: Json) -> bytes:
        return super().encode(tree) + b"\n"

    def spoil(self, tree: Json, fault: str) -> Json:
        """In a batch, every item is spoilt."""
        if fault == "wrong-type":
            return super().spoil(tree, fault)
        if isinstance(tree, list):
            return [self.spoil(item, fault) for item in tree]
        if fault in _SAID:
            return envelope.error(tree["id"], _SAID[fault])
        if fault == "wrong-id":
            return {**tree, "id": _another_id(tree["id"])}
        if fault == "both-result-and-error":
            return {"result": None, **tree, "error": _SAID["rpc-32603"].shown()}
        return super().spoil(tree, fault)

    def disguised_error(self, tree: Json) -> Json:
        return envelope.error(tree["id"], _SAID["rpc-32603"])

    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        found = _token_amount_within(tree)
        return (tree, "result" if "result" in tree else "error") if found is None else (found, "amount")

    def as_float(self, amount: Json) -> Json:
        return number(f"{amount}.0" if isinstance(amount, str) else "0.5")

    def change_balance(self, change: Mapping[str, Json]) -> None:
        order.only(change, "tokenAccount", "amount", "state", "close")
        address = order.text(change, "tokenAccount")
        account = self.ledger.solana.account(address, "processed")
        if not isinstance(account, TokenAccount):
            raise order.BadOrder(f"{address!r} is no token account of this world")
        if "close" in change:
            if change["close"] is not True:
                raise order.BadOrder("'close' wants true")
            self.ledger.solana.record(address, None)
        else:
            self.ledger.solana.record(address, _changed(account, change))
        self.pubsub.publish()

    def gather(self, crowd: Mapping[str, Json]) -> None:
        order.only(crowd, "tokenAccounts")
        for address, account in token_accounts(order.count(crowd, "tokenAccounts", _LARGEST_CROWD)).items():
            self.ledger.solana.record(address, account)
        self.pubsub.publish()

    def tell_modes(self, told: Mapping[str, Json]) -> None:
        super().tell_modes(told)
        if "lag" in told:
            self.ledger.solana.lag_behind(lag=told["lag"])
            self.pubsub.publish()

    def advance(self, slots: int) -> None:
        """Slot by slot for as long as that may let a subscriber see something new."""
        for _ in range(min(slots, MOST_BEHIND)):
            self.ledger.solana.advance(1)
            self.pubsub.publish()
        self.ledger.solana.advance(max(slots - MOST_BEHIND, 0))

    def _check_http(self, call: Call) -> None:
        demand(holds=call.method == "POST", reply=self._plain(405))
        content_type = call.headers.get("Content-Type", "").lower()
        demand(holds=content_type in _CONTENT_TYPES, reply=self._plain(415))
        demand(holds=len(call.body) <= _LARGEST_BODY, reply=self._plain(413))
        try:
            call.body.decode()
        except UnicodeDecodeError as broken:
            sentence = f"utf-8 encoding error at byte {broken.start} in request body"
            demand(holds=False, reply=Reply(400, sentence.encode(), TEXT))

    def _plain(self, status: int) -> Reply:
        """The node itself says these, not the proxy, and always in plain text."""
        return Reply(status, _SENTENCES[status].encode(), TEXT)

    def _one(self, call: RpcCall) -> Json:
        """The reply to one call; None to a notification."""
        try:
            answered = envelope.result(call, self._result(call))
        except RpcError as refused:
            answered = envelope.error(call.id, refused)
        return None if call.notification and call.refusal is None else answered

    def _result(self, call: RpcCall) -> Json:
        if call.refusal is not None:
            raise call.refusal
        if call.method in self.modes["methods_off"]:
            raise RpcError(*METHOD_NOT_FOUND)
        methods = Methods(self.ledger.solana, max_accounts=self.modes["max_accounts"])
        return methods.call(call.method, call.params)

    def _batch(self, calls: list[RpcCall]) -> Json:
        mood = self.modes["batches"]
        if mood == "rejected":
            return envelope.error(None, RpcError(-32600, "Batch requests are not supported"))
        demand(holds=mood != "disabled", reply=self.error(400, "batch requests are disabled\n"))
        answered = [reply for reply in map(self._one, calls) if reply is not None]
        match mood:
            case "shuffled":
                return self._shuffled(answered)
            case "partial":
                return answered[:-1]
            case "item-429":
                limited = RpcError(*_TOO_MANY)
                return [envelope.error(a["id"], limited) if n % 2 else a for n, a in enumerate(answered)]
        return answered

    def _shuffled(self, answered: list[Json]) -> list[Json]:
        """In another order for certain, where there is one."""
        mixed = answered.copy()
        self._random.shuffle(mixed)
        return mixed if mixed != answered else mixed[1:] + mixed[:1]


def _changed(account: TokenAccount, change: Mapping[str, Json]) -> TokenAccount:
    if "amount" in change:
        amount = order.atomic(change, "amount")
        if amount >= _AMOUNT_LIMIT:
            raise order.BadOrder("'amount' must be below 2^64")
        lamports = account.lamports if account.rent_exempt_reserve is None else account.rent_exempt_reserve + amount
        account = replace(account, amount=amount, lamports=lamports)
    if "state" in change:
        state = order.text(change, "state")
        for known in get_args(TokenState):
            if state == known:
                return replace(account, state=known)
        raise order.BadOrder(f"'state' wants one of {', '.join(get_args(TokenState))}")
    if "amount" not in change:
        raise order.BadOrder("one of 'amount', 'state' and 'close' must be given")
    return account


def _another_id(told: Json) -> Json:
    """Not equal to any id of the request, the number's own text included."""
    match told:
        case int():
            return str(told)
        case str():
            return f"{told}?"
    return 0


def _token_amount_within(tree: Json) -> dict[str, Json] | None:
    if isinstance(tree, dict):
        if "amount" in tree and "decimals" in tree:
            return tree
        tree = list(tree.values())
    if not isinstance(tree, list):
        return None
    found = (_token_amount_within(branch) for branch in tree)
    return next((within for within in found if within is not None), None)
