"""One streamed HTTP response, read piece by piece."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import msgspec

from tests.transports.board import LISTEN, Served

EVENTS = "text/event-stream"
PARTS = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9"
_PART = b"\r\ncontent-type: application/json\r\n\r\n"


class Stream:
    """What comes of a response; every piece is taken to its end and no further."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def piece(self) -> bytes:
        """Read up to the next mark that ends a piece, which is left out."""
        mark = b"\n\n" if self.response.content_type == EVENTS else b"\r\n--graphql"
        return (await self.response.content.readuntil(mark)).removesuffix(mark)

    async def event(self) -> Any:
        """Read the next answer, past heartbeats."""
        while True:
            piece = await self.piece()
            if piece.startswith(b"event: next\ndata: "):
                return msgspec.json.decode(piece.removeprefix(b"event: next\ndata: "))
            if piece.startswith(_PART) and piece != _PART + b"{}":
                return msgspec.json.decode(piece.removeprefix(_PART))
            assert piece in (b"", b":", _PART + b"{}"), piece

    async def figure(self) -> int:
        event = await self.event()
        value: int = event.get("payload", event)["data"]["figure"]["value"]
        return value

    async def rest(self) -> bytes:
        return await self.response.content.read()


@asynccontextmanager
async def streamed(
    served: Served, query: str = LISTEN, *, accept: str = EVENTS, key: str | None = None, method: str = "POST"
) -> AsyncIterator[Stream]:
    """Ask for a stream."""
    headers = {"Accept": accept, **({"Authorization": f"Bearer {key}"} if key else {})}
    sent: dict[str, Any] = {"json": {"query": query}} if method == "POST" else {"params": {"query": query}}
    async with served.http.request(method, served.url, headers=headers, **sent) as response:
        yield Stream(response)
