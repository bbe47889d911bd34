"""The road to a provider, byte by byte: it can be slow on the way back, cut, and closed for a while."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_CHUNK = 65536


class Road:
    """Passes bytes on, in their order."""

    def __init__(self, url: str) -> None:
        self._behind = urlsplit(url)
        self.url = ""
        # Seconds that every byte takes on its way back.
        self.delay = 0.0
        self._is_closed = False
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def connections(self) -> int:
        return len(self._writers) // 2

    def cut(self) -> None:
        """Break every connection, as a cable does: nobody is told why."""
        for writer in self._writers:
            writer.transport.abort()

    def close(self) -> None:
        """Break every connection, and let nobody through."""
        self._is_closed = True
        self.cut()

    def open(self) -> None:
        self._is_closed = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_closed:
            writer.transport.abort()
            return
        there, here = await asyncio.open_connection(self._behind.hostname, self._behind.port)
        self._writers |= {writer, here}
        try:
            await asyncio.gather(self._forth(reader, here), self._back(there, writer))
        finally:
            self._writers -= {writer, here}
            for each in (writer, here):
                each.transport.abort()

    async def _forth(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                writer.write(chunk)
                await writer.drain()
        writer.transport.abort()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        sending = asyncio.create_task(self._send(waiting, writer))
        now = asyncio.get_running_loop().time
        chunk = b"-"
        while chunk:
            chunk = b""
            with suppress(ConnectionError):
                chunk = await reader.read(_CHUNK)
            waiting.put_nowait((now() + self.delay, chunk))
        await sending

    async def _send(self, waiting: "asyncio.Queue[tuple[float, bytes]]", writer: asyncio.StreamWriter) -> None:
        now = asyncio.get_running_loop().time
        while True:
            at, chunk = await waiting.get()
            await asyncio.sleep(max(at - now(), 0))
            if not chunk:
                writer.transport.abort()
                return
            with suppress(ConnectionError):
                writer.write(chunk)
                await writer.drain()


@asynccontextmanager
async def road_to(url: str) -> AsyncIterator[Road]:
    """Build a road that begins on a free port of its own."""
    road = Road(url)
    server = await asyncio.start_server(road.pass_on, "127.0.0.1", 0)
    road.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield road
    finally:
        server.close()
        road.cut()
        await server.wait_closed()
