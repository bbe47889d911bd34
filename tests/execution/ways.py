"""The whole way, the middle one and the short one side by side, for bodies that nobody has sent before."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from unittest import mock

from gateway.domain.caller import Caller
from gateway.server.midway import Midway
from tests.execution import figures
from tests.execution.wire import Response, Server, Wire, body, request

# Makes bodies that differ, and ask the same.
Write: TypeAlias = Callable[[int], bytes]


def asking(text: str, sent: Any, **more: Any) -> Write:
    return lambda number: body(text, sent, **{"extensions": {"number": number}, **more})


async def nothing(*_: Any) -> None:
    """Leave all to the whole way."""


class Ways:
    """A server, asked the same on all ways; `seen` counts the ways that answers took."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen: Counter[str] = Counter()

    async def warm(self, text: str, sent: Mapping[str, Any], **more: Any) -> None:
        """Let a document be compiled."""
        for number in range(3):
            await self._ask(self.server.connect(), asking(text, sent, **more)(-number), figures.ANONYMOUS)

    async def agree(self, write: Write, caller: Caller = figures.ANONYMOUS, **more: str) -> Response:
        """Ask by a head that is new, and then by one that is known; gives the answer to the latter."""
        with mock.patch.object(Midway, "answer", nothing):
            whole = await self._ask(self.server.connect(), write(1), caller, **more)
        assert not whole.at_once
        before = self.server.world.asked
        middle = await self._ask(self.server.connect(), write(333), caller, **more)
        # What had to be read anew may be another figure.
        if self.server.world.asked == before:
            assert middle.told == whole.told, write(333)
        known = self.server.connect()
        await self._ask(known, body("{ __typename }"), caller, **more)
        before = self.server.world.asked
        other = await self._ask(known, write(22), caller, **more)
        if other.at_once or self.server.world.asked == before:
            assert other.told == middle.told, write(22)
        self.seen["at once" if other.at_once else "whole"] += 1
        for _ in range(3):
            self.server.wires.pop().close()
        return other

    async def _ask(self, wire: Wire, content: bytes, caller: Caller, **more: str) -> Response:
        (response,) = await wire.send(request(content, caller, **more))
        await self.server.world.landed()
        return response
