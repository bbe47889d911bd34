"""Real connections of a real server over a transport that keeps what is written to it: no socket, and no waiting."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from gateway.domain.caller import Caller
from gateway.server.callers import Callers, KnownCaller
from gateway.server.connection import Connection
from gateway.server.crowd import ConnectionLimits, Crowd
from gateway.server.exposure import Exposure
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.repeated import Repeated, Repetition
from gateway.server.repeating import RepeatingConnection
from gateway.server.server import create_server
from gateway.server.straight import Straight
from tests.execution import figures
from tests.execution.world import World

_SECRET: Final = "secret"
DATE: Final = (b"date", b"Sun, 29 Nov 2026 12:00:00 GMT")


def callers() -> Callers:
    """Let every caller of the figures ask who has a name."""
    digest = sha256(_SECRET.encode()).hexdigest()
    known = {str(each.name): KnownCaller(each, (digest,)) for each in figures.CALLERS if each.name}
    return Callers(known, figures.ANONYMOUS)


class _Transport(asyncio.Transport):
    """Takes everything at once."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 1), "peername": ("127.0.0.1", 2)})
        self.written = bytearray()
        self._is_closing = False

    def write(self, data: Any) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    abort = close

    def write_eof(self) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Response:
    """What was written; `at_once` where it was before the loop had another turn."""

    status: bytes
    headers: Sequence[bytes]
    body: bytes
    at_once: bool

    def header(self, name: bytes) -> bytes | None:
        found = [value.strip() for key, _, value in (each.partition(b":") for each in self.headers) if key == name]
        assert len(found) < 2, self.headers
        return found[0] if found else None

    @property
    def told(self) -> tuple[bytes, Sequence[bytes], bytes]:
        """All of it but the moment; the order of headers means nothing."""
        return self.status, sorted(each for each in self.headers if not each.startswith(b"date:")), self.body


class Wire:
    """One connection, seen from its caller's end."""

    def __init__(self, crowd: "Crowd[Connection]", config: uvicorn.Config, state: Mapping[str, Any]) -> None:
        server_state = ServerState()
        server_state.default_headers = [DATE]
        self._transport = _Transport()
        self.connection = RepeatingConnection(crowd, config, server_state, dict(state))
        self.connection.connection_made(self._transport)

    @property
    def is_closed(self) -> bool:
        return self._transport.is_closing()

    async def send(self, *pieces: bytes, answers: int = 1) -> list[Response]:
        """Send bytes in pieces, and wait for so many answers, or until the connection is closed."""
        for piece in pieces:
            self.connection.data_received(piece)
        found: list[Response] = []
        is_at_once = True
        while len(found) < answers:
            response = self._taken(at_once=is_at_once)
            if response is not None:
                found.append(response)
                continue
            if self.is_closed:
                break
            is_at_once = False
            await asyncio.sleep(0)
        return found

    def _taken(self, *, at_once: bool) -> Response | None:
        """Take one whole response from what was written."""
        head, end, rest = bytes(self._transport.written).partition(b"\r\n\r\n")
        if not end:
            return None
        status, *headers = head.split(b"\r\n")
        (length,) = (int(each.partition(b":")[2]) for each in headers if each.startswith(b"content-length:"))
        if len(rest) < length:
            return None
        del self._transport.written[: len(head) + len(end) + length]
        return Response(status, headers, rest[:length], at_once)

    def close(self) -> None:
        self._transport.close()
        self.connection.connection_lost(None)


@dataclass(slots=True)
class Server:
    """A server that is up over a world, and its connections."""

    world: World
    config: uvicorn.Config
    state: Mapping[str, Any]
    crowd: "Crowd[Connection]" = field(default_factory=lambda: Crowd(ConnectionLimits(keep_alive=3600)))
    wires: list[Wire] = field(default_factory=list)

    def connect(self) -> Wire:
        wire = Wire(self.crowd, self.config, self.state)
        self.wires.append(wire)
        return wire

    @property
    def known(self) -> list[Repetition]:
        """The bodies that are known, with what was told last."""
        return list(self._repeated._known.values())  # noqa: SLF001 - a server tells nobody

    @property
    def bodies(self) -> list[bytes]:
        return list(self._repeated._known)  # noqa: SLF001 - likewise

    def forget(self) -> None:
        """Know no body any longer: what an earlier world told is not for this one."""
        self._repeated._known.clear()  # noqa: SLF001 - it lives as long as the app, and a world does not
        self._repeated._bytes = self._repeated._size = 0  # noqa: SLF001 - likewise

    @property
    def _repeated(self) -> Repeated:
        straight: Straight = self.state["straight"]
        return straight._repeated  # noqa: SLF001 - likewise


class Servers:
    """One app, started over one world after the other: to make its schema takes long."""

    def __init__(self, exposure: Exposure | None = None) -> None:
        self._parts: Parts | None = None
        self.app: Starlette = create_server(
            self._open,
            callers(),
            World.limits,
            PageSettings(),
            exposure=exposure or Exposure(),
            write_lines=lambda _: None,
        )

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[Parts]:
        assert self._parts is not None
        yield self._parts

    @asynccontextmanager
    async def over(self, world: World) -> AsyncIterator[Server]:
        self._parts = world.parts
        config = uvicorn.Config(self.app, log_config=None, access_log=False, ws="none", server_header=False)
        config.load()
        async with self.app.router.lifespan_context(self.app) as state:
            server = Server(world, config, dict(state or {}))
            server.forget()
            try:
                yield server
            finally:
                for wire in server.wires:
                    wire.close()
                await world.plane.flights.close()


def body(text: str, variables: Mapping[str, Any] | None = None, **more: Any) -> bytes:
    return msgspec.json.encode({"query": text, "variables": variables or {}, **more})


class Bodies:
    """Writes each body as none was written before, though it asks the same."""

    def __init__(self) -> None:
        self._written = 0

    def body(self, text: str, variables: Mapping[str, Any] | None = None) -> bytes:
        self._written += 1
        return body(text, variables, extensions={"written": self._written})


def request(content: bytes, caller: Caller = figures.ANONYMOUS, **more: str) -> bytes:
    """Write a posted request; `more` are headers, with lines for hyphens, that outweigh or add to the usual ones."""
    headers = {"host": "gateway", "content-type": "application/json", "content-length": str(len(content))}
    if caller.name:
        headers["authorization"] = f"Bearer {caller.name}.{_SECRET}"
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join(["POST /graphql HTTP/1.1", *lines, "", ""]).encode("latin-1") + content
