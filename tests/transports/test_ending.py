"""Who is known no longer hears so; a gateway that stops sends its listeners elsewhere, and waits for none of them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import pytest

from gateway.domain.caller import Caller, Scope
from gateway.server.callers import BadToken, CannotTell
from tests.readings.clock import StandingClock
from tests.transports.board import Board, known, serving
from tests.transports.deaf import deaf, deaf_socket, deaf_stream
from tests.transports.socket import listening, opened
from tests.transports.stream import EVENTS, PARTS, streamed

TOKEN = "{}.a.token"


@dataclass
class Issuer:
    """Believes one token for an hour, unless it is told otherwise."""

    clock: StandingClock = field(default_factory=StandingClock)
    expires_in: float = 0.01
    withdrawn: bool = False
    silent: bool = False
    asked: asyncio.Queue[None] = field(default_factory=asyncio.Queue)

    async def caller(self, token: str) -> Caller:
        self.asked.put_nowait(None)
        if self.silent:
            raise CannotTell("Tokens cannot be checked just now.", 1)
        if token != TOKEN or self.withdrawn:
            raise BadToken("it is signed with a key that is not known here")
        scopes = frozenset({Scope.BALANCES_READ})
        return Caller("https://id.example/#ann", scopes, expires_at=self.clock.time() + self.expires_in)

    async def aclose(self) -> None:
        """Let go of nothing."""

    def expire(self) -> None:
        self.clock.advance(self.expires_in)

    def withdraw(self) -> None:
        self.withdrawn = True


WAYS = pytest.mark.parametrize(("end", "says"), [(Issuer.expire, "expired"), (Issuer.withdraw, "not known")])


@WAYS
async def test_who_is_known_no_longer_hears_so_for_each_subscription_and_then_the_websocket_is_closed(
    end: Callable[[Issuer], None], says: str
) -> None:
    issuer = Issuer()
    async with serving(callers=known(tokens=issuer), clock=issuer.clock) as served, listening(served) as other:
        await other.subscribe()
        async with listening(served, {"Authorization": f"Bearer {TOKEN}"}) as socket:
            for id_ in "12":
                await socket.subscribe(id_=id_)
            await served.board.listened(3)
            end(issuer)
            assert [await socket.error(id_) for id_ in "12"] == ["UNAUTHENTICATED"] * 2
            code, reason = await socket.closed()
            assert (code, says in (reason or "")) == (4403, True)
        await served.board.listened(1)
        served.board.tell(1)
        assert await other.figure() == 1


@WAYS
@pytest.mark.parametrize("accept", [EVENTS, PARTS])
async def test_who_is_known_no_longer_hears_so_as_the_last_of_its_stream(
    accept: str, end: Callable[[Issuer], None], says: str
) -> None:
    issuer = Issuer()
    async with (
        serving(callers=known(tokens=issuer), clock=issuer.clock) as served,
        streamed(served, accept=accept, key=TOKEN) as stream,
    ):
        served.board.tell(1)
        assert await stream.figure() == 1
        end(issuer)
        event = await stream.event()
        (error,) = event["errors"]
        assert (error["extensions"]["code"], says in error["message"]) == ("UNAUTHENTICATED", True)
        assert event.get("payload") is None
        assert await stream.rest() in (b"event: complete\ndata: \n\n", b"--\r\n")
        await served.board.listened(0)


async def test_while_nobody_can_tell_a_caller_that_was_known_goes_on_listening() -> None:
    issuer = Issuer()
    async with (
        serving(callers=known(tokens=issuer), clock=issuer.clock) as served,
        streamed(served, key=TOKEN) as stream,
    ):
        await served.board.listened(1)
        issuer.silent = True
        for _ in range(3):
            await issuer.asked.get()
        served.board.tell(1)
        assert await stream.figure() == 1


async def test_while_nobody_can_tell_who_asks_a_websocket_is_to_come_again() -> None:
    async with serving(callers=known(tokens=Issuer(silent=True))) as served, opened(served) as socket:
        await socket.send(type="connection_init", payload={"Authorization": f"Bearer {TOKEN}"})
        assert await socket.closed() == (1013, "Tokens cannot be checked just now.")


async def test_a_stopping_gateway_tells_every_listener_to_come_again_and_waits_for_none() -> None:
    async with serving() as served, AsyncExitStack() as stack:
        served.board.tell(1)
        socket = await stack.enter_async_context(listening(served))
        await socket.subscribe()
        assert await socket.figure() == 1
        streams = [await stack.enter_async_context(streamed(served, accept=each)) for each in (EVENTS, PARTS)]
        for each in streams:
            assert await each.figure() == 1
        served.server.should_exit = True
        assert (await socket.closed())[0] == 1012
        for each in streams:
            # It can be told from any end that a response may have.
            with pytest.raises(aiohttp.ClientPayloadError):
                await each.rest()
        await served.board.listened(0)


async def test_a_stopping_gateway_waits_for_no_listener_that_does_not_read() -> None:
    async with serving(Board(padding=400_000)) as served, AsyncExitStack() as stack:
        for begin in (deaf_socket, deaf_stream):
            connection = await stack.enter_async_context(deaf(served))
            await begin(served, connection)
        await served.board.listened(2)
        for value in range(30):
            served.board.tell(value)
            await asyncio.sleep(0)
        served.server.should_exit = True
        await served.board.listened(0)
