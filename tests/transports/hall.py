"""Many who listen to one thing over a few WebSockets, and what each of them has heard."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from tests.running import Gateway
from tests.transports.socket import PROTOCOL


class _Message(msgspec.Struct):
    """What comes over a WebSocket; the payload is left as it was written."""

    type: str
    id: str = ""
    payload: msgspec.Raw = msgspec.Raw()


_DECODER = msgspec.json.Decoder(_Message)


class Hall:
    """Listeners by the number of their WebSocket and the id of their operation."""

    def __init__(self) -> None:
        self.heard: dict[tuple[int, str], list[Any]] = {}
        self._kinds: set[str] = set()
        self._moved = asyncio.Event()

    async def until_each_has_heard(self, count: int, among: int) -> None:
        """Wait until each of so many listeners has heard at least so many events."""
        async with asyncio.timeout(120):
            while len(self.heard) < among or min(map(len, self.heard.values())) < count:
                self._moved.clear()
                await self._moved.wait()

    def told(self) -> list[Any]:
        """Give what every listener has heard, which must be the same for all, and nothing but events."""
        assert self._kinds == {"next"}
        one, *others = self.heard.values()
        assert all(each == one for each in others)
        return one

    async def sit(self, number: int, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            message = _DECODER.decode(frame.data)
            self._kinds.add(message.type)
            self.heard.setdefault((number, message.id), []).append(msgspec.json.decode(message.payload))
            self._moved.set()


@asynccontextmanager
async def seated(
    gateway: Gateway, query: str, variables: Mapping[str, Any] | None, key: str | None, *, sockets: int, each: int
) -> AsyncIterator[Hall]:
    """Seat listeners, so many over each of so many WebSockets."""
    hall = Hall()
    sitting = []
    async with AsyncExitStack() as stack:
        for number in range(sockets):
            connecting = gateway.http.ws_connect(f"{gateway.url}/graphql", protocols=[PROTOCOL])
            socket = await stack.enter_async_context(connecting)
            payload = {"Authorization": f"Bearer {key}"} if key else {}
            await socket.send_json({"type": "connection_init", "payload": payload})
            assert (await socket.receive_json())["type"] == "connection_ack"
            sitting.append(asyncio.create_task(hall.sit(number, socket)))
            asked = {"query": query, "variables": variables}
            for id_ in range(each):
                await socket.send_json({"type": "subscribe", "id": str(id_), "payload": asked})
        try:
            yield hall
        finally:
            for task in sitting:
                task.cancel()
            await asyncio.wait(sitting)
