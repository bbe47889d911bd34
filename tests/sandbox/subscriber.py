"""A subscriber who speaks plain JSON-RPC over a WebSocket of the sandbox's node."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from gateway.sandbox import addresses
from tests.sandbox.caller import Caller

PARSED = {"encoding": "jsonParsed", "commitment": "confirmed"}


@dataclass
class Subscriber:
    """One connection; what it hears besides the replies it waits for is kept in order."""

    socket: aiohttp.ClientWebSocketResponse
    heard: list[Any] = field(default_factory=list)

    async def ask(self, method: str, *params: Any, call_id: Any = 1) -> Any:
        await self.send({"jsonrpc": "2.0", "id": call_id, "method": method, "params": list(params)})
        return await self.reply()

    async def send(self, tree: Any) -> None:
        await self.socket.send_str(json.dumps(tree))

    async def reply(self) -> Any:
        while True:
            tree = await self.hear()
            if not (isinstance(tree, dict) and "method" in tree):
                return tree
            self.heard.append(tree)

    async def hear(self) -> Any:
        return json.loads(await self.socket.receive_str(), parse_float=Decimal)

    async def watch(self, address: str = addresses.TOKEN_ACCOUNT, config: Any = PARSED) -> int:
        subscription: int = (await self.ask("accountSubscribe", address, config))["result"]
        return subscription

    async def told(self) -> tuple[int, str | None]:
        """The slot and the amount of the next notification; None where the account is gone."""
        tree = self.heard.pop(0) if self.heard else await self.hear()
        assert tree["method"] == "accountNotification"
        result = tree["params"]["result"]
        value = result["value"]
        amount = value["data"]["parsed"]["info"]["tokenAmount"]["amount"] if value["lamports"] else None
        return result["context"]["slot"], amount


@asynccontextmanager
async def open_subscriber(caller: Caller, query: str = "", **options: Any) -> AsyncIterator[Subscriber]:
    async with caller.session.ws_connect(caller.sandbox.feeds["solana"] + query, **options) as socket:
        yield Subscriber(socket)


async def change(caller: Caller, amount: str, account: str = addresses.TOKEN_ACCOUNT) -> None:
    await caller.order("solana", balance={"tokenAccount": account, "amount": amount})
