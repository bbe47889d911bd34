"""Listeners that never read: their kernels take a little, and the rest is the gateway's to hold."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import msgspec
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from tests.transports.board import LISTEN, Served
from tests.transports.socket import PROTOCOL
from tests.transports.stream import EVENTS


@asynccontextmanager
async def deaf(served: Served) -> AsyncIterator[sockets.socket]:
    """Open a connection whose kernel takes little, and on which nobody reads what is not asked for here."""
    at = urlsplit(served.url)
    connection = sockets.socket()
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    connection.setblocking(False)  # noqa: FBT003 - a socket's own signature
    await asyncio.get_running_loop().sock_connect(connection, (at.hostname, at.port))
    with connection:
        yield connection


async def deaf_socket(served: Served, connection: sockets.socket, operations: int = 1) -> None:
    loop = asyncio.get_running_loop()
    client = ClientProtocol(parse_uri(served.socket_url), subprotocols=[PROTOCOL])  # type: ignore[list-item]  # a string is one
    client.send_request(client.connect())
    await loop.sock_sendall(connection, b"".join(client.data_to_send()))
    assert b"101" in await loop.sock_recv(connection, 4096)
    for message in (
        {"type": "connection_init"},
        *({"type": "subscribe", "id": f"{n}", "payload": {"query": LISTEN}} for n in range(1, operations + 1)),
    ):
        await loop.sock_sendall(connection, Frame(Opcode.TEXT, msgspec.json.encode(message)).serialize(mask=True))


async def deaf_stream(served: Served, connection: sockets.socket, accept: str = EVENTS) -> None:
    body = msgspec.json.encode({"query": LISTEN})
    lines = (
        "POST /graphql HTTP/1.1",
        f"Host: {urlsplit(served.url).netloc}",
        "Content-Type: application/json",
        f"Accept: {accept}",
        "",
    )
    request = "\r\n".join(lines).encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
    await asyncio.get_running_loop().sock_sendall(connection, request)
