"""A server on loopback that answers with recorded bytes, ends an answer as badly as it is told to, and keeps count."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeAlias

import msgspec
from aiohttp import web

_DRIP_SECONDS = 0.01


class Ending(Enum):
    """How an answer ends."""

    WHOLE = auto()
    CUT = auto()  # half of the body, then the connection closes
    DISCONNECT = auto()  # closed before any byte
    HANG = auto()  # never a byte
    DRIP = auto()  # a byte at a time, without end


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as it came over the wire."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    # The port that the connection comes from.
    caller: int

    @property
    def tree(self) -> Any:
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, to the byte."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.WHOLE


Script: TypeAlias = Callable[[Asked], Told]


def told(tree: Any) -> Told:
    """Give a 200 with this as its JSON; bytes go out as they are."""
    return Told(tree if isinstance(tree, bytes) else msgspec.json.encode(tree))


def always(tree: Any) -> Script:
    answer = tree if isinstance(tree, Told) else told(tree)
    return lambda _: answer


def in_turn(*trees: Any) -> Script:
    """Answer each request with the next; one too many is a fault of the server's, which no test expects."""
    answers = iter([tree if isinstance(tree, Told) else told(tree) for tree in trees])
    return lambda _: next(answers, Told(status=418))


class Recorded:
    """The server while it is open."""

    def __init__(self, script: Script) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script = script
        self._closing = asyncio.Event()

    def close(self) -> None:
        """Let go of every answer that hangs."""
        self._closing.set()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        asked = await _read(request)
        self.asked.append(asked)
        answer = self.script(asked)
        if answer.ending is Ending.WHOLE:
            return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
        return await self._end_badly(request, answer)

    async def _end_badly(self, request: web.Request, answer: Told) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        if answer.ending is Ending.CUT:
            response.content_length = len(answer.body)
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
        elif answer.ending is Ending.HANG:
            await self._closing.wait()
        elif answer.ending is Ending.DRIP:
            await self._drip(request, response)
        if request.transport is not None:
            request.transport.close()
        return response

    async def _drip(self, request: web.Request, response: web.StreamResponse) -> None:
        await response.prepare(request)
        while not self._closing.is_set():
            await response.write(b" ")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _DRIP_SECONDS)


async def _read(request: web.Request) -> Asked:
    assert request.transport is not None
    return Asked(
        request.method,
        request.path,
        dict(request.query),
        request.headers.copy(),
        await request.read(),
        request.transport.get_extra_info("peername")[1],
    )


@asynccontextmanager
async def serve_recorded(script: Script) -> AsyncIterator[Recorded]:
    """Serve on a free port of loopback."""
    recorded = Recorded(script)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", recorded.answer)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        recorded.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield recorded
    finally:
        recorded.close()
        await runner.cleanup()
