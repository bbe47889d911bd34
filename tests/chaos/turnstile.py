"""A turnstile before a provider: bytes pass as they are, and who asked and when is written down."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from yarl import URL

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CREDENTIAL = re.compile(rb"\r\nauthorization: *([^\r]*)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Passage:
    """One request: when its head had come, in seconds since 1970, and the credential in it."""

    at: float
    credential: str


@dataclass(slots=True)
class Turnstile:
    """Stands before one provider while it is open."""

    behind: str
    url: str = ""
    passages: list[Passage] = field(default_factory=list)
    _inside: set["asyncio.Task[None]"] = field(default_factory=set)

    async def let_in(self, caller: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)
        host = URL(self.behind)
        provider, onward = await asyncio.open_connection(host.host, host.port)
        ways = (
            asyncio.create_task(self._pass_on(caller, onward, bytearray())),
            asyncio.create_task(self._pass_on(provider, back, None)),
        )
        # Whoever leaves first ends it for both.
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for writer in (onward, back):
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def left(self) -> None:
        """Wait until every connection through here is closed."""
        while self._inside:
            await asyncio.wait(self._inside)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, unread: bytearray | None
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await reader.read(_CHUNK):
                if unread is not None:
                    unread += chunk
                    self._write_down(unread)
                writer.write(chunk)
                await writer.drain()

    def _write_down(self, unread: bytearray) -> None:
        """Take whole requests off the front of what has come."""
        while (end := unread.find(_HEAD_END)) >= 0:
            head = bytes(unread[:end])
            told, credential = _LENGTH.search(head), _CREDENTIAL.search(head)
            whole = end + len(_HEAD_END) + (int(told[1]) if told else 0)
            if len(unread) < whole:
                return
            del unread[:whole]
            self.passages.append(Passage(time.time(), credential[1].decode() if credential else ""))


@asynccontextmanager
async def open_turnstile(behind: str) -> AsyncIterator[Turnstile]:
    """Open on a free port of loopback, before the provider at a URL."""
    turnstile = Turnstile(behind)
    server = await asyncio.start_server(turnstile.let_in, "127.0.0.1", 0)
    turnstile.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield turnstile


def most_within(times: list[float], seconds: float) -> int:
    """Count the most requests that any stretch of so many seconds has seen."""
    ordered = sorted(times)
    most = first = 0
    for last, at in enumerate(ordered):
        while at - ordered[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most
