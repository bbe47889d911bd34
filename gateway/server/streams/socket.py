"""One caller's WebSocket, over which operations are asked and answered as the protocol graphql-transport-ws says."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import msgspec
from cross_web import HTTPException
from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from gateway.domain.caller import Caller
from gateway.schema.context import Context
from gateway.schema.errors import CallerError, ErrorCode
from gateway.schema.schema import GatewaySchema
from gateway.server.answer import answer_of, is_refused
from gateway.server.asked import as_asked, decode_json
from gateway.server.callers import BadKey, Callers, CannotTell
from gateway.server.masking import unforeseen
from gateway.server.operation import execute, only, subscribe
from gateway.server.parts import Parts
from gateway.server.reason import Reason
from gateway.server.shedding import Shedding
from gateway.server.streams.standing import Standing

PROTOCOL = "graphql-transport-ws"
# Seconds from the handshake to `connection_init`.
INIT_TIME = 10.0
# The codes that the protocol gives, and two of RFC 6455's registry.
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NO_PROTOCOL, TOO_LATE, ID_TAKEN, TWO_INITS = (
    *(4400, 4401, 4403, 4406, 4408, 4409),
    4429,
)
TRY_AGAIN = 1013
_LONGEST_REASON = 120
_AT_ONCE = {OperationType.QUERY, OperationType.MUTATION}


class Closed(Exception):
    """Ends a connection, with the code and the reason that its caller is given."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code)
        self.code = code
        # A close frame holds no more; all reasons are ASCII.
        self.reason = reason[:_LONGEST_REASON]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a connection speaks for: whose operations run, against what, and how many at once."""

    schema: GatewaySchema
    callers: Callers
    shedding: Shedding
    operations: int
    init_time: float


class Socket:
    """One connection; what is read from it is read only as fast as what it caused is done."""

    def __init__(self, websocket: WebSocket, terms: Terms) -> None:
        self._websocket = websocket
        self._terms = terms
        self._parts: Parts = websocket.state.parts
        self._caller: Caller | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._watching: asyncio.Task[None] | None = None
        # Set by what ends the connection besides its reader.
        self._end: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        # Held by what is sent: all that wait for a reader would be written at once when it reads again.
        self._turn = asyncio.Lock()
        self.asked = 0

    @property
    def caller(self) -> Caller | None:
        """Who it is; None until that was said."""
        return self._caller

    @property
    def is_idle(self) -> bool:
        return not self._running

    def end(self, closed: Closed) -> None:
        """Have the connection closed from without."""
        if not self._end.done():
            self._end.set_result(closed)

    async def run(self) -> int:
        """Serve the connection until it ends, and give the code that it was closed with."""
        timer = asyncio.get_running_loop().call_later(self._terms.init_time, self._no_init)
        reading = asyncio.create_task(self._read())
        try:
            ends: set[asyncio.Future[Any]] = {reading, self._end}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            await _cancelled(*([self._watching] if self._watching else []), *self._running.values())
            # Nobody sends any more: what is closed now is closed last.
            if not reading.done():
                await _cancelled(reading)
        closed = self._end.result() if self._end.done() else reading.result()
        if isinstance(closed, Closed):
            await self._close(closed)
            return closed.code
        return closed

    def _no_init(self) -> None:
        if self._caller is None:
            self.end(Closed(TOO_LATE, "Connection initialisation timeout"))

    async def _close(self, closed: Closed) -> None:
        try:
            await self._websocket.close(closed.code, closed.reason)
        except (WebSocketDisconnect, RuntimeError):
            # It has been closed from the other side in the meantime.
            return

    async def _read(self) -> Closed | int:
        try:
            while True:
                await self._take(_message(await self._websocket.receive()))
        except WebSocketDisconnect as gone:
            return gone.code
        except Closed as closed:
            return closed

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._init(message.get("payload"))
            case {"type": "ping"}:
                await self._send({"type": "pong"})
            case {"type": "pong"}:
                return
            case {"type": "subscribe", "id": str(id_), "payload": dict(payload)} if id_:
                self._subscribe(id_, payload)
            case {"type": "complete", "id": str(id_)}:
                if id_ in self._running:
                    await _cancelled(self._running.pop(id_))
            case _:
                raise Closed(BAD_REQUEST, "This is no message of graphql-transport-ws.")

    async def _init(self, payload: object) -> None:
        if self._caller is not None:
            raise Closed(TWO_INITS, "Too many initialisation requests")
        shown = _shown(self._websocket, payload)
        try:
            self._caller = await self._terms.callers.identify(shown)
        except BadKey as wrong:
            raise Closed(FORBIDDEN, str(wrong)) from None
        except CannotTell as trouble:
            raise Closed(TRY_AGAIN, str(trouble)) from None
        if self._caller.expires_at is not None:
            self._watching = asyncio.create_task(self._watch(Standing(self._terms.callers, self._caller, shown)))
        await self._send({"type": "connection_ack"})

    async def _watch(self, standing: Standing) -> None:
        """End all that runs once the caller is known no longer, and then the connection."""
        error = await standing.lost(self._parts.clock)
        running, self._running = self._running, {}
        await _cancelled(*running.values())
        for id_ in running:
            await self._refuse(id_, [error])
        self.end(Closed(FORBIDDEN, error.message))

    def _subscribe(self, id_: str, payload: Mapping[str, Any]) -> None:
        if self._caller is None:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        if id_ in self._running:
            raise Closed(ID_TAKEN, f"Subscriber for {ascii(id_)[1:-1]} already exists")
        try:
            asked = as_asked(payload)
        except HTTPException as wrong:
            raise Closed(BAD_REQUEST, wrong.reason) from None
        self.asked += 1
        task = asyncio.create_task(self._operate(id_, asked, self._caller))
        self._running[id_] = task

    async def _operate(self, id_: str, asked: GraphQLRequestData, caller: Caller) -> None:
        try:
            leave = await self._enter(caller)
            try:
                await self._tell(id_, asked, caller, leave)
            finally:
                leave()
        except WebSocketDisconnect:
            # Whoever reads finds that out too, and ends the rest.
            return
        except CallerError as refused:
            await self._refuse(id_, [refused])
        except Exception as fault:  # noqa: BLE001 - whatever it is, the caller is told its reference and no more
            await self._refuse(id_, [unforeseen(fault)])

    async def _enter(self, caller: Caller) -> Callable[[], None]:
        """Take a place for an operation, and give the way to leave it; raises `CallerError` where there is none."""
        most = self._terms.operations
        if len(self._running) > most:
            raise CallerError(
                ErrorCode.LIMIT_EXCEEDED,
                f"At most {most} operations may run at once over one connection.",
                limit="maxSubscriptionsPerConnection",
                maximum=most,
            )
        leave = await self._terms.shedding.enter(self._websocket.state.traffic, named=caller.name is not None)
        if leave is None:
            raise CallerError(Reason.OVERLOADED.code, Reason.OVERLOADED.message)
        return leave

    async def _tell(self, id_: str, asked: GraphQLRequestData, caller: Caller, leave: Callable[[], None]) -> None:
        """Send the results; a subscription leaves its place, for it is others who work for it."""
        async with aclosing(await self._results(asked, self._parts.context(caller), leave)) as results:
            async for result in results:
                answer = answer_of(result)
                if is_refused(result):
                    await self._last(id_, {"id": id_, "type": "error", "payload": answer["errors"]})
                    return
                await self._send({"id": id_, "type": "next", "payload": answer})
        await self._last(id_, {"id": id_, "type": "complete"})

    async def _results(
        self, asked: GraphQLRequestData, context: Context, leave: Callable[[], None]
    ) -> AsyncGenerator[ExecutionResult, None]:
        try:
            return only(await execute(self._terms.schema, asked, context, _AT_ONCE))
        except HTTPException as wrong:
            raise CallerError(ErrorCode.BAD_REQUEST, wrong.reason) from None
        except InvalidOperationTypeError:
            leave()
            return await subscribe(self._terms.schema, asked, context)

    async def _refuse(self, id_: str, errors: list[GraphQLError]) -> None:
        try:
            await self._last(id_, {"id": id_, "type": "error", "payload": [each.formatted for each in errors]})
        except WebSocketDisconnect:
            return

    async def _last(self, id_: str, message: Mapping[str, object]) -> None:
        """Send what ends an operation; from then on its id may be another's."""
        self._running.pop(id_, None)
        await self._send(message)

    async def _send(self, message: Mapping[str, object]) -> None:
        # Waits where the caller does not read, and whoever made the message with it.
        async with self._turn:
            await self._websocket.send_text(msgspec.json.encode(message).decode())


def _message(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event["code"])
    text = event.get("text")
    if text is None:
        raise Closed(BAD_REQUEST, "A message is text.")
    try:
        message = decode_json(text, "The message")
    except HTTPException as wrong:
        raise Closed(BAD_REQUEST, wrong.reason) from None
    if not isinstance(message, dict):
        raise Closed(BAD_REQUEST, "A message is a JSON object.")
    return message


def _shown(websocket: WebSocket, payload: object) -> str | None:
    """Find what a caller shows, in the handshake's headers or in the payload of `connection_init`.

    Of several different ones, another reader might take another one: together they are nobody's key.
    """
    if not isinstance(payload, dict | None):
        raise Closed(BAD_REQUEST, "The payload of connection_init is an object.")
    told = [value for name, value in (payload or {}).items() if name.lower() == "authorization" and value is not None]
    if not all(isinstance(each, str) for each in told):
        raise Closed(BAD_REQUEST, "Authorization is a string.")
    found = dict.fromkeys([*websocket.headers.getlist("authorization"), *told])
    return ", ".join(found) if found else None


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    for each in tasks:
        each.cancel()
    if tasks:
        await asyncio.wait(tasks)
