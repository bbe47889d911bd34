"""Subscriptions over a WebSocket: how they are routed, what trouble is called, and how long one waits after it."""

import asyncio
import gc
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.upstream.channel import Event, Inbox, Notice, Ready, Topic
from gateway.upstream.jsonrpc import RpcError
from gateway.upstream.pace import Pace, doubling
from gateway.upstream.pubsub import Pubsub, Refusals
from gateway.upstream.session import open_session
from gateway.upstream.websocket import SocketTerms
from tests.upstream.opening import opening_sockets

SECRET = "canary-credential"
Script: TypeAlias = Callable[[web.WebSocketResponse], Awaitable[None]]


def topic(account: str) -> Topic:
    return Topic("accountSubscribe", "accountUnsubscribe", msgspec.json.encode([account]))


def refused(error: RpcError) -> UpstreamError:
    return UpstreamError(ProblemCode.UNAVAILABLE, Provider.SOLANA_RPC, detail=f"JSON-RPC error {error.code}")


@asynccontextmanager
async def open_pubsub(script: Script, **pace: Any) -> AsyncIterator[Pubsub]:
    """Open a pubsub at a door behind which every socket follows a script, and then waits for the end."""

    async def serve(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await script(socket)
        async for _ in socket:
            pass
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestServer(app) as server, pubsub_at(ws(server), **pace) as pubsub:
        yield pubsub


def ws(server: BaseTestServer) -> str:
    return str(server.make_url("/")).replace("http", "ws")


@asynccontextmanager
async def pubsub_at(*urls: str, **pace: Any) -> AsyncIterator[Pubsub]:
    terms = SocketTerms("accountSubscribe", limit=None, penalty=None, connections=10)
    async with open_session(connections=10, user_agent="tests/1") as session:
        opening = opening_sockets(Provider.SOLANA_RPC, session)
        sockets = opening(terms, headers={"Authorization": SECRET}, query={"api_key": SECRET})
        times = {"patience": 5.0, **pace}
        yield Pubsub(sockets, urls, Refusals(refused, lambda _: False), pace=Pace(**times))


async def hear(inbox: Inbox[Event]) -> Event:
    async with asyncio.timeout(20):
        return await inbox.next()


async def asked(socket: web.WebSocketResponse) -> Any:
    """The next request's id and parameters, told apart from the end of a subscription."""
    request = await socket.receive_json()
    return request["id"], request["method"], request["params"]


async def reply(socket: web.WebSocketResponse, call_id: int, result: Any) -> None:
    await socket.send_json({"jsonrpc": "2.0", "id": call_id, "result": result})


async def notify(socket: web.WebSocketResponse, subscription: int, result: Any) -> None:
    params = {"subscription": subscription, "result": result}
    await socket.send_json({"jsonrpc": "2.0", "method": "accountNotification", "params": params})


async def test_notifications_that_come_before_the_reply_are_told_after_it() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        call_id, _, _ = await asked(socket)
        await notify(socket, 5, "early")
        await notify(socket, 6, "of nobody")
        await reply(socket, call_id, 5)
        await notify(socket, 5, "late")

    inbox: Inbox[Event] = Inbox()
    async with open_pubsub(script) as pubsub, pubsub.following(topic("a"), inbox):
        heard = [await hear(inbox) for _ in range(3)]
    assert heard == [Ready(), Notice(b'"early"'), Notice(b'"late"')]


async def test_what_still_comes_for_one_account_is_not_taken_for_anothers() -> None:
    """Notifications do not name their account; a number may be given anew."""

    async def script(socket: web.WebSocketResponse) -> None:
        for number in (4, 5):
            await reply(socket, (await asked(socket))[0], number)
        _, method, params = await asked(socket)
        assert (method, params) == ("accountUnsubscribe", [5])
        call_id, method, params = await asked(socket)
        assert (method, params) == ("accountSubscribe", ["c"])
        await notify(socket, 5, "of b")
        await reply(socket, call_id, 5)
        await notify(socket, 5, "of c")

    stays, first, second = Inbox[Event](), Inbox[Event](), Inbox[Event]()
    async with open_pubsub(script) as pubsub, pubsub.following(topic("a"), stays):
        assert await hear(stays) == Ready()
        async with pubsub.following(topic("b"), first):
            assert await hear(first) == Ready()
        async with pubsub.following(topic("c"), second):
            assert [await hear(second), await hear(second)] == [Ready(), Notice(b'"of c"')]


async def test_a_number_that_another_account_has_ends_the_socket() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        for _ in range(2):
            await reply(socket, (await asked(socket))[0], 5)

    one, other = Inbox[Event](), Inbox[Event]()
    async with open_pubsub(script) as pubsub, pubsub.following(topic("a"), one), pubsub.following(topic("b"), other):
        assert await hear(one) == Ready()
        told = await hear(other)
        assert isinstance(told, UpstreamError)
        assert (told.code, told.detail) == (ProblemCode.PROTOCOL, "$.result: the number of another subscription")


async def test_a_follower_that_is_slow_is_told_to_read_anew() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await reply(socket, (await asked(socket))[0], 5)
        for number in range(200):
            await notify(socket, 5, number)
        await reply(socket, 7, None)

    inbox: Inbox[Event] = Inbox()
    ended = asyncio.Event()

    async def pause(_: float) -> None:
        ended.set()
        await asyncio.Event().wait()

    async with open_pubsub(script, pause=pause) as pubsub, pubsub.following(topic("a"), inbox):
        await asyncio.wait_for(ended.wait(), 20)
        assert len(inbox) < 100
        heard = [await hear(inbox) for _ in range(len(inbox))]
    assert (heard[0], heard[-2]) == (Ready(), Notice(b"199"))
    assert isinstance(heard[-1], UpstreamError)


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ('{"jsonrpc":"2.0","id":"1","result":5}', "$.id: of no request"),
        ('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}', "$.id: of no request"),
        ('{"jsonrpc":"2.0","id":1}', "$: neither or both of result and error"),
        ('{"jsonrpc":"2.0","id":1,"result":5,"error":{"code":1}}', "$: neither or both of result and error"),
        ('{"jsonrpc":"2.0","id":1,"result":"5"}', "Expected `int`, got `str`"),
        ('{"method":"accountNotification"}', "not JSON"),
        ("[]", "Expected `object`, got `array`"),
        ("{", "not JSON"),
    ],
)
async def test_what_is_not_understood_ends_the_socket_and_is_not_repeated(said: str, detail: str) -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await asked(socket)
        await socket.send_str(said)

    inbox: Inbox[Event] = Inbox()
    async with open_pubsub(script) as pubsub, pubsub.following(topic("a"), inbox):
        told = await hear(inbox)
    assert isinstance(told, UpstreamError)
    assert (told.code, told.detail) == (ProblemCode.PROTOCOL, detail)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, ProblemCode.PROTOCOL),
        (401, ProblemCode.UPSTREAM_UNAUTHENTICATED),
        (404, ProblemCode.REJECTED),
        (429, ProblemCode.RATE_LIMITED),
        (503, ProblemCode.UNAVAILABLE),
        (200, ProblemCode.PROTOCOL),
    ],
)
async def test_a_door_that_does_not_open_says_so_without_a_secret(status: int, code: ProblemCode) -> None:
    visits: list[str] = []

    async def serve(request: web.Request) -> web.StreamResponse:
        visits.append(request.path_qs)
        assert request.headers["Authorization"] == SECRET
        return web.Response(status=status, headers={"Location": "/elsewhere", "Retry-After": "7"}, text=SECRET)

    waits: list[float] = []
    waited = asyncio.Event()

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        waited.set()
        await asyncio.Event().wait()

    app = web.Application()
    app.router.add_get("/{any:.*}", serve)
    inbox: Inbox[Event] = Inbox()
    async with (
        TestServer(app) as server,
        pubsub_at(ws(server), pause=pause, wait=lambda _: 1.0) as pubsub,
        pubsub.following(topic("a"), inbox),
    ):
        told = await hear(inbox)
        await asyncio.wait_for(waited.wait(), 20)
    assert isinstance(told, UpstreamError)
    assert told.code is code
    assert waits == [7.0 if told.retry_after else 1.0]
    # Nobody was followed elsewhere.
    assert visits == [f"/?api_key={SECRET}"]
    for text in (str(told), repr(told), told.message, told.detail, repr(pubsub), repr(topic("a"))):
        assert SECRET not in text
        assert "127.0.0.1" not in text
    assert told.__cause__ is None
    assert told.__suppress_context__


async def test_nobody_there_is_unavailable() -> None:
    inbox: Inbox[Event] = Inbox()
    async with pubsub_at("ws://127.0.0.1:1/") as pubsub, pubsub.following(topic("a"), inbox):
        told = await hear(inbox)
    assert isinstance(told, UpstreamError)
    assert told.code is ProblemCode.UNAVAILABLE


async def test_a_follower_that_is_cancelled_twice_at_any_moment_leaves_nothing_open() -> None:
    async def script(socket: web.WebSocketResponse) -> None:
        await reply(socket, (await asked(socket))[0], 5)

    # So told, aiohttp warns of every response that is let go without being closed.
    asyncio.get_running_loop().set_debug(True)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        async with open_pubsub(script) as pubsub:
            for steps in range(0, 40, 2):
                await cancel_twice(follow(pubsub), steps)
                # Whatever was left of it is in nobody's way.
                inbox: Inbox[Event] = Inbox()
                async with pubsub.following(topic("a"), inbox):
                    assert await hear(inbox) == Ready()
        gc.collect()
    assert [str(each.message) for each in told] == []


async def follow(pubsub: Pubsub) -> None:
    async with pubsub.following(topic("a"), Inbox()):
        await asyncio.Event().wait()


async def cancel_twice(following: Coroutine[Any, Any, None], steps: int) -> None:
    task = asyncio.create_task(following)
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


async def test_waits_double_until_a_socket_has_lasted() -> None:
    """Clock and waits are the test's: each socket drops, the fourth after two minutes."""
    sockets, failures = 0, list[int]()
    now = 0.0
    enough = asyncio.Event()

    async def script(socket: web.WebSocketResponse) -> None:
        nonlocal sockets, now
        sockets += 1
        await asked(socket)
        now += 120 if sockets == 4 else 1
        await socket.close()

    def wait(step: int) -> float:
        failures.append(step)
        if len(failures) == 6:
            enough.set()
        return 0.0

    inbox: Inbox[Event] = Inbox()
    async with open_pubsub(script, wait=wait, monotonic=lambda: now) as pubsub, pubsub.following(topic("a"), inbox):
        await asyncio.wait_for(enough.wait(), 20)
    assert failures[:6] == [1, 2, 3, 1, 2, 3]


def test_waits_grow_to_half_a_minute_and_differ() -> None:
    for step, longest in ((0, 0.25), (1, 0.5), (4, 4.0), (7, 30.0), (5000, 30.0)):
        drawn = {doubling(step) for _ in range(50)}
        assert len(drawn) > 1
        assert all(longest / 2 <= each <= longest for each in drawn)
