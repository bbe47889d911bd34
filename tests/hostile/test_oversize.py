"""URLs, headers, trailers and bodies without measure, and bytes that are no HTTP."""

import gzip

import pytest
from structlog.typing import EventDict

from gateway.server.body import LARGE_BODY, MOST_LARGE
from gateway.server.crowd import ConnectionLimits
from tests.hostile.stranger import ANSWER, HEAD, QUERY, WHOLE, good_caller, refused, stranger, until_refused
from tests.running import Gateway, running_gateway

LENGTH = b"Content-Length: %d\r\n\r\n" % len(QUERY) + QUERY
TRAILED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(QUERY) + QUERY + b"\r\n0\r\n"


async def _sent(gateway: Gateway, sent: bytes) -> bytes:
    async with good_caller(gateway), stranger(gateway.url) as rude:
        rude.send(sent)
        return await rude.rest()


@pytest.mark.parametrize("size", [17_000, 300_000, 3_000_000])
async def test_a_url_may_be_so_long_and_no_longer(gateway: Gateway, size: int) -> None:
    answer = await _sent(gateway, b"GET /graphql?query=" + b"a" * size + b" HTTP/1.1\r\nHost: gateway\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ")
    assert b'"code":"LIMIT_EXCEEDED"' in answer


async def test_a_query_in_a_long_url_is_answered(gateway: Gateway) -> None:
    url = f"{gateway.url}/graphql?query={{limits{{maxDepth}}}}{'%20' * 5000}"
    async with gateway.http.get(url) as response:
        assert await response.read() == ANSWER


LARGE = {
    "one long value": HEAD + b"X-Long: " + b"a" * 40_000 + b"\r\n" + LENGTH,
    "one endless value": HEAD + b"X-Long: " + b"a" * 5_000_000,
    "one endless name": HEAD + b"a" * 5_000_000,
    "many long values": HEAD + (b"X-Long: " + b"a" * 1000 + b"\r\n") * 40 + LENGTH,
    "too many": HEAD + b"a:b\r\n" * 101 + LENGTH,
    "far too many": HEAD + b"a:b\r\n" * 100_000,
}


@pytest.mark.parametrize("sent", LARGE.values(), ids=LARGE.keys())
async def test_headers_may_be_so_large_and_so_many_and_no_more(gateway: Gateway, sent: bytes) -> None:
    answer = await _sent(gateway, sent)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b'"code":"LIMIT_EXCEEDED"' in answer


async def test_who_is_refused_while_still_sending_gets_to_read_why() -> None:
    async with running_gateway(ConnectionLimits(linger=3600)) as gateway, stranger(gateway.url) as busy:
        busy.send(LARGE["many long values"])
        await until_refused(gateway, "head_too_large")
        for _ in range(20):
            busy.send(b"a" * 100_000)
            await gateway.ask("{ limits { maxDepth } }")
        assert (await busy.answer(b"}]}")).startswith(b"HTTP/1.1 431 ")


async def test_ninety_headers_of_some_size_are_answered(gateway: Gateway) -> None:
    more = b"".join(b"X-%d: %s\r\n" % (at, b"a" * 200) for at in range(90))
    assert (await _sent(gateway, HEAD + b"Connection: close\r\n" + more + LENGTH)).endswith(ANSWER)


ENDLESS = {
    "one endless trailer": TRAILED + b"X-Long: " + b"a" * 5_000_000,
    "trailers without end": TRAILED + b"a:b\r\n" * 100_000,
    "an endless extension of a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"a" * 5_000_000,
}


@pytest.mark.parametrize("sent", ENDLESS.values(), ids=ENDLESS.keys())
async def test_what_surrounds_a_body_is_bounded_too(gateway: Gateway, sent: bytes) -> None:
    assert (await _sent(gateway, sent)).startswith(b"HTTP/1.1 431 ")
    assert await refused(gateway, "head_too_large") == 1


async def test_a_trailer_is_no_header(gateway: Gateway) -> None:
    async with stranger(gateway.url) as sly:
        sly.send(TRAILED + b"Authorization: Bearer demo.wrong\r\n\r\n")
        assert (await sly.answer()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "identity, gzip"])
async def test_a_compressed_body_is_refused_and_never_unpacked(gateway: Gateway, coding: str) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    async with gateway.http.post(f"{gateway.url}/graphql", data=gzip.compress(QUERY), headers=headers) as response:
        assert (response.status, response.headers["Accept-Encoding"]) == (415, "identity")
        assert (await response.json())["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_a_body_that_says_it_is_not_compressed_is_read(gateway: Gateway) -> None:
    async with stranger(gateway.url) as plain:
        plain.send(HEAD + b"Content-Encoding: identity\r\n" + LENGTH)
        assert (await plain.answer()).startswith(b"HTTP/1.1 200 ")


MALFORMED = {
    "noise": b"\x00\xff\x16\x03\x01" * 50,
    "another protocol": b"SSH-2.0-OpenSSH_9.9\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is not there": b"GET / HTTP/9.9\r\n\r\n",
    "no target": b"GET  HTTP/1.1\r\n\r\n",
    "a tunnel": b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "a length and chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "a chunk of no size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "a header without a colon": HEAD + b"nothing\r\n\r\n",
    "a header with a break": HEAD + b"X-A: a\rb\r\n\r\n",
    "a header over two lines": HEAD + b"X-A: a\r\n b\r\n\r\n",
}


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_http_is_told_so(gateway: Gateway, sent: bytes) -> None:
    answer = await _sent(gateway, sent)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code":"BAD_REQUEST"' in answer


async def test_noise_does_not_fill_the_log(gateway: Gateway, journal: list[EventDict]) -> None:
    for _ in range(50):
        await _sent(gateway, MALFORMED["noise"])
    assert [line["times"] for line in journal if line["event"] == "http.refused"] == [1]
    assert await refused(gateway, "malformed") == 50


@pytest.mark.parametrize("what", [b"h2c", b"websocket", b"nonsense"])
async def test_an_upgrade_that_is_not_served_is_ignored_and_what_follows_is_answered(
    gateway: Gateway, what: bytes
) -> None:
    asked = HEAD + b"Connection: Upgrade\r\nUpgrade: " + what + b"\r\n" + LENGTH
    async with stranger(gateway.url) as other:
        other.send(asked * 3)
        for _ in range(3):
            assert (await other.answer()).startswith(b"HTTP/1.1 200 ")


async def test_large_bodies_that_never_end_leave_room_for_all_others(gateway: Gateway) -> None:
    ways = [stranger(gateway.url) for _ in range(MOST_LARGE + 1)]
    large = [await way.__aenter__() for way in ways]
    for each in large[:-1]:
        each.send(HEAD + b"Content-Length: 200000\r\n\r\n" + b" " * (LARGE_BODY + 1))
    async with good_caller(gateway):
        large[-1].send(HEAD + b"Content-Length: 200000\r\n\r\n" + b" " * (LARGE_BODY + 1))
        # Whichever of them came last is told so.
        await until_refused(gateway, "overloaded")
    assert await refused(gateway, "overloaded") == 1
    for each in large:
        await each.close()
    large_again = WHOLE.replace(b"Content-Length: %d" % len(QUERY), b"Content-Length: %d" % (len(QUERY) + LARGE_BODY))
    async with stranger(gateway.url) as last:
        last.send(large_again + b" " * LARGE_BODY)
        assert (await last.answer()).startswith(b"HTTP/1.1 200 ")
