"""The node's pubsub: account subscriptions over WebSockets, told of each change and of nothing else."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from aiohttp import web

from gateway.sandbox.fault import RPC_FAULTS
from gateway.sandbox.provider import demand
from gateway.sandbox.solana import envelope
from gateway.sandbox.solana.connection import Connection, Watch
from gateway.sandbox.solana.envelope import METHOD_NOT_FOUND, RpcCall, RpcError, invalid_params
from gateway.sandbox.solana.methods import Methods
from gateway.sandbox.solana.parameters import Config, config, counted, subscription_number, watched_key
from gateway.sandbox.wire import Call, Json, number

if TYPE_CHECKING:
    from gateway.sandbox.solana.node import SolanaNode

UPGRADE: Final = "WS /"
NOTIFICATION: Final = "accountNotification"
PUBSUB_METHODS: Final = ("accountSubscribe", "accountUnsubscribe")
PUBSUB_ROUTES: Final = (UPGRADE, *PUBSUB_METHODS, NOTIFICATION)
# The first subscription of the documented example.
_FIRST_NUMBER = 23784
_REFUSED = RpcError(-32603, "Internal Error: Subscription refused. Node subscription limit reached")
_NOT_JSON = b"this is not JSON"
_OF_ANY_MESSAGE = ("disconnect", "silence", "truncated", "oversize", "not-json", "wrong-type", "wrong-id", "duplicate")
_OF_REPLIES = (
    *_OF_ANY_MESSAGE,
    *RPC_FAULTS,
    "error-in-200",
    "missing-field",
    "float-amount",
    "hang",
    "refused",
    "early",
)
_OF_NOTIFICATIONS = (*_OF_ANY_MESSAGE, "missing-field", "float-amount", "gap", "reordered")


class Pubsub:
    """Connections to the node, and who is told what.

    As in the node, whoever asks for the same is given the same number, on one connection or on several.
    """

    def __init__(self, node: "SolanaNode") -> None:
        self._node = node
        self._connections: list[Connection] = []
        self._numbers: dict[tuple[str, Config], int] = {}
        self._next = _FIRST_NUMBER

    def admit(self, call: Call) -> None:
        self._node.require_key(call)
        demand(holds=call.path == "/", reply=self._node.error(404))
        most = self._node.modes["max_connections"]
        demand(holds=len(self._connections) < most, reply=self._node.error(429))

    async def serve(self, request: web.Request, closing: asyncio.Event) -> web.StreamResponse:
        connection = Connection(self._node.delay)
        self._connections.append(connection)
        try:
            return await connection.serve(request, lambda body: self._hear(connection, body), closing)
        finally:
            self._connections.remove(connection)

    def shown(self) -> Json:
        return [connection.shown() for connection in self._connections]

    def hang_up(self) -> None:
        for connection in self._connections:
            connection.hang_up()

    def publish(self) -> None:
        """Tell every subscriber whose account is no longer as it was told."""
        for connection in self._connections:
            for subscription, watch in connection.watches.items():
                self._notify(connection, subscription, watch)

    def _notify(self, connection: Connection, subscription: int, watch: Watch) -> None:
        modified = self._modified(watch.address, watch.options)
        if modified == watch.modified:
            return
        watch.modified = modified
        self._node.calls[NOTIFICATION] += 1
        fault = self._node.plan.take([NOTIFICATION], _OF_NOTIFICATIONS)
        tree = self._notification(subscription, watch)
        if fault == "reordered":
            connection.hold(self._node.encode(tree))
        elif fault != "gap":
            self._send(connection, _spoilt(tree, fault), fault, connection.say_in_turn)

    def _notification(self, subscription: int, watch: Watch) -> dict[str, Json]:
        result = self._methods().watched(watch.address, watch.options)
        return {"jsonrpc": "2.0", "method": NOTIFICATION, "params": {"result": result, "subscription": subscription}}

    def _hear(self, connection: Connection, body: bytes) -> None:
        body.decode()
        try:
            told = envelope.read(body)
        except RpcError as refused:
            connection.say(self._node.encode(envelope.error(None, refused)))
            return
        calls = told if isinstance(told, list) else [told]
        routes = [call.method if call.method in PUBSUB_METHODS else "(unknown method)" for call in calls]
        self._node.calls.update(routes)
        fault = self._node.plan.take(routes, _OF_REPLIES)
        replies = [self._one(connection, call, fault) for call in calls]
        said: list[Json] = [reply for reply, call in zip(replies, calls, strict=True) if not call.notification]
        if said and fault != "hang":
            self._send(connection, said if isinstance(told, list) else said[0], fault, connection.say)

    def _one(self, connection: Connection, call: RpcCall, fault: str | None) -> Json:
        try:
            if fault == "refused":
                raise _REFUSED
            if fault is not None and (fault.startswith("rpc-") or fault == "error-in-200"):
                # Whatever the node would have said, a proxy says this.
                return self._node.spoil(envelope.result(call, None), fault)
            reply = envelope.result(call, self._result(connection, call))
        except RpcError as refused:
            reply = envelope.error(call.id, refused)
        if fault == "early" and type(reply.get("result")) is int:
            self._tell_at_once(connection, reply["result"])
        return self._node.spoil(reply, fault) if fault else reply

    def _tell_at_once(self, connection: Connection, subscription: int) -> None:
        tree = self._notification(subscription, connection.watches[subscription])
        connection.say(self._node.encode(tree))

    def _result(self, connection: Connection, call: RpcCall) -> Json:
        if call.refusal is not None:
            raise call.refusal
        method = _METHODS.get(call.method)
        if method is None or call.method in self._node.modes["methods_off"]:
            raise RpcError(*METHOD_NOT_FOUND)
        return method(self, connection, call.params)

    def _subscribe(self, connection: Connection, params: Json) -> int:
        """A minContextSlot is ignored, the state at the beginning is not told."""
        told, told_config = counted(params, 1, 2)
        address, options = watched_key(told), config(told_config)
        if len(connection.watches) >= self._node.modes["max_subscriptions"]:
            raise _REFUSED
        subscription = self._number(address, options)
        if subscription not in connection.watches:
            connection.watches[subscription] = Watch(address, options, self._modified(address, options))
        return subscription

    def _unsubscribe(self, connection: Connection, params: Json) -> bool:
        (told,) = counted(params, 1, 1)
        if connection.watches.pop(subscription_number(told), None) is None:
            raise invalid_params("Invalid subscription id.")
        return True

    def _number(self, address: str, options: Config) -> int:
        watched = {subscription for connection in self._connections for subscription in connection.watches}
        asked = (address, options)
        if self._numbers.get(asked) not in watched:
            self._numbers[asked] = self._next
            self._next += 1
        return self._numbers[asked]

    def _modified(self, address: str, options: Config) -> int | None:
        return self._node.ledger.solana.modified_at(address, options.commitment)

    def _methods(self) -> Methods:
        return Methods(self._node.ledger.solana, max_accounts=self._node.modes["max_accounts"])

    def _send(self, connection: Connection, tree: Json, fault: str | None, say: Callable[[bytes], None]) -> None:
        body = self._node.encode(tree)
        match fault:
            case "disconnect":
                connection.hang_up()
            case "silence":
                connection.fall_silent()
            case "truncated":
                connection.say_half(body)
            case "oversize":
                connection.say_too_much(body)
            case "not-json":
                connection.say(_NOT_JSON)
            case "duplicate":
                connection.say(body)
                say(body)
            case _:
                say(body)


_METHODS: Final[Mapping[str, Callable[[Pubsub, Connection, Json], Json]]] = {
    "accountSubscribe": Pubsub._subscribe,  # noqa: SLF001 - a table of its own methods
    "accountUnsubscribe": Pubsub._unsubscribe,  # noqa: SLF001 - likewise
}


def _spoilt(tree: dict[str, Json], fault: str | None) -> Json:
    """A notification with one thing wrong; of an account that is gone, the lamports."""
    params = tree["params"]
    account = params["result"]["value"]
    match fault:
        case "wrong-type":
            return []
        case "wrong-id":
            params["subscription"] += 1_000_000
        case "missing-field":
            del account["data"]
        case "float-amount":
            account["lamports"] = number("0.5")
    return tree
