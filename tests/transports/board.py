"""A stand-in for what is subscribed to, served on real sockets: figures by name that a test changes as it likes."""

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import aiohttp
import strawberry

from gateway.domain.caller import Caller, Scope
from gateway.domain.clock import Clock
from gateway.domain.reading import Outcome, Reading
from gateway.readings.audience import Audience
from gateway.schema.context import Info
from gateway.schema.limits import RequestLimits
from gateway.server.callers import Callers, KnownCaller, TokenReader
from gateway.server.crowd import ConnectionLimits
from gateway.server.exposure import Exposure
from gateway.server.listening import Server, Stop, open_listener
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.server.streams.limits import StreamLimits
from tests.server.crashing import INSIDE, parts

KEY, OTHER_KEY = "ann.secret", "bob.secret"
LISTEN = 'subscription { figure(name: "a") { value padding } }'


@dataclass
class Board:
    """Figures by name, and who listens to each."""

    audiences: dict[str, Audience[int]] = field(default_factory=lambda: defaultdict(Audience))
    # How many characters come with each figure.
    padding: int = 0
    # How many figures its listeners have taken, to be made into events.
    taken: int = 0
    _moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    def tell(self, value: int, name: str = "a") -> None:
        self.audiences[name].tell(Reading(Outcome.FRESH, value), heartbeat=False)

    async def listened(self, listeners: int, name: str = "a") -> None:
        """Wait until so many listen."""
        async with asyncio.timeout(20), self._moved:
            await self._moved.wait_for(lambda: len(self.audiences[name]) == listeners)

    async def hear(self, name: str) -> AsyncGenerator[int, None]:
        listener = self.audiences[name].admit()
        try:
            await self._move()
            async for reading in listener.hear():
                assert reading.value is not None
                self.taken += 1
                yield reading.value
        finally:
            self.audiences[name].leave(listener)
            await self._move()

    async def _move(self) -> None:
        async with self._moved:
            self._moved.notify_all()


@strawberry.type
class Figure:
    """A figure, and a field that fails."""

    value: int
    padding: str

    @strawberry.field
    def crash(self) -> str:
        raise RuntimeError(INSIDE)


def subscription_of(board: Board) -> type:
    """Make the schema's type that listens to a board."""

    async def figure(info: Info, name: str) -> AsyncGenerator[Figure, None]:
        info.context.require(Scope.BALANCES_READ)
        async for value in board.hear(name):
            info.context.renew()
            yield Figure(value=value, padding="." * board.padding)

    async def secret(info: Info) -> AsyncGenerator[int, None]:
        info.context.require(Scope.EXCHANGE_READ)
        yield 1

    async def once() -> AsyncGenerator[int, None]:
        yield 1
        yield 2

    async def crashing() -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError(INSIDE)

    return strawberry.type(
        type(
            "Subscription",
            (),
            {each.__name__: strawberry.subscription(resolver=each) for each in (figure, secret, once, crashing)},
        )
    )


def known(*, tokens: TokenReader | None = None) -> Callers:
    """Let two callers in who may read balances, and strangers too."""
    scopes = frozenset({Scope.BALANCES_READ})
    found = {}
    for key in (KEY, OTHER_KEY):
        name, _, secret = key.partition(".")
        found[name] = KnownCaller(Caller(name, scopes), (sha256(secret.encode()).hexdigest(),))
    return Callers(found, Caller(None, scopes), tokens)


@dataclass(frozen=True, slots=True)
class Served:
    """A gateway that serves a board."""

    url: str
    board: Board
    server: Server
    http: aiohttp.ClientSession

    @property
    def unread(self) -> list[int]:
        """How many bytes lie unread in the gateway's own memory, of each connection."""
        connections: Any = self.server.server_state.connections
        return [each.transport.get_write_buffer_size() for each in connections]

    @property
    def socket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    async def metric(self, name: str) -> float:
        async with self.http.get(self.url.replace("/graphql", "/metrics")) as response:
            lines = (await response.text()).splitlines()
        return float(next(line.partition(" ")[2] for line in lines if line.startswith(f"{name} ")))


@asynccontextmanager
async def serving(
    board: Board | None = None,
    *,
    callers: Callers | None = None,
    limits: Mapping[str, int] | None = None,
    streams: Mapping[str, int] | None = None,
    connections: ConnectionLimits | None = None,
    origins: tuple[str, ...] = (),
    exposure: Exposure | None = None,
    operations: int = 200,
    init_time: float = 10,
    clock: Clock | None = None,
    kernel: int | None = None,
) -> AsyncIterator[Served]:
    """Serve a board on a free port; `kernel` is how many bytes the system keeps of what one caller has yet to read."""
    board = board or Board()

    @asynccontextmanager
    async def open_parts() -> AsyncIterator[Parts]:
        yield replace(parts(), clock=clock) if clock else parts()

    more: dict[str, Any] = {"exposure": exposure} if exposure else {}
    app = create_server(
        open_parts,
        callers or known(),
        RequestLimits(**(limits or {})),
        PageSettings(),
        origins=origins,
        stream_limits=StreamLimits(**(streams or {})),
        subscription=subscription_of(board),
        operations=operations,
        init_time=init_time,
        **more,
    )
    server = Server(app, connections or ConnectionLimits(keep_alive=3600), Stop(grace=5))
    listener = open_listener("127.0.0.1", 0)
    if kernel is not None:
        # Connections inherit it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, kernel)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    # The test's own process keeps its signals.
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take over the signals
    try:
        async with aiohttp.ClientSession() as http:
            async with http.get(f"{url}/healthz") as response:
                assert response.status == 200
            yield Served(f"{url}/graphql", board, server, http)
            server.should_exit = True
            await task
    finally:
        server.should_exit = True
        await task
