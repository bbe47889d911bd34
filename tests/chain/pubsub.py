"""Account subscriptions over WebSockets: after each transaction, whoever watches a changed account is told."""

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web
from solders.pubkey import Pubkey

from tests.chain.accounts import JSON
from tests.chain.params import RpcError, check_count, read_config, read_pubkey

if TYPE_CHECKING:
    from tests.chain.node import Node

_GONE: JSON = {
    "lamports": 0,
    "owner": "11111111111111111111111111111111",
    "data": ["", "base64"],
    "executable": False,
    "rentEpoch": 0,
    "space": 0,
}


@dataclass
class _Watch:
    """A subscription: what is watched, where that is told, and how it was."""

    address: Pubkey
    encoding: str
    outbox: "asyncio.Queue[Any]"
    seen: JSON | None


class Pubsub:
    """Who watches what on one node."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._numbers = itertools.count(23784)
        self._watches: dict[int, _Watch] = {}

    def publish(self) -> None:
        """Tell of every account that is no longer as it was."""
        for number, watch in self._watches.items():
            present = self._node.account(watch.address, watch.encoding)
            if present != watch.seen:
                watch.seen = present
                result = {"context": {"slot": self._node.slot}, "value": present or _GONE}
                params = {"result": result, "subscription": number}
                watch.outbox.put_nowait({"jsonrpc": "2.0", "method": "accountNotification", "params": params})

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Upgrade, and answer until the other side leaves."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        outbox: asyncio.Queue[Any] = asyncio.Queue()
        writing = asyncio.create_task(_write(socket, outbox))
        try:
            async for message in socket:
                outbox.put_nowait(self._reply(msgspec.json.decode(message.data), outbox))
        finally:
            self._watches = {number: each for number, each in self._watches.items() if each.outbox is not outbox}
            writing.cancel()
            await asyncio.wait({writing})
        return socket

    def _reply(self, call: Any, outbox: "asyncio.Queue[Any]") -> JSON:
        try:
            result = self._result(call["method"], call["params"], outbox)
        except RpcError as problem:
            return {"jsonrpc": "2.0", "error": {"code": problem.code, "message": problem.message}, "id": call["id"]}
        return {"jsonrpc": "2.0", "result": result, "id": call["id"]}

    def _result(self, method: str, params: list[Any], outbox: "asyncio.Queue[Any]") -> int | bool:
        if method == "accountUnsubscribe":
            check_count(params, 1, 1)
            if self._watches.pop(params[0], None) is None:
                raise RpcError(-32602, "Invalid subscription id.")
            return True
        if method != "accountSubscribe":
            raise RpcError(-32601, "Method not found")
        check_count(params, 1, 2)
        address = read_pubkey(params[0])
        encoding = read_config(params[1:], self._node.slot).get("encoding") or "binary"
        number = next(self._numbers)
        self._watches[number] = _Watch(address, encoding, outbox, self._node.account(address, encoding))
        return number


async def _write(socket: web.WebSocketResponse, outbox: "asyncio.Queue[Any]") -> None:
    while True:
        await socket.send_str(msgspec.json.encode(await outbox.get()).decode())
