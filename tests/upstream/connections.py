"""A server below HTTP libraries: it decides for each connection, and each request on it, which bytes go out if any."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Death(Enum):
    """How a connection ends without an answer."""

    CLOSED = auto()
    RESET = auto()
    SILENT = auto()  # open, and not a byte


# What goes out for a request, by the number of its connection and its own number there, both counted from 0.
Behaviour: TypeAlias = Callable[[int, int], bytes | Death]


@dataclass
class Connections:
    """The server while it is open; `served` holds the numbers of each request, in the order they came."""

    behaviour: Behaviour
    url: str = ""
    opened: int = 0
    served: list[tuple[int, int]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    _closing: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set["asyncio.Task[None] | None"] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        connection, self.opened = self.opened, self.opened + 1
        number = 0
        while (body := await _read(reader)) is not None:
            self.served.append((connection, number))
            self.bodies.append(body)
            answer = self.behaviour(connection, number)
            if isinstance(answer, Death):
                await self._die(writer, answer)
                break
            writer.write(answer)
            number += 1
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def close(self) -> None:
        """Let go of the silent, and wait for every connection's end."""
        self._closing.set()
        await asyncio.gather(*(task for task in self._tasks if task))

    async def _die(self, writer: asyncio.StreamWriter, death: Death) -> None:
        if death is Death.SILENT:
            await self._closing.wait()
        if death is Death.RESET:
            wire: socket.socket = writer.get_extra_info("socket")
            # Lingering for no time at all makes of the close a reset.
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _read(reader: asyncio.StreamReader) -> bytes | None:
    """Read one request, and give its body; None where the connection is over."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return await reader.readexactly(int(lengths[0].partition(b":")[2]) if lengths else 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


@asynccontextmanager
async def serve_connections(behaviour: Behaviour) -> AsyncIterator[Connections]:
    """Serve on a free port of loopback."""
    connections = Connections(behaviour)
    server = await asyncio.start_server(connections.serve, "127.0.0.1", 0)
    connections.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        try:
            yield connections
        finally:
            await connections.close()
