"""Who sends slowly, or stops half way, is told so and cut off, and nobody else waits for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.server.crowd import ConnectionLimits
from tests.hostile.stranger import ANSWER, HEAD, QUERY, WHOLE, good_caller, refused, stranger, until
from tests.running import PATIENT, Gateway, running_gateway

HASTY = ConnectionLimits(head_time=0.4, body_time=0.4, linger=0.5, keep_alive=3600)
HALF_BODY = HEAD + b"Content-Length: 100\r\n\r\n" + QUERY
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
async def hasty() -> AsyncIterator[Gateway]:
    async with running_gateway(HASTY) as running:
        yield running
        # The good caller's own pool aside, nobody is left.
        await running.http.close()
        await until(lambda: not running.server_state.connections and not running.server_state.tasks)


@pytest.mark.parametrize("half", [b"P", HEAD[:-2], HEAD, b"GET /graphql?que", HEAD + b"X-Long: " + b"a" * 500])
async def test_half_a_head_is_answered_with_a_timeout(hasty: Gateway, half: bytes) -> None:
    async with good_caller(hasty), stranger(hasty.url, half) as slow:
        answer = await slow.rest()
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b'"code":"LIMIT_EXCEEDED"' in answer
    assert await refused(hasty, "head_too_slow") == 1


async def test_a_head_of_a_byte_at_a_time_gets_no_more_time_for_it(hasty: Gateway) -> None:
    async with good_caller(hasty), stranger(hasty.url) as slow:
        await slow.trickle(HEAD + b"X-Long: " + b"a" * 9000)
        await slow.rest()
    assert await refused(hasty, "head_too_slow") == 1


@pytest.mark.parametrize("nothing", [b"", b"\r\n\r\n"])
async def test_who_says_nothing_is_closed_without_a_word(hasty: Gateway, nothing: bytes) -> None:
    async with good_caller(hasty), stranger(hasty.url, nothing) as silent:
        assert await silent.rest() == b""


@pytest.mark.parametrize(
    "half", [HALF_BODY, CHUNKED + b'5\r\n{"que', CHUNKED + b"5", HEAD + b"Content-Length: 1\r\n\r\n"]
)
async def test_half_a_body_is_answered_with_a_timeout(hasty: Gateway, half: bytes) -> None:
    async with good_caller(hasty), stranger(hasty.url, half) as slow:
        answer = await slow.rest()
    assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert await refused(hasty, "body_too_slow") == 1


async def test_a_body_of_a_byte_at_a_time_gets_no_more_time_for_it(hasty: Gateway) -> None:
    async with good_caller(hasty), stranger(hasty.url, HEAD + b"Content-Length: 9000\r\n\r\n") as slow:
        await slow.trickle(b" " * 9000)
        await slow.rest()
    assert await refused(hasty, "body_too_slow") == 1


@pytest.mark.parametrize("path", [b"/healthz", b"/nothing"])
async def test_a_body_that_nobody_reads_is_timed_as_well(hasty: Gateway, path: bytes) -> None:
    async with good_caller(hasty), stranger(hasty.url, HALF_BODY.replace(b"/graphql", path)) as slow:
        assert (await slow.rest()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_was_refused_already_may_not_come_for_ever(hasty: Gateway) -> None:
    async with good_caller(hasty), stranger(hasty.url, HEAD + b"Content-Length: 99999999\r\n\r\n") as endless:
        assert (await endless.answer(b"bytes.")).startswith(b"HTTP/1.1 413 ")
        await endless.trickle(b" " * 9000)
        await endless.rest()
    assert await refused(hasty, "body_too_slow") == 1


async def test_between_requests_a_connection_is_kept_as_long_as_is_set_and_empty_lines_do_not_keep_it() -> None:
    async with (
        running_gateway(replace(HASTY, keep_alive=0.15)) as running,
        good_caller(running),
        stranger(running.url) as idle,
    ):
        idle.send(WHOLE)
        await idle.answer()
        await idle.trickle(b"\r\n" * 500)
        assert await idle.rest() == b""


async def test_a_next_request_that_has_begun_has_its_own_time_and_not_that_of_an_idle_connection() -> None:
    async with running_gateway(replace(PATIENT, keep_alive=0.2)) as running, stranger(running.url) as slow:
        for _ in range(2):
            # Longer on its way than an idle connection is kept.
            await slow.trickle(WHOLE)
            assert (await slow.answer()).startswith(b"HTTP/1.1 200 ")


async def test_requests_in_two_halves_are_answered_one_after_the_other(gateway: Gateway) -> None:
    async with stranger(gateway.url) as steady:
        for _ in range(3):
            steady.send(WHOLE[:40])
            await gateway.ask("{ limits { maxDepth } }")
            steady.send(WHOLE[40:])
            assert (await steady.answer()).endswith(ANSWER)


async def test_a_hundred_slow_senders_at_once_are_all_told_so(hasty: Gateway) -> None:
    async def sent_slowly(half: bytes) -> bytes:
        async with stranger(hasty.url, half) as slow:
            return await slow.rest()

    async with good_caller(hasty):
        # Each reads at once: a word that lies unread when the connection is reset is lost.
        answers = await asyncio.gather(*(sent_slowly(half) for half in (HEAD, HALF_BODY) * 50))
    assert [answer[:13] for answer in answers] == [b"HTTP/1.1 408 "] * 100
    assert await refused(hasty, "head_too_slow") == await refused(hasty, "body_too_slow") == 50


async def test_a_caller_that_goes_away_half_way_leaves_nothing_behind() -> None:
    async with running_gateway(PATIENT) as running:
        async with good_caller(running):
            for half in (HEAD, HALF_BODY, CHUNKED, WHOLE):
                async with stranger(running.url) as gone:
                    gone.send(half)
        await running.http.close()
        await until(lambda: not running.server_state.connections and not running.server_state.tasks)
