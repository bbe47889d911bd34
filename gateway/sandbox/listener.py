"""One provider behind a port: calls are counted, delayed, broken on request, and otherwise answered."""

import asyncio
from contextlib import suppress
from typing import Final
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from gateway.sandbox import control
from gateway.sandbox.provider import Provider, Sockets
from gateway.sandbox.websocket import attend
from gateway.sandbox.wire import JSON, Call, Refusal, Reply

CONTROL_PATH: Final = "/_sandbox"
_LARGEST_REQUEST = 8 * 2**20
_OVERSIZE = 6 * 2**20
_DRIP_SECONDS = 0.05
_CLOSE_SECONDS = 1.0
_UNANSWERED = ("disconnect", "hang", "drip")


class Listener:
    """Serves one provider; closing it lets go of every call that hangs."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.port = 0
        self._closing = asyncio.Event()
        app = web.Application(client_max_size=_LARGEST_REQUEST)
        app.router.add_route("*", "/{path:.*}", self._serve)
        # A caller who leaves ends the call, so that nothing hangs on after him.
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_CLOSE_SECONDS, handle_signals=False
        )

    async def open(self, host: str, port: int) -> None:
        """Raise OSError naming host and port when the port is taken."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            reason = error.strerror or str(error)
            raise OSError(error.errno, f"{self.provider.name} cannot listen on {host}:{port}: {reason}") from error
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        self._closing.set()
        if self.provider.feed is not None:
            self.provider.feed.end()
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == CONTROL_PATH:
            return await self._control(request)
        call = await _read(request)
        routes = self.provider.routes(call)
        self.provider.calls.update(routes)
        fault = self.provider.plan.take(routes, self.provider.faults_of(call))
        await self._pause(self.provider.delay())
        if fault in _UNANSWERED:
            return await self._leave_unanswered(request, fault)
        if fault == "redirect":
            return web.Response(status=302, headers={"Location": self._elsewhere(request)})
        feed = self.provider.feed
        if fault is None and feed is not None and feed.is_asked(call):
            return await attend(feed, request)
        if self.provider.sockets is not None and call.upgrades:
            return await self._upgrade(request, call, fault, self.provider.sockets)
        return await self._send(request, self._reply(call, fault), fault)

    async def _upgrade(
        self, request: web.Request, call: Call, fault: str | None, sockets: Sockets
    ) -> web.StreamResponse:
        failure = self.provider.failure(fault) if fault else None
        try:
            sockets.admit(call)
        except Refusal as refusal:
            failure = failure or refusal.reply
        return await self._send(request, failure, fault) if failure else await sockets.serve(request, self._closing)

    def _reply(self, call: Call, fault: str | None) -> Reply:
        failure = self.provider.failure(fault) if fault else None
        if failure is not None:
            return failure
        try:
            self.provider.admit(call)
            answer = self.provider.answer(call)
            if isinstance(answer, Reply):
                return answer
            spoilt = self.provider.spoil(answer, fault) if fault else answer
            return Reply(200, self.provider.encode(spoilt), JSON)
        except Refusal as refusal:
            return refusal.reply

    async def _send(self, request: web.Request, reply: Reply, fault: str | None) -> web.StreamResponse:
        headers = dict(reply.headers) | ({"Content-Type": reply.media} if reply.media else {})
        if fault not in ("truncated", "oversize"):
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        body = reply.body + b" " * (_OVERSIZE if fault == "oversize" else 0)
        response = web.StreamResponse(status=reply.status, headers=headers)
        response.content_length = len(body)
        # A caller who has had enough is no fault of the sandbox's.
        with suppress(ConnectionError):
            await response.prepare(request)
            await response.write(body if fault == "oversize" else body[: len(body) // 2])
        if fault == "truncated":
            _hang_up(request)
        return response

    async def _leave_unanswered(self, request: web.Request, fault: str) -> web.StreamResponse:
        response = web.StreamResponse()
        if fault == "drip":
            response.content_type = "application/json"
            with suppress(ConnectionError):
                await response.prepare(request)
                while not self._closing.is_set():
                    await response.write(b" ")
                    await self._pause(_DRIP_SECONDS)
        if fault == "hang":
            await self._closing.wait()
        _hang_up(request)
        return response

    async def _pause(self, seconds: float) -> None:
        """Wait, but not beyond the closing."""
        if seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), seconds)

    async def _control(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            try:
                control.apply(self.provider, await request.read())
            except ValueError as error:
                return web.Response(status=400, text=f"{error}\n")
        elif request.method != "GET":
            return web.Response(status=405, text="GET shows the sandbox, POST changes it\n")
        return web.Response(body=control.shown(self.provider), content_type="application/json")

    def _elsewhere(self, request: web.Request) -> str:
        """The same place under another host name, so that a credential which follows has crossed hosts."""
        here = urlsplit(f"//{request.host}").hostname
        return f"http://{'localhost' if here != 'localhost' else '127.0.0.1'}:{self.port}{request.path_qs}"


async def _read(request: web.Request) -> Call:
    return Call(
        method=request.method,
        path=request.path,
        query=parse_qs(request.query_string, keep_blank_values=True),
        headers=request.headers,
        body=await request.read(),
        caller=request.remote or "",
    )


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()
