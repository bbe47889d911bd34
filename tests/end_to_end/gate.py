"""A door before a provider that holds calls back until a test lets them through."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

# Seconds after which a call that has not come never will: a gateway's own deadline is no longer.
_PATIENCE = 5
_OWN_HEADERS = ("Host", "Content-Length", "Transfer-Encoding")


class Gate:
    """Passes each request on to the provider behind it, once it is open."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = ""
        self._behind = url
        self._http = http
        self._open = asyncio.Event()
        self._arrived_at: list[float] = []
        self._arrived = asyncio.Condition()

    @property
    def arrivals(self) -> int:
        return len(self._arrived_at)

    @property
    def arrived_at(self) -> Sequence[float]:
        """When each call came, in seconds by the loop's clock."""
        return self._arrived_at

    def open(self) -> None:
        self._open.set()

    async def arrived(self, count: int) -> None:
        """Wait until so many calls stand before the door, or have passed it; raise TimeoutError where none comes."""
        async with asyncio.timeout(_PATIENCE), self._arrived:
            await self._arrived.wait_for(lambda: self.arrivals >= count)

    async def pass_on(self, request: web.Request) -> web.Response:
        async with self._arrived:
            self._arrived_at.append(asyncio.get_running_loop().time())
            self._arrived.notify_all()
        await self._open.wait()
        headers = {name: value for name, value in request.headers.items() if name not in _OWN_HEADERS}
        async with self._http.request(
            request.method, f"{self._behind}{request.path_qs}", headers=headers, data=await request.read()
        ) as reply:
            kept = {"Content-Type": reply.headers.get("Content-Type", "")}
            return web.Response(status=reply.status, body=await reply.read(), headers=kept)


@asynccontextmanager
async def gate_before(url: str) -> AsyncIterator[Gate]:
    """Put up a closed gate on a free port of its own."""
    async with aiohttp.ClientSession() as http:
        gate = Gate(url, http)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", gate.pass_on)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            gate.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield gate
        finally:
            gate.open()
            await runner.cleanup()
