"""sFOX: the wallets of an exchange account, amounts as JSON numbers, limits that punish, and a feed beside it."""

from collections import defaultdict
from collections.abc import Mapping
from re import fullmatch
from typing import ClassVar

from gateway.sandbox import order
from gateway.sandbox.books.exchange import AMOUNTS
from gateway.sandbox.fault import FAULTS, FEED_FAULTS
from gateway.sandbox.ledger import Ledger
from gateway.sandbox.limiter import PenaltyLimiter
from gateway.sandbox.mode import Mode, choice
from gateway.sandbox.provider import Clock, Provider, demand, error_shapes, shaped_error
from gateway.sandbox.sfox_feed import PATH as FEED_PATH
from gateway.sandbox.sfox_feed import ROUTES, SfoxFeed
from gateway.sandbox.wire import Call, Json, Reply, number

_PATH = "/v1/user/balance"
_JSON_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?"
_SENTENCES = {
    400: "bad request",
    401: "invalid api key",
    403: "not allowed",
    404: "not found",
    405: "method not allowed",
    406: "not acceptable",
    422: "invalid input",
    429: "too many requests",
    500: "internal server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
}


class Sfox(Provider):
    """One account for each token; the limits count by caller, and answer without Retry-After."""

    name = "sfox"
    known_routes = (f"GET {_PATH}", *ROUTES)
    faults: ClassVar[Mapping[str, str]] = {**FAULTS, **FEED_FAULTS}
    known_modes: ClassVar[Mapping[str, Mode]] = {
        "errors": error_shapes("object"),
        # Nothing says whether a message holds the whole account or what changed of it.
        "feed_rows": choice("changed", "all"),
        # The oldest acknowledgements had no payload.
        "feed_acks": choice("documented", "bare"),
    }

    feed: SfoxFeed

    _by_caller: defaultdict[str, PenaltyLimiter]
    _by_route: defaultdict[str, PenaltyLimiter]

    def __init__(self, ledger: Ledger, *, clock: Clock, limits: bool, seed: int) -> None:
        super().__init__(ledger, clock=clock, limits=limits, seed=seed)
        self.feed = SfoxFeed(self)

    def renew_limiters(self) -> None:
        self._by_caller = defaultdict(lambda: PenaltyLimiter(calls=250, window=10, penalty=60))
        self._by_route = defaultdict(lambda: PenaltyLimiter(calls=5, window=10, penalty=10))

    def routes(self, call: Call) -> list[str]:
        return [f"{call.method} {call.path if call.path in (_PATH, FEED_PATH) else '(unknown path)'}"]

    def admit(self, call: Call) -> None:
        if not self.limits:
            return
        now = self.clock()
        demand(holds=self._by_caller[call.caller].admits(now), reply=self.error(429))
        if call.path == _PATH:
            demand(holds=self._by_route[call.caller].admits(now), reply=self.error(429))

    def answer(self, call: Call) -> Json:
        demand(holds=call.path == _PATH, reply=self.error(404))
        demand(holds=call.method == "GET", reply=self.error(405))
        accepted = call.headers.get("Accept", "*/*")
        demand(holds="json" in accepted or "*/*" in accepted, reply=self.error(406))
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        demand(holds=scheme == "Bearer" and self.ledger.exchange.opens(token), reply=self.error(401))
        return [
            {"currency": currency, **{name: number(literal) for name, literal in amounts.items()}}
            for currency, amounts in self.ledger.exchange.rows(token)
        ]

    def error(self, status: int, message: str | None = None) -> Reply:
        sentence = message or _SENTENCES[status]
        return shaped_error(self.modes["errors"], status, sentence, {"error": sentence})

    def disguised_error(self, tree: Json) -> Json:  # noqa: ARG002 - the same error in place of every answer
        return {"error": "internal server error"}

    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        return tree[0], "balance"

    def as_float(self, amount: Json) -> Json:  # noqa: ARG002 - whatever it was
        return "NaN"

    def change_balance(self, change: Mapping[str, Json]) -> None:
        token = order.text(change, "token")
        if not self.ledger.exchange.opens(token):
            raise order.BadOrder("'token' opens no account here")
        if "address" in change:
            self._change_web3(token, change)
        else:
            self._change_wallet(token, change)

    def _change_web3(self, token: str, change: Mapping[str, Json]) -> None:
        """A wallet of the caller's own: only the feed ever speaks of it, and it is no part of the account."""
        order.only(change, "token", "address", "network", "balance")
        self.feed.tell_web3(token, {name: order.text(change, name) for name in ("address", "balance", "network")})

    def _change_wallet(self, token: str, change: Mapping[str, Json]) -> None:
        order.only(change, "token", "currency", *AMOUNTS)
        currency = order.text(change, "currency")
        amounts = {name: order.text(change, name) for name in AMOUNTS if name in change}
        for name, literal in amounts.items():
            if not fullmatch(_JSON_NUMBER, literal):
                raise order.BadOrder(f"{name!r} must be a JSON number in a string, not {literal!r}")
        if not amounts:
            raise order.BadOrder(f"one of {', '.join(AMOUNTS)} must be given")
        self.ledger.exchange.change(token, currency, amounts)
        self.feed.tell(token, currency)
