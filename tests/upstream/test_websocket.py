"""WebSockets to a provider: opened where they were meant to be, kept within bounds, and closed whatever happens."""

import asyncio
import gc
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import WSCloseCode, WSMsgType, web
from limits.aio.storage import MemoryStorage

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.budget import Budget
from gateway.upstream.limit import Limit
from gateway.upstream.metrics import Metrics
from gateway.upstream.session import open_session
from gateway.upstream.websocket import Sockets, SocketTerms

Serve = Callable[[web.WebSocketResponse], Awaitable[None]]


@dataclass
class Way:
    """A server of one connection after the other, and the way to it."""

    sockets: Sockets
    url: str
    metrics: Metrics
    ended: asyncio.Queue[int | None]

    def count(self, outcome: str) -> float:
        labels = {"provider": "SFOX", "operation": "a feed", "outcome": outcome}
        return self.metrics.registry.get_sample_value("gateway_upstream_calls_total", labels) or 0.0

    @property
    def open(self) -> float:
        return self.metrics.registry.get_sample_value("gateway_upstream_sockets", {"provider": "SFOX"}) or 0.0


@asynccontextmanager
async def serving(
    serve: Serve,
    *,
    autoping: bool = True,
    pool: int = 5,
    monotonic: Callable[[], float] = time.monotonic,
    **terms: Any,
) -> AsyncIterator[Way]:
    ended: asyncio.Queue[int | None] = asyncio.Queue()

    async def attend(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoping=autoping, timeout=0.5)
        await socket.prepare(request)
        await serve(socket)
        ended.put_nowait(socket.close_code)
        return socket

    app = web.Application()
    app.router.add_get("/feed", attend)
    app.router.add_get("/elsewhere", _redirect)
    app.router.add_get("/busy", _busy)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    known: dict[str, Any] = {"limit": None, "penalty": lambda _step, _now: 120.0, "connections": 2, **terms}
    own = SocketTerms("a feed", **known)
    assert own.penalty is not None
    metrics = Metrics()
    budget = Budget(own.limit, own.penalty, storage=MemoryStorage(), time=time.time, name="feed")
    async with open_session(connections=pool, user_agent="tests/1") as session:
        try:
            sockets = Sockets(Provider.SFOX, session, own, budget, metrics, monotonic)
            yield Way(sockets, f"ws://127.0.0.1:{runner.addresses[0][1]}/feed", metrics, ended)
        finally:
            await runner.cleanup()


async def _redirect(_: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "/feed"})


async def _busy(_: web.Request) -> web.Response:
    return web.Response(status=429, headers={"Retry-After": "7"})


async def listen(socket: web.WebSocketResponse) -> None:
    """Read until the other side has left."""
    async for _ in socket:
        pass


async def echo(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        await socket.send_str(message.data)


async def refused(way: Way, url: str | None = None) -> UpstreamError:
    with pytest.raises(UpstreamError) as told:
        async with way.sockets.open(url or way.url):
            raise AssertionError
    assert way.url not in f"{told.value!r} {told.value.detail}"
    return told.value


async def ending(serve: Serve, **terms: Any) -> UpstreamError:
    """Give the error with which a connection ends."""
    async with serving(serve, **terms) as way, way.sockets.open(way.url) as socket:
        with pytest.raises(UpstreamError) as told:
            await socket.receive(20)
        return told.value


async def test_requests_go_out_as_json_and_messages_come_in_as_bytes() -> None:
    async with serving(echo) as way:
        async with way.sockets.open(way.url) as socket:
            await socket.ask({"type": "x", "n": 2**70})
            assert await socket.receive(20) == b'{"type":"x","n":1180591620717411303424}'
            assert (way.open, way.count("ok")) == (1, 1)
        assert (way.open, await way.ended.get()) == (0, 1000)


async def test_a_connection_is_closed_when_whoever_holds_it_is_cancelled() -> None:
    async with serving(listen) as way:
        opened = asyncio.Event()

        async def hold() -> None:
            async with way.sockets.open(way.url) as socket:
                opened.set()
                await socket.receive(600)

        holding = asyncio.create_task(hold())
        await opened.wait()
        holding.cancel()
        await asyncio.wait([holding])
        assert holding.cancelled()
        await way.ended.get()
        assert way.open == 0


async def test_a_connection_is_closed_even_if_whoever_closes_it_is_cancelled_while_another_reads() -> None:
    """Then aiohttp waits for the one that reads, and by itself leaves the connection open for good."""
    async with serving(listen) as way:
        opened = asyncio.Event()

        async def hold() -> None:
            async with way.sockets.open(way.url) as socket:
                readings.append(asyncio.create_task(socket.receive()))
                await asyncio.sleep(0)
                opened.set()
                await asyncio.Event().wait()

        readings: list[asyncio.Task[bytes | None]] = []
        holding = asyncio.create_task(hold())
        await opened.wait()
        holding.cancel()
        # One step later it is closing.
        await asyncio.sleep(0)
        holding.cancel()
        await asyncio.wait([holding, *readings])
        async with asyncio.timeout(20):
            assert await way.ended.get() == WSCloseCode.ABNORMAL_CLOSURE
        assert way.open == 0


async def test_an_opening_that_is_cancelled_at_any_moment_leaves_nothing_open() -> None:
    # So told, aiohttp warns of every response that is let go without being closed.
    asyncio.get_running_loop().set_debug(True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        await cancel_at_every_moment()
        gc.collect()
    assert [str(each.message) for each in told] == []


async def cancel_at_every_moment() -> None:
    async with serving(listen, pool=1) as way:

        async def hold() -> None:
            async with way.sockets.open(way.url):
                await asyncio.Event().wait()

        for steps in range(50):
            holding = asyncio.create_task(hold())
            for _ in range(steps):
                await asyncio.sleep(0)
            holding.cancel()
            await asyncio.wait([holding])
            assert way.open == 0
            # There is but one place in the pool, and it is free again.
            async with way.sockets.open(way.url):
                assert way.open == 1


async def test_a_redirect_is_refused_and_not_followed() -> None:
    async with serving(listen) as way:
        error = await refused(way, way.url.replace("/feed", "/elsewhere"))
        assert (error.code, error.detail) == (ProblemCode.PROTOCOL, "HTTP status 307")
        assert way.ended.empty()
        assert way.count("PROTOCOL") == 1


async def test_a_429_closes_the_door_for_as_long_as_it_is_told() -> None:
    async with serving(listen) as way:
        busy = await refused(way, way.url.replace("/feed", "/busy"))
        assert (busy.code, busy.retry_after) == (ProblemCode.RATE_LIMITED, 7)
        after = await refused(way)
        assert (after.code, after.detail) == (ProblemCode.RATE_LIMITED, "the budget is spent")


async def test_openings_and_requests_are_paid_for_together() -> None:
    async with serving(echo, limit=Limit(3, 60)) as way:
        async with way.sockets.open(way.url) as socket:
            await socket.ask({})
            await socket.ask({})
            with pytest.raises(UpstreamError) as told:
                await socket.ask({})
        assert told.value.code is ProblemCode.RATE_LIMITED
        assert told.value.retry_after is not None
        assert (await refused(way)).code is ProblemCode.RATE_LIMITED


async def test_only_so_many_connections_are_open_at_once() -> None:
    async with serving(listen) as way:
        async with way.sockets.open(way.url), way.sockets.open(way.url):
            error = await refused(way)
            assert (error.code, error.detail) == (ProblemCode.RATE_LIMITED, "every connection is taken")
        async with way.sockets.open(way.url):
            assert way.open == 1


async def test_nobody_there_is_told_without_the_address() -> None:
    async with serving(listen) as way:
        error = await refused(way, "ws://127.0.0.1:1/feed")
        assert (error.code, error.detail) == (ProblemCode.UNAVAILABLE, "connection: ConnectionRefusedError")


async def test_a_handshake_that_never_ends_is_given_up() -> None:
    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with server, serving(listen, opens_within=0.05) as way:
        error = await refused(way, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed")
        assert error.code is ProblemCode.TIMEOUT


async def test_a_handshake_that_is_no_http_is_told_as_such() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HELLO\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server, serving(listen) as way:
        error = await refused(way, f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed")
        assert error.code is ProblemCode.PROTOCOL


async def test_a_message_that_is_too_large_ends_the_connection() -> None:
    async def flood(socket: web.WebSocketResponse) -> None:
        await socket.send_str("x" * 2000)
        await listen(socket)

    error = await ending(flood, max_message=1000)
    assert (error.code, error.detail) == (ProblemCode.PROTOCOL, "a broken message: close code 1009")


async def test_a_close_frame_ends_the_connection_with_its_code() -> None:
    async def leave(socket: web.WebSocketResponse) -> None:
        await socket.close(code=4001)

    error = await ending(leave)
    assert (error.code, error.detail) == (ProblemCode.UNAVAILABLE, "closed with code 4001")


async def test_time_that_is_up_is_no_end() -> None:
    async with serving(echo) as way, way.sockets.open(way.url) as socket:
        assert await socket.receive(0) is None
        assert await socket.receive(0.001) is None
        await socket.ask("still here")
        assert await socket.receive(20) == b'"still here"'


async def test_a_pong_says_that_everything_before_it_has_come() -> None:
    async with serving(echo) as way, way.sockets.open(way.url) as socket:
        await socket.ask("before")
        first, second = await socket.ping(), await socket.ping()
        assert await socket.receive(20) == b'"before"'
        assert socket.answered == 0
        assert await socket.receive(20) is None
        assert socket.answered == first
        assert await socket.receive(20) is None
        assert socket.answered == second


async def test_a_ping_without_a_pong_ends_the_connection() -> None:
    async with serving(listen, autoping=False, pong_within=0.02) as way, way.sockets.open(way.url) as socket:
        await socket.ping()
        with pytest.raises(UpstreamError) as told:
            await socket.receive(20)
        assert (told.value.code, told.value.detail) == (ProblemCode.TIMEOUT, "a ping was not answered")


async def test_pings_go_out_by_themselves_for_as_long_as_one_listens() -> None:
    pings = 0

    async def count(socket: web.WebSocketResponse) -> None:
        nonlocal pings
        while (frame := await socket.receive()).type is WSMsgType.PING:
            pings += 1
            await socket.pong(frame.data)

    async with serving(count, autoping=False) as way, way.sockets.open(way.url, ping_every=0.01) as socket:
        while socket.answered < 3:
            assert await socket.receive(20) is None
        assert pings == 3


async def test_a_pong_that_came_while_nobody_listened_is_in_time() -> None:
    now = 0.0
    answered = asyncio.Event()

    async def answer(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        answered.set()
        await listen(socket)

    async with serving(answer, monotonic=lambda: now) as way, way.sockets.open(way.url) as socket:
        await socket.ping()
        await socket.ask("after the ping")
        await answered.wait()
        # What was sent on loopback is there with the next look at the sockets.
        for _ in range(5):
            await asyncio.sleep(0)
        now = 3600
        assert await socket.receive(20) is None
        assert socket.answered == 1


async def test_pongs_that_nobody_asked_for_are_nothing() -> None:
    async def boast(socket: web.WebSocketResponse) -> None:
        for echoed in (b"", b"x", b"7", b"9" * 100):
            await socket.pong(echoed)
        await socket.send_str("after")
        await listen(socket)

    async with serving(boast) as way, way.sockets.open(way.url) as socket:
        assert await socket.receive(20) == b"after"
        assert socket.answered == 0


async def test_the_providers_pings_are_answered() -> None:
    async def wonder(socket: web.WebSocketResponse) -> None:
        await socket.ping(b"there?")
        frame = await socket.receive()
        assert (frame.type, frame.data) == (WSMsgType.PONG, b"there?")
        await socket.send_str("good")

    async with serving(wonder, autoping=False) as way, way.sockets.open(way.url) as socket:
        assert await socket.receive(20) == b"good"


async def test_what_is_sent_on_an_ended_connection_is_trouble() -> None:
    async def leave(socket: web.WebSocketResponse) -> None:
        await socket.close()

    async with serving(leave) as way, way.sockets.open(way.url) as socket:
        with pytest.raises(UpstreamError):
            await socket.receive(20)
        with pytest.raises(UpstreamError) as told:
            await socket.ask({})
        assert told.value.code is ProblemCode.UNAVAILABLE


async def test_a_provider_that_takes_nothing_in_is_given_up() -> None:
    async def ignore(socket: web.WebSocketResponse) -> None:
        assert socket._req is not None  # noqa: SLF001 - the only way to its transport
        transport = socket._req.transport  # noqa: SLF001 - likewise
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await stopped.wait()

    stopped = asyncio.Event()
    async with serving(ignore, pong_within=0.05) as way:
        async with way.sockets.open(way.url) as socket:
            with pytest.raises(UpstreamError) as told:
                await socket.ask("x" * 2**25)
            stopped.set()
        assert told.value.code is ProblemCode.TIMEOUT
