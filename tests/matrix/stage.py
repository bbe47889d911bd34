"""One server in every provider's place: each row has a path of its own on it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from aiohttp import web

from tests.matrix.row import CANARY, Asked, Ending, Script, Told


class Part:
    """One row while it is played: it counts the calls, and tells each to who wants to know."""

    def __init__(self, script: Script, on_call: Callable[[int], None], *, headers: dict[str, str]) -> None:
        """`on_call` hears the number of each call before it is answered; `headers` go with each answer."""
        self.calls = 0
        self._script = script
        self._on_call = on_call
        self._headers = headers
        self._came = asyncio.Condition()

    async def answer(self, asked: Asked) -> Told:
        told = self._script(asked)
        async with self._came:
            self.calls += 1
            self._on_call(self.calls)
            self._came.notify_all()
            await self._came.wait_for(lambda: self.calls >= told.after)
        return told

    async def serve(self, request: web.Request, path: str) -> web.StreamResponse:
        body = await request.read()
        told = await self.answer(Asked(path, dict(request.query), msgspec.json.decode(body) if body else None))
        headers = {"X-Trace": CANARY, **told.headers, **self._headers}
        if told.ending is Ending.WHOLE:
            response: web.StreamResponse = web.Response(status=told.status, body=told.body, headers=headers)
            # What dies while it was idle is sent again: here no connection is ever idle.
            response.force_close()
            return response
        response = web.StreamResponse(status=told.status, headers=headers)
        if told.ending is Ending.CUT:
            response.content_length = len(told.body)
            await response.prepare(request)
            await response.write(told.body[: len(told.body) // 2])
        assert request.transport is not None
        request.transport.close()
        return response


class Stage:
    """The server while it is open."""

    def __init__(self) -> None:
        self.url = ""
        self._parts: list[Part] = []

    def add(self, part: Part, hosts: int) -> str:
        """Give the URLs of so many hosts, with commas between, all of which play one part."""
        self._parts.append(part)
        place = len(self._parts) - 1
        return ",".join(f"{self.url}/{CANARY}/{place}/{host}" for host in range(hosts))

    async def serve(self, request: web.Request) -> web.StreamResponse:
        part = self._parts[int(request.match_info["part"])]
        return await part.serve(request, request.match_info["path"])


@asynccontextmanager
async def open_stage() -> AsyncIterator[Stage]:
    """Serve on a free port of loopback."""
    stage = Stage()
    app = web.Application()
    app.router.add_route("*", f"/{CANARY}/{{part:\\d+}}/{{host:\\d+}}{{path:.*}}", stage.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield stage
    finally:
        await runner.cleanup()
