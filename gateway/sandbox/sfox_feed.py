"""sFOX's feed: private balances over a WebSocket, numbered, stamped, and with limits that keep a caller out."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

from gateway.sandbox.fault import FEED_FAULTS
from gateway.sandbox.feed import Connection, Said
from gateway.sandbox.limiter import PenaltyLimiter
from gateway.sandbox.provider import Provider, demand
from gateway.sandbox.wire import Call, Json, number

PATH: Final = "/ws"
BALANCES: Final = "private.user.balances"
ROUTES: Final = (f"GET {PATH}", "authenticate", "subscribe", BALANCES)
_CONNECTIONS: Final = 10
_KEPT_OUT: Final = 120
_LATE: Final = 0.5
_OVERSIZE: Final = 2 * 2**20 + 1
_GOING_AWAY, _POLICY = 1001, 1008

_ANYWHERE: Final = frozenset({"feed-drop", "feed-close", "feed-silence", "feed-ban"})
_OF_REQUESTS: Final = _ANYWHERE | {"feed-refuse", "feed-late-ack", "feed-no-ack"}
_OF_MESSAGES: Final = FEED_FAULTS.keys() - (_OF_REQUESTS - _ANYWHERE)


@dataclass(slots=True)
class _Seat:
    """What one connection has come to."""

    connection: Connection
    # Samples begin with 1 and with 2.
    sequence: int
    token: str | None = None
    feeds: list[str] = field(default_factory=list)
    # What comes after the message that follows it.
    held: str | None = None

    def say(self, text: str, late: float = 0) -> None:
        self.connection.put(Said(text, late))
        if self.held is not None:
            held, self.held = self.held, None
            self.say(held)


class SfoxFeed:
    """Authenticate, wait for the acknowledgement, subscribe; then each change of the account is told."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._seats: dict[int, _Seat] = {}
        self._opened = 0
        self._forget()

    def is_asked(self, call: Call) -> bool:
        return call.path == PATH and call.headers.get("Upgrade", "").lower() == "websocket"

    def open(self, caller: str) -> Connection:
        demand(holds=not self._is_kept_out(caller), reply=self._provider.error(429))
        here = sum(1 for seat in self._seats.values() if seat.connection.caller == caller)
        if self._provider.limits and here >= _CONNECTIONS:
            self._keep_out(caller)
        fault = self._provider.plan.take([ROUTES[0]], _ANYWHERE)
        if fault == "feed-ban":
            self._keep_out(caller)
        demand(holds=not self._is_kept_out(caller), reply=self._provider.error(429))
        self._opened += 1
        seat = _Seat(Connection(self._opened, caller), sequence=(self._opened + 1) % 2)
        self._seats[self._opened] = seat
        self._strike(seat, fault)
        return seat.connection

    def hear(self, connection: Connection, text: str) -> None:
        seat = self._seats[connection.number]
        asked = _read(text)
        action = asked.get("type")
        route = action if isinstance(action, str) and action in ROUTES[1:3] else "(unknown request)"
        self._provider.calls[route] += 1
        fault = self._provider.plan.take([route], _OF_REQUESTS)
        if not self._admits(connection.caller):
            self._ban(seat, action)
        elif fault == "feed-ban":
            self._keep_out(connection.caller)
            self._ban(seat, action)
        elif not self._strike(seat, fault) and fault != "feed-no-ack":
            holds = fault != "feed-refuse" and self._carry_out(seat, asked)
            self._acknowledge(seat, action, asked.get("feeds"), holds=holds, late=_LATE * (fault == "feed-late-ack"))

    def leave(self, connection: Connection) -> None:
        self._seats.pop(connection.number, None)

    def tell(self, token: str, currency: str) -> None:
        """Tell every subscriber of an account that a currency of it has changed."""
        whole = self._provider.modes["feed_rows"] == "all"
        rows = [
            {"currency": name} | {each: format(Decimal(literal), "f") for each, literal in amounts.items()}
            for name, amounts in self._provider.ledger.exchange.rows(token)
            if whole or name == currency
        ]
        self._publish(token, rows)

    def tell_web3(self, token: str, wallet: Json) -> None:
        """Tell every subscriber of an account of a wallet that belongs to it and is not at the exchange."""
        self._publish(token, {**wallet, "type": "web3"})

    def end(self) -> None:
        for seat in self._seats.values():
            seat.connection.end()

    def reset(self) -> None:
        for seat in self._seats.values():
            seat.connection.end(_GOING_AWAY)
        self._seats.clear()
        self._forget()

    def shown(self) -> Json:
        return {
            "connections": [
                {
                    "number": number,
                    "authenticated": seat.token is not None,
                    "feeds": seat.feeds,
                    "sequence": seat.sequence,
                    "silent": seat.connection.is_silent,
                }
                for number, seat in self._seats.items()
            ],
            "kept_out": [caller for caller in self._kept_out if self._is_kept_out(caller)],
        }

    def _forget(self) -> None:
        self._kept_out: dict[str, float] = {}
        self._requests = defaultdict[str, PenaltyLimiter](
            lambda: PenaltyLimiter(calls=40, window=60, penalty=_KEPT_OUT)
        )

    def _is_kept_out(self, caller: str) -> bool:
        return self._provider.clock() < self._kept_out.get(caller, 0)

    def _keep_out(self, caller: str) -> None:
        self._kept_out[caller] = self._provider.clock() + _KEPT_OUT

    def _admits(self, caller: str) -> bool:
        if self._is_kept_out(caller):
            return False
        if self._provider.limits and not self._requests[caller].admits(self._provider.clock()):
            self._keep_out(caller)
        return not self._is_kept_out(caller)

    def _ban(self, seat: _Seat, action: Json) -> None:
        self._acknowledge(seat, action, None, holds=False)
        seat.connection.end(_POLICY)

    def _carry_out(self, seat: _Seat, asked: Json) -> bool:
        if asked.get("type") == "authenticate":
            token = asked.get("apiKey")
            if isinstance(token, str) and self._provider.ledger.exchange.opens(token):
                seat.token = token
                return True
        elif asked.get("type") == "subscribe" and seat.token is not None and asked.get("feeds") == [BALANCES]:
            seat.feeds = [BALANCES]
            return True
        return False

    def _acknowledge(self, seat: _Seat, action: Json, feeds: Json, *, holds: bool, late: float = 0) -> None:
        payload = {"action": action} | ({"feeds": feeds} if feeds is not None else {})
        documented = self._provider.modes["feed_acks"] == "documented"
        ack = {"type": "success" if holds else "error", **self._numbered(seat)}
        seat.say(_text(ack | ({"payload": payload} if documented else {}) | {"action": action}), late)

    def _publish(self, token: str, payload: Json) -> None:
        for seat in list(self._seats.values()):
            if seat.token != token or BALANCES not in seat.feeds or seat.connection.is_silent:
                continue
            self._provider.calls[BALANCES] += 1
            fault = self._provider.plan.take([BALANCES], _OF_MESSAGES)
            if fault == "feed-ban":
                self._keep_out(seat.connection.caller)
                self._ban(seat, "subscribe")
            elif not self._strike(seat, fault):
                self._send(seat, payload, fault)

    def _send(self, seat: _Seat, payload: Json, fault: str | None) -> None:
        numbers = self._numbered(seat)
        message = {"sequence": numbers["sequence"], "recipient": BALANCES, "timestamp": numbers["timestamp"]}
        text = _text(message | {"payload": _spoilt(payload, fault)})
        match fault:
            case "feed-gap":
                return
            case "feed-reorder" if seat.held is None:
                seat.held = text
            case "feed-duplicate":
                seat.say(text)
                seat.say(text)
            case "feed-half":
                seat.say(text[: len(text) // 2])
            case "feed-oversize":
                seat.say(text.ljust(_OVERSIZE))
            case _:
                seat.say(text)

    def _numbered(self, seat: _Seat) -> dict[str, Json]:
        seat.sequence += 1
        # Documented as microseconds; every sample has nanoseconds.
        return {"sequence": seat.sequence, "timestamp": int(self._provider.clock() * 1_000_000) * 1000}

    def _strike(self, seat: _Seat, fault: str | None) -> bool:
        """Do to a connection what a fault does to it, if this one does."""
        match fault:
            case "feed-drop":
                seat.connection.end()
            case "feed-close":
                seat.connection.end(_GOING_AWAY)
            case "feed-silence":
                seat.connection.is_silent = True
            case _:
                return False
        return True


def _read(text: str) -> dict[str, Json]:
    try:
        told = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _text(tree: Json) -> str:
    return msgspec.json.encode(tree).decode()


def _spoilt(payload: Json, fault: str | None) -> Json:
    """The payload of a message with one thing wrong; the first amount is the first row's balance."""
    if fault == "feed-wrong-type":
        return "balances"
    rows: Iterable[dict[str, Json]] = payload if isinstance(payload, list) else [payload]
    first, *others = (dict(row) for row in rows)
    # A change may name other amounts, and then a row may have no balance.
    name = "balance" if "balance" in first else next(each for each in first if each != "currency")
    if fault == "feed-missing-field":
        del first[name]
    elif fault == "feed-float-amount":
        first[name] = number(first[name])
    elif fault == "feed-nan":
        first[name] = "NaN"
    return [first, *others] if isinstance(payload, list) else first
