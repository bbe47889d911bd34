"""A WebSocket that speaks graphql-transport-ws message by message, well-behaved or not."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.transports.board import LISTEN, Served

PROTOCOL = "graphql-transport-ws"


class Socket:
    """One connection."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(msgspec.json.encode(message).decode())

    async def hear(self) -> Any:
        return msgspec.json.decode(await self.connection.recv())

    async def init(self, **payload: Any) -> None:
        await self.send(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}

    async def subscribe(self, query: str = LISTEN, id_: str = "1", **more: Any) -> None:
        await self.send(type="subscribe", id=id_, payload={"query": query, **more})

    async def figure(self, id_: str = "1") -> int:
        """Hear one event of `figure`."""
        message = await self.hear()
        assert (message["id"], message["type"]) == (id_, "next"), message
        value: int = message["payload"]["data"]["figure"]["value"]
        return value

    async def error(self, id_: str = "1") -> str:
        """Hear an operation's refusal; gives its code."""
        message = await self.hear()
        assert (message["id"], message["type"]) == (id_, "error"), message
        code: str = message["payload"][0]["extensions"]["code"]
        return code

    async def closed(self) -> tuple[int | None, str | None]:
        """Hear whatever comes until the other side closes; gives its code and reason."""
        with suppress(ConnectionClosed):
            while True:
                await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


@asynccontextmanager
async def opened(served: Served, protocol: str = PROTOCOL, **headers: str) -> AsyncIterator[Socket]:
    """Open a connection; what is asked over it must be begun with `init`."""
    async with connect(
        served.socket_url,
        subprotocols=[protocol],  # type: ignore[list-item]  # a string is one
        additional_headers={name.replace("_", "-"): value for name, value in headers.items()},
        open_timeout=20,
    ) as connection:
        yield Socket(connection)


@asynccontextmanager
async def listening(served: Served, payload: Mapping[str, Any] | None = None) -> AsyncIterator[Socket]:
    """Open a connection that is ready for operations."""
    async with opened(served) as socket:
        await socket.init(**(payload or {}))
        yield socket
