"""Whoever listens: one subscription over a WebSocket of its own, and what it last heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.live.witness import Witness
from tests.live.world import Shown, Subject
from tests.running import Gateway
from tests.transports.socket import PROTOCOL, Socket


class Listener:
    """Hears events until it leaves; that they end by themselves is a complaint."""

    def __init__(self, name: str, subject: Subject, witness: Witness) -> None:
        self.name = name
        self.subject = subject
        self.last: Shown | None = None
        # The code of a closing that the test has called for.
        self.closed_with: int | None = None
        self.may_be_closed = False
        self._witness = witness

    async def hear(self, connection: ClientConnection) -> None:
        """Hear whatever comes."""
        with suppress(ConnectionClosed):
            while True:
                message = msgspec.json.decode(await connection.recv())
                if message["type"] != "next" or "errors" in message["payload"]:
                    self._witness.complaints.append(f"{self.name}: {message}")
                    return
                self.last = self.subject.shown(message["payload"]["data"])
                self._witness.heard(self.name, self.subject, self.last)
        self.closed_with = connection.close_code
        if not self.may_be_closed:
            self._witness.complaints.append(f"{self.name}: closed with {connection.close_code}")


@asynccontextmanager
async def listening_to(gateway: Gateway, subject: Subject, name: str, witness: Witness) -> AsyncIterator[Listener]:
    """Listen to a subject."""
    listener = Listener(name, subject, witness)
    url = f"{gateway.url.replace('http', 'ws', 1)}/graphql"
    async with connect(url, subprotocols=[PROTOCOL], open_timeout=60, ping_interval=None) as connection:  # type: ignore[list-item]  # a string is one
        socket = Socket(connection)
        await socket.init(Authorization=f"Bearer {subject.key}")
        await socket.subscribe(subject.subscription)
        hearing = asyncio.create_task(listener.hear(connection))
        try:
            yield listener
        finally:
            hearing.cancel()
            await asyncio.wait({hearing})
