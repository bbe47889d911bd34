"""A stranger at a socket, who sends what no client would, and a good caller, who is to notice nothing."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp

from gateway.schema.limits import RequestLimits
from tests.running import Gateway

# Seconds after which what has not come never will.
PATIENCE = 20
QUERY = b'{"query": "{ limits { maxDepth } }"}'
_COST = b'{"requested":2,"maximum":%d,"upstreamCalls":0}' % RequestLimits().max_cost
ANSWER = b'{"data":{"limits":{"maxDepth":15}},"extensions":{"cost":%s}}' % _COST
HEAD = b"POST /graphql HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"


def request(query: bytes) -> bytes:
    """Write a whole request for a query without quotation marks or breaks of its own."""
    body = b'{"query": "' + query + b'"}'
    return HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body


WHOLE = request(b"{ limits { maxDepth } }")
# Asks Xverse, which may be made to hang.
HANGING = request(b'{ account(address: \\"1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22\\") { runes { outcome } } }')


class Stranger:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, sent: bytes) -> None:
        self._writer.write(sent)

    async def trickle(self, sent: bytes) -> None:
        """Send a byte at a time until the other side has had enough: being slow is what this does."""
        with suppress(ConnectionError):
            for at in range(len(sent)):
                self._writer.write(sent[at : at + 1])
                await self._writer.drain()
                await asyncio.sleep(0.005)

    async def read(self, size: int) -> bytes:
        """Read so many bytes and no more."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readexactly(size)

    async def answer(self, end: bytes = ANSWER) -> bytes:
        """Read up to an end that is expected."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readuntil(end)

    async def rest(self) -> bytes:
        """Read all that comes until the other side closes."""
        read = b""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while some := await self._reader.read(65536):
                    read += some
        return read

    async def close(self) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


@asynccontextmanager
async def stranger(url: str, says: bytes = b"", *, receives: int | None = None) -> AsyncIterator[Stranger]:
    """Connect; `receives` is the size of the buffer for what is not read.

    What it `says` is with the kernel before the gateway sees the connection: no clock can run out before it.
    """
    where = urlsplit(url)
    assert where.port is not None
    raw = socket.socket()
    if receives is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    try:
        # The kernel takes the connection, whoever is to accept it.
        raw.settimeout(PATIENCE)
        raw.connect(("127.0.0.1", where.port))
        raw.sendall(says)
    except OSError:
        raw.close()
        raise
    raw.settimeout(0)
    # The stream itself reads ahead no more than it is asked to.
    found = Stranger(*await asyncio.open_connection(sock=raw, limit=receives or 65536))
    try:
        yield found
    finally:
        await found.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else go on until something is so."""
    async with asyncio.timeout(PATIENCE):
        # Nothing is waited for but the loop's next turn: what is looked at has no event of its own.
        while not condition():  # noqa: ASYNC110 - as said
            await asyncio.sleep(0)


@asynccontextmanager
async def good_caller(gateway: Gateway) -> AsyncIterator[None]:
    """Ask again and again meanwhile, on new connections, and find every answer right."""
    is_over = asyncio.Event()

    async def ask() -> int:
        asked = 0
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http:
            while not (is_over.is_set() and asked):
                headers = {"Content-Type": "application/json"}
                async with http.post(f"{gateway.url}/graphql", data=QUERY, headers=headers) as response:
                    assert (response.status, await response.read()) == (200, ANSWER)
                asked += 1
        return asked

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        is_over.set()
        async with asyncio.timeout(PATIENCE):
            assert await asking > 0


async def counted(gateway: Gateway, metric: str) -> float:
    """Read one line of the metrics."""
    async with gateway.http.get(f"{gateway.url}/metrics") as response:
        assert response.status == 200
        lines = (await response.text()).splitlines()
    (found,) = [line for line in lines if line.startswith(f"{metric} ")]
    return float(found.rpartition(" ")[2])


async def refused(gateway: Gateway, reason: str) -> float:
    return await counted(gateway, f'gateway_http_refused_total{{reason="{reason}"}}')


async def until_refused(gateway: Gateway, reason: str) -> None:
    """Wait until somebody has been turned away for a reason."""
    async with asyncio.timeout(PATIENCE):
        while not await refused(gateway, reason):
            continue


@asynccontextmanager
async def descriptors(wanted: int) -> AsyncIterator[None]:
    """Let this process, which is caller and gateway at once, have so many sockets."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, hard)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
