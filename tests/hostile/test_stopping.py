"""Told to stop, the gateway ends in bounded time and in order, whatever its callers have left unsaid or unread."""

import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp

from tests.cli.command import Ended, Running, ended, running
from tests.hostile.stranger import HANGING, HEAD, WHOLE, Stranger, stranger
from tests.hostile.test_slow_readers import LARGE

SANDBOX = ("serve", "--sandbox", "--sandbox-port", "0", "--fault", "xverse:hang")
# A request may take this many seconds, and one more is added for the gateway to stop.
SHORT = {"GATEWAY_PORT": "0", "GATEWAY_REQUEST_TIMEOUT": "1"}
LONG = {"GATEWAY_PORT": "0", "GATEWAY_REQUEST_TIMEOUT": "60"}


@asynccontextmanager
async def _with_stranger(
    settings: Mapping[str, str], receives: int | None = None
) -> AsyncIterator[tuple[Running, Stranger, AsyncExitStack]]:
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(running(*SANDBOX, **settings))
        url = serving.greeting["open"]
        # The greeting comes before the first answer, and only then does it listen for signals.
        async with aiohttp.ClientSession() as http, http.get(url.replace("/graphql", "/healthz")) as response:
            assert response.status == 200
        one = await stack.enter_async_context(stranger(url, receives=receives))
        yield serving, one, stack


def _assert_in_order(stopped: Ended) -> list[dict[str, object]]:
    assert stopped.code == 0, stopped.err
    assert "Traceback" not in stopped.err
    lines: list[dict[str, object]] = [json.loads(line) for line in stopped.err.splitlines()]
    assert {line["level"] for line in lines} <= {"info", "warning"}
    return lines


async def _refuses(url: str) -> bool:
    """Say whether nobody listens any more."""
    try:
        async with stranger(url):
            return False
    except ConnectionError:
        return True


async def test_idle_connections_are_closed_and_the_end_is_orderly() -> None:
    async with _with_stranger(LONG) as (serving, used, stack):
        unused = await stack.enter_async_context(stranger(serving.greeting["open"]))
        used.send(WHOLE)
        await used.answer()
        stopped = await serving.stop()
        assert await used.rest() == await unused.rest() == b""
    assert [line["path"] for line in _assert_in_order(stopped)] == ["/healthz", "/graphql"]


async def test_half_a_head_does_not_hold_it_up() -> None:
    async with _with_stranger(LONG) as (serving, half, _):
        half.send(HEAD)
        stopped = await serving.stop()
        assert await half.rest() == b""
    assert [line["path"] for line in _assert_in_order(stopped)] == ["/healthz"]


async def test_half_a_body_is_told_when_the_time_is_up() -> None:
    async with _with_stranger(SHORT) as (serving, half, stack):
        half.send(WHOLE[:-5])
        # Once another is answered, this one has been taken up.
        other = await stack.enter_async_context(stranger(serving.greeting["open"]))
        other.send(WHOLE)
        await other.answer()
        stopped = await serving.stop()
        answer = await half.rest()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b'"code":"OVERLOADED"' in answer
    lines = _assert_in_order(stopped)
    assert [line["event"] for line in lines if line["level"] == "warning"] == ["http.cut_off"]


async def test_a_request_under_way_is_answered_though_it_was_told_to_stop() -> None:
    async with _with_stranger(SHORT) as (serving, asking, _):
        asking.send(HANGING)
        await _until_asked(serving)
        stopped = await serving.stop()
        answer = await asking.rest()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answer
    assert b"UNAVAILABLE" in answer
    _assert_in_order(stopped)


async def _until_asked(serving: Running) -> None:
    """Wait until Xverse has had a call."""
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f"{serving.greeting['xverse'].split()[0]}/_sandbox") as response:
                if (await response.json())["calls"]:
                    return


async def test_a_slow_reader_does_not_hold_it_up() -> None:
    async with _with_stranger(SHORT, 4096) as (serving, slow, _):
        slow.send(LARGE)
        await slow.read(16)
        _assert_in_order(await serving.stop())


async def test_a_request_that_would_take_too_long_is_ended_at_once_by_a_second_signal() -> None:
    async with _with_stranger(LONG) as (serving, asking, _):
        url = serving.greeting["open"]
        asking.send(HANGING)
        await _until_asked(serving)
        serving.process.send_signal(signal.SIGTERM)
        while not await _refuses(url):
            continue
        stopped = await serving.stop()
        answer = await asking.rest()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert stopped.code == -signal.SIGTERM
    assert "Traceback" not in stopped.err


async def test_while_it_drains_it_serves_on_and_says_that_it_is_stopping() -> None:
    async with _with_stranger({**LONG, "GATEWAY_TRAFFIC__DRAIN_FOR": "300"}) as (serving, asking, _):
        url = serving.greeting["open"]
        health = url.replace("/graphql", "/healthz")
        async with aiohttp.ClientSession() as http:
            async with http.get(health) as response:
                assert (response.status, (await response.json())["status"]) == (200, "ok")
            serving.process.send_signal(signal.SIGTERM)
            status, said = 200, ""
            while status == 200:
                async with http.get(health) as response:
                    status, said = response.status, (await response.json())["status"]
            assert (status, said) == (503, "draining")
        asking.send(WHOLE)
        answer = await asking.answer()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close\r\n" in answer
        # It would go on like this for minutes.
        serving.process.send_signal(signal.SIGTERM)
        stopped = await ended(serving.process)
    assert stopped.code == -signal.SIGTERM
    assert "Traceback" not in stopped.err


async def test_a_crowd_of_half_sent_requests_does_not_hold_it_up() -> None:
    async with _with_stranger(SHORT) as (serving, _, stack):
        for at in range(200):
            one = await stack.enter_async_context(stranger(serving.greeting["open"]))
            one.send((HEAD, WHOLE[:-5], WHOLE, b"")[at % 4])
        _assert_in_order(await serving.stop())
