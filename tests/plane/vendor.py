"""A vendor's host on loopback that says what a test tells it to, keeps still, or is not there at all."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import msgspec
from aiohttp import web


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; one that `hangs` never comes."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


HANGS = Said(hangs=True)
Script: TypeAlias = Callable[[Any], Said]


def said(tree: Any) -> Said:
    """Give a 200 with this as its JSON."""
    return Said(msgspec.json.encode(tree))


def refused(status: int, **headers: str) -> Said:
    """Give a refusal; underscores in a header's name stand for dashes."""
    return Said(b"no", status, {name.replace("_", "-"): value for name, value in headers.items()})


class Vendor:
    """One host; `says` is its answer, or makes it from what a JSON body asked for."""

    def __init__(self, says: Said | Script) -> None:
        self.says = says
        self.asked: list[Any] = []
        self.arrived = asyncio.Event()
        self.left = asyncio.Event()
        # Held back until this is set, where a test wants to see what happens meanwhile.
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._port: int = self._socket.getsockname()[1]
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def open(self) -> None:
        """Listen, always on the same port."""
        if self._socket.fileno() == -1:
            self._socket = socket.create_server(("127.0.0.1", self._port))
        self._closing = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket).start()

    async def close(self) -> None:
        """Refuse connections, and let go of whoever waits."""
        self._closing.set()
        self.may_answer.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._socket.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        tree = msgspec.json.decode(body) if body else None
        self.asked.append(tree)
        self.arrived.set()
        try:
            await self.may_answer.wait()
            answer = self.says if isinstance(self.says, Said) else self.says(tree)
            if answer.hangs:
                await self._closing.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


@asynccontextmanager
async def serve_vendor(says: Said | Script) -> AsyncIterator[Vendor]:
    """Open a host on a free port."""
    vendor = Vendor(says)
    await vendor.open()
    try:
        yield vendor
    finally:
        await vendor.close()
