"""Who hangs up in the middle of a request costs one line in the log."""

import asyncio
from urllib.parse import urlsplit

from structlog.testing import capture_logs

from tests.running import Gateway


async def test_a_request_that_ends_before_its_body_is_the_callers_own_fault(gateway: Gateway) -> None:
    where = urlsplit(gateway.url)
    with capture_logs() as lines:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        head = "POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 100"
        writer.write(head.encode() + b'\r\n\r\n{"query": ')
        await writer.drain()
        writer.write_eof()
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        # By the time that another is answered, the half one has been dealt with.
        assert (await gateway.ask("{ limits { maxDepth } }")).status == 200
    assert [(line["event"], line["status"]) for line in lines] == [("http.request", 499), ("http.request", 200)]
