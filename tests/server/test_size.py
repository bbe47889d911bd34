"""Bodies are bounded, however they are sent."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from gateway.server.reason import MAX_BODY
from tests.running import Gateway
from tests.server.wire import post

pytestmark = pytest.mark.asyncio(loop_scope="module")
# Seconds after which an answer that has not come never will.
_PATIENCE = 10
QUERY = b'{"query": "{ limits { maxDepth } }"'


def _of_size(size: int) -> bytes:
    return QUERY + b" " * (size - len(QUERY) - 1) + b"}"


async def _in_chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 10_000):
        yield body[start : start + 10_000]


async def test_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(standing: Gateway) -> None:
    assert (await post(standing, _of_size(MAX_BODY))).status == 200
    refused = await post(standing, _of_size(MAX_BODY + 1))
    assert (refused.status, refused.code) == (413, "LIMIT_EXCEEDED")
    assert refused.error["message"] == f"A request has at most {MAX_BODY} bytes."


async def test_a_body_in_chunks_has_the_same_bound(standing: Gateway) -> None:
    assert (await post(standing, _in_chunks(_of_size(MAX_BODY)))).status == 200
    refused = await post(standing, _in_chunks(_of_size(MAX_BODY + 1)))
    assert (refused.status, refused.code) == (413, "LIMIT_EXCEEDED")


async def _send(gateway: Gateway, head: str, body: bytes = b"") -> bytes:
    """Send a request by hand and read all that comes back."""
    where = urlsplit(gateway.url)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    lines = f"POST /graphql HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n{head}\r\n\r\n"
    writer.write(lines.encode("latin-1") + body)
    await writer.drain()
    async with asyncio.timeout(_PATIENCE):
        answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_body_that_is_only_announced_is_refused_before_it_is_sent(standing: Gateway) -> None:
    answer = await _send(standing, f"Content-Type: application/json\r\nContent-Length: {MAX_BODY + 1}")
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("length", ["-1", "abc", "²", "9" * 30])
async def test_a_length_that_is_no_length_is_a_bad_request(
    standing: Gateway, length: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await _send(standing, f"Content-Type: application/json\r\nContent-Length: {length}", b"{}")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("key", ["Bearer \xff\xfe.\xff", "\x01", "Bearer " + "a" * 30_000])
async def test_a_key_of_strange_bytes_opens_nothing_and_breaks_nothing(standing: Gateway, key: str) -> None:
    answer = await _send(
        standing, f"Content-Type: application/json\r\nContent-Length: 2\r\nAuthorization: {key}", b"{}"
    )
    assert answer.startswith((b"HTTP/1.1 401 ", b"HTTP/1.1 400 ", b"HTTP/1.1 431 "))
