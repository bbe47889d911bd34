"""Load shedding: so many operations run at once, a few more wait a moment in line, the rest are told to come back."""

import asyncio
from collections import deque
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.server.body import replayed
from gateway.server.reason import Reason, turned_away
from gateway.server.traffic import Traffic

OPERATIONS = 200
# Seconds that an operation waits in line.
_PATIENCE = 1.0


class Places:
    """Places for operations, and a line half as long before them; a quarter of both is for callers with a name.

    So strangers cannot keep out those whom the operator knows.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._strangers_most = most - most // 4
        self._line = max(most // 2, 1)
        self._strangers_line = self._line - self._line // 4
        self._taken = 0
        # By whether the callers have names: who has one goes first.
        self._waiting: dict[bool, deque[asyncio.Future[None]]] = {True: deque(), False: deque()}

    @property
    def in_line(self) -> int:
        return len(self._waiting[True]) + len(self._waiting[False])

    def take(self, *, named: bool) -> "asyncio.Future[None] | None":
        """Give a future that is done as soon as there is a place, or nothing where the line is full too."""
        line = self._waiting[named]
        place = asyncio.get_running_loop().create_future()
        if not line and self._is_free(named=named):
            self._taken += 1
            place.set_result(None)
            return place
        if self.in_line >= (self._line if named else self._strangers_line):
            return None
        line.append(place)
        return place

    def give_up(self, place: "asyncio.Future[None]", *, named: bool) -> None:
        """Leave the line, or the place if it came in the same moment."""
        if place.done() and not place.cancelled():
            self.leave()
        else:
            self._waiting[named].remove(place)

    def leave(self) -> None:
        """Free a place, and let in who is next."""
        self._taken -= 1
        for named, line in self._waiting.items():
            while line and self._is_free(named=named):
                self._taken += 1
                line.popleft().set_result(None)

    def _is_free(self, *, named: bool) -> bool:
        return self._taken < (self._most if named else self._strangers_most)


class Shedding:
    """Lets an operation in when there is a place for it; the place is free again once the answer begins.

    So slow readers take none. What it gets must have been read whole: slow senders take none either.
    """

    def __init__(self, app: ASGIApp, operations: int = OPERATIONS, patience: float = _PATIENCE) -> None:
        self._app = app
        self._places = Places(operations)
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traffic: Traffic = scope["state"]["traffic"]
        request = await receive()
        leave = await self.enter(traffic, named=scope["caller"].name is not None)
        if leave is None:
            # The log has a line for all of them together.
            scope["is_told"] = True
            await turned_away(Reason.OVERLOADED)(scope, receive, send)
            return

        async def leaving(message: Message) -> None:
            leave()
            await send(message)

        try:
            await self._app(scope, replayed(request, receive), leaving)
        finally:
            leave()

    async def enter(self, traffic: Traffic, *, named: bool) -> Callable[[], None] | None:
        """Take a place, and give the way to leave it; None where there is none. To leave twice is to leave once."""
        if not await self._enter(traffic, named=named):
            traffic.refused(Reason.OVERLOADED)
            return None
        traffic.operations.inc()
        is_inside = True

        def leave() -> None:
            nonlocal is_inside
            if is_inside:
                is_inside = False
                traffic.operations.dec()
                self._places.leave()

        return leave

    async def _enter(self, traffic: Traffic, *, named: bool) -> bool:
        place = self._places.take(named=named)
        if place is None:
            return False
        if not place.done():
            traffic.in_line.inc()
            try:
                # Cancelled from without, a place is not given to one who no longer waits.
                await asyncio.wait([place], timeout=self._patience)
            except asyncio.CancelledError:
                self._places.give_up(place, named=named)
                raise
            finally:
                traffic.in_line.dec()
            if not place.done():
                self._places.give_up(place, named=named)
                return False
        return True
