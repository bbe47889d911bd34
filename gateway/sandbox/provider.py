"""What the four providers have in common: counted routes, modes, faults in waiting, and answers that can be spoilt."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from random import Random
from typing import ClassVar, Protocol

import msgspec
from aiohttp import web

from gateway.sandbox.fault import FAULTS, FEED_FAULTS, STATUSES, FaultPlan
from gateway.sandbox.feed import Feed
from gateway.sandbox.latency import Latency
from gateway.sandbox.ledger import Ledger
from gateway.sandbox.mode import Mode, Modes, choice
from gateway.sandbox.wire import HTML, TEXT, Call, Json, Refusal, Reply

Clock = Callable[[], float]

# How an error's body may look: the provider's own object, a JSON string, a page, a sentence, nothing.
SHAPES = ("object", "string", "html", "text", "empty")


def error_shapes(usual: str) -> Mode:
    return choice(usual, *(shape for shape in SHAPES if shape != usual))


class Sockets(Protocol):
    """What a vendor says over WebSockets, beside its API."""

    def admit(self, call: Call) -> None:
        """Raise Refusal when the vendor would not upgrade."""

    async def serve(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        """Upgrade, and talk until either side has had enough or the sandbox closes."""

    def shown(self) -> Json: ...

    def hang_up(self) -> None:
        """Drop every connection."""


class Provider(ABC):
    """One vendor's API. It knows no HTTP: a call goes in, a reply or a JSON tree comes out."""

    name: ClassVar[str]
    # What a fault may keep to; calls of other routes are counted, too.
    known_routes: ClassVar[tuple[str, ...]]
    faults: ClassVar[Mapping[str, str]] = FAULTS
    known_modes: ClassVar[Mapping[str, Mode]]
    # What it tells over WebSockets, where it has such a feed.
    feed: Feed | None = None
    sockets: Sockets | None = None

    def __init__(self, ledger: Ledger, *, clock: Clock, limits: bool, seed: int) -> None:
        self.ledger = ledger
        self.clock = clock
        self.calls: Counter[str] = Counter()
        self.plan = FaultPlan()
        self.modes = Modes(self.known_modes)
        self.limits = limits
        self.latency = Latency()
        self._limits_at_start = limits
        self._seed = seed
        self._random = self._seeded()
        self.renew_limiters()

    @abstractmethod
    def routes(self, call: Call) -> list[str]:
        """Under which names this call is counted."""

    @abstractmethod
    def answer(self, call: Call) -> Json | Reply:
        """Answer truly; raise Refusal where the vendor would refuse."""

    @abstractmethod
    def error(self, status: int, message: str | None = None) -> Reply:
        """Say an HTTP error in this vendor's shape, as the mode `errors` has it."""

    @abstractmethod
    def disguised_error(self, tree: Json) -> Json:
        """What goes out with status 200 and is an error all the same."""

    @abstractmethod
    def first_amount(self, tree: Json) -> tuple[dict[str, Json], str]:
        """Where in a true answer the first amount stands."""

    @abstractmethod
    def as_float(self, amount: Json) -> Json:
        """The amount as it must never be sent."""

    @abstractmethod
    def change_balance(self, change: Mapping[str, Json]) -> None:
        """Carry out a control order; raise ValueError with a sentence on a bad one."""

    def tell_modes(self, told: Mapping[str, Json]) -> None:
        """Raise ValueError, naming the mode and what it wants."""
        self.modes.tell(told)

    def advance(self, slots: int) -> None:  # noqa: ARG002 - only Solana has slots
        """Let so many slots go by."""
        raise ValueError(f"{self.name} has no slots")

    def gather(self, crowd: Mapping[str, Json]) -> None:  # noqa: ARG002 - only the chains have so many holders
        """Let a crowd of holders in; raise ValueError with a sentence on a bad order."""
        raise ValueError(f"{self.name} has no crowd")

    def faults_of(self, call: Call) -> Collection[str]:  # noqa: ARG002 - only Solana has more than one kind of call
        """Which faults can strike a call."""
        return self.faults.keys() - FEED_FAULTS.keys()

    def delay(self) -> float:
        """Seconds that the next answer takes."""
        return self.latency.seconds(self._random)

    def admit(self, call: Call) -> None:  # noqa: B027 - a vendor without a limiter admits every call
        """Raise Refusal when the vendor's own limiter would."""

    def renew_limiters(self) -> None:  # noqa: B027 - likewise
        """Forget every call that a limiter has counted."""

    def encode(self, tree: Json) -> bytes:
        return msgspec.json.encode(tree)

    def spoil(self, tree: Json, fault: str) -> Json:
        """The true answer with one thing wrong."""
        if fault == "wrong-type":
            return {} if isinstance(tree, list) else []
        if fault == "error-in-200":
            return self.disguised_error(tree)
        holder, key = self.first_amount(tree)
        if fault == "missing-field":
            del holder[key]
        elif fault == "float-amount":
            holder[key] = self.as_float(holder[key])
        return tree

    def failure(self, fault: str) -> Reply | None:
        """The reply to a fault that needs no true answer; None for the others."""
        if fault in STATUSES:
            return self.error(int(fault))
        match fault:
            case "429-retry-after":
                return self.error(429).with_header("Retry-After", "1")
            case "html":
                return Reply(200, b"<!doctype html><title>Sandbox</title><h1>Please wait</h1>\n", HTML)
            case "empty":
                return Reply(200)
            case "not-json":
                return Reply(200, b"this is not JSON")
        return None

    def reset(self) -> None:
        """Everything as it was at the beginning, the counts too; no fault is left, not even one from the start."""
        self.ledger.reset(self.name)
        self.calls.clear()
        self.plan.clear()
        self.modes.reset()
        self.limits = self._limits_at_start
        self.latency = Latency()
        self._random = self._seeded()
        self.renew_limiters()
        if self.feed is not None:
            self.feed.reset()
        if self.sockets is not None:
            self.sockets.hang_up()

    def _seeded(self) -> Random:
        return Random(f"{self._seed} {self.name}")  # noqa: S311 - spaces and shuffles, no secrets


def shaped_error(shape: str, status: int, message: str, own: Json) -> Reply:
    """An error in one of SHAPES; `own` is the vendor's object."""
    match shape:
        case "string":
            return Reply(status, msgspec.json.encode(message))
        case "html":
            return Reply(status, f"<html><body><h1>{status} {message}</h1></body></html>\n".encode(), HTML)
        case "text":
            return Reply(status, message.encode(), TEXT)
        case "empty":
            return Reply(status, b"", None)
    return Reply(status, msgspec.json.encode(own))


def demand(*, holds: bool, reply: Reply) -> None:
    """Refuse with this reply unless the condition holds."""
    if not holds:
        raise Refusal(reply)
