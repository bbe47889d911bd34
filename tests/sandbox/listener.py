"""A listener to sFOX's feed in a sandbox, who says what he is told to say and reads what comes to the letter."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from gateway.sandbox import Sandbox, credentials

FEED = "private.user.balances"


@dataclass(frozen=True)
class Listener:
    """One connection, that answers no ping by itself and shows every frame."""

    socket: "aiohttp.ClientWebSocketResponse[bool]"

    async def say(self, **message: Any) -> None:
        await self.socket.send_str(json.dumps(message))

    async def authenticate(self, token: str = credentials.SFOX_TOKEN) -> None:
        await self.say(type="authenticate", apiKey=token)

    async def subscribe(self, *feeds: str) -> None:
        await self.say(type="subscribe", feeds=list(feeds or (FEED,)))

    async def frame(self) -> Any:
        return await self.socket.receive()

    async def text(self) -> str:
        frame = await self.frame()
        assert frame.type is aiohttp.WSMsgType.TEXT, frame
        text: str = frame.data
        return text

    async def tree(self) -> Any:
        return json.loads(await self.text())

    async def acknowledged(self) -> bool:
        said = await self.tree()
        return bool(said["type"] == "success")

    async def is_all(self) -> bool:
        """Whether nothing had been said before the answer to a ping."""
        await self.socket.ping(b"all?")
        frame = await self.frame()
        return bool(frame.type is aiohttp.WSMsgType.PONG and frame.data == b"all?")


@asynccontextmanager
async def connected(sandbox: Sandbox, session: aiohttp.ClientSession) -> AsyncIterator[Listener]:
    url = sandbox.urls["sfox"] + "/ws"
    async with session.ws_connect(url, autoping=False, max_msg_size=8 * 2**20) as socket:
        yield Listener(socket)


@asynccontextmanager
async def listening(
    sandbox: Sandbox, session: aiohttp.ClientSession, token: str = credentials.SFOX_TOKEN
) -> AsyncIterator[Listener]:
    """Connect, authenticate and subscribe."""
    async with connected(sandbox, session) as listener:
        await listener.authenticate(token)
        assert await listener.acknowledged()
        await listener.subscribe()
        assert await listener.acknowledged()
        yield listener
