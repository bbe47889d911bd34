"""Faults by name: what can be made to go wrong, for the next calls or until further notice."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.sandbox.wire import Json

STATUSES: Final = ("400", "401", "403", "404", "422", "429", "500", "502", "503", "504")

# One table for all providers; each renders them in its own body shapes.
FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **{status: f"HTTP {status} in the provider's own shape" for status in STATUSES},
        "429-retry-after": "HTTP 429 with Retry-After: 1",
        "html": "200 with a page of HTML",
        "empty": "200 with no body",
        "not-json": "200 with text that is no JSON",
        "wrong-type": "valid JSON whose top level is of another type",
        "missing-field": "the first amount is left out",
        "float-amount": "the first amount is a JSON float; NaN where numbers are usual",
        "truncated": "half of the body, then the connection closes",
        "oversize": "a body of more than 5 MB",
        "disconnect": "the connection closes before any byte",
        "hang": "no answer until the caller leaves",
        "drip": "one byte at a time, without end",
        "redirect": "302 to another host name on loopback",
        "error-in-200": "200 with an error in the body",
    }
)

# What only a JSON-RPC node can say.
RPC_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rpc-32005": "node is behind",
        "rpc-32016": "minimum context slot has not been reached",
        "rpc-32603": "internal error",
        "rpc-429": "too many requests, inside HTTP 200",
        "wrong-id": "the reply carries another id",
        "both-result-and-error": "the reply carries both",
    }
)

# What a feed can do wrong: each strikes the next opening, request or message that it can be done to.
FEED_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "feed-refuse": "a request is acknowledged as an error, without a reason",
        "feed-late-ack": "a request is acknowledged half a second late",
        "feed-no-ack": "a request is ignored",
        "feed-gap": "a message is lost, and its number with it",
        "feed-reorder": "a message comes after the one that follows it",
        "feed-duplicate": "a message comes twice, under one number",
        "feed-half": "the first half of a message comes as the whole of one",
        "feed-wrong-type": "a message whose payload is of another type",
        "feed-missing-field": "a message without its first amount",
        "feed-float-amount": "a message whose first amount is a JSON number",
        "feed-nan": "a message whose first amount is NaN",
        "feed-oversize": "a message of more than 2 MB",
        "feed-drop": "the connection breaks, without a close frame",
        "feed-close": "the connection closes, with a close frame (1001)",
        "feed-silence": "from here on nothing more is said, not even a pong; the connection stays open",
        "feed-ban": "an error, the connection closes (1008), and the caller is kept out for two minutes",
    }
)

# What can happen before there is a WebSocket.
UPGRADE_FAULTS: Final = (*STATUSES, "429-retry-after", "html", "empty", "disconnect", "hang", "drip", "redirect")

# What only a WebSocket of a JSON-RPC node can do; most of the others happen to its messages too.
PUBSUB_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "silence": "the connection says nothing more: no reply, no notification, no pong",
        "gap": "the notification is lost",
        "duplicate": "the notification is sent twice",
        "reordered": "the notification comes after the one that follows it",
        "refused": "the node has no room for another subscription",
        "early": "a notification comes before the reply to its subscription",
    }
)


@dataclass(slots=True)
class PlannedFault:
    """A fault for the next `times` calls; None is until reset. A route limits it to calls of that route."""

    name: str
    times: int | None
    route: str | None

    def shown(self) -> dict[str, Json]:
        return {"fault": self.name, "times": self.times, "route": self.route}


class FaultPlan:
    """The faults in waiting for one provider, used up in the order they were planned."""

    def __init__(self) -> None:
        self._planned: list[PlannedFault] = []

    def add(self, planned: PlannedFault) -> None:
        self._planned.append(planned)

    def take(self, routes: Collection[str], able: Container[str]) -> str | None:
        """The name of the fault, one of those able to, that strikes a call of these routes."""
        for planned in self._planned:
            if planned.name in able and (planned.route is None or planned.route in routes):
                self._use(planned)
                return planned.name
        return None

    def clear(self) -> None:
        self._planned.clear()

    def shown(self) -> list[dict[str, Json]]:
        return [planned.shown() for planned in self._planned]

    def _use(self, planned: PlannedFault) -> None:
        if planned.times is None:
            return
        planned.times -= 1
        if planned.times == 0:
            self._planned.remove(planned)
