"""So many may listen over one connection, for one caller and in all; who does not read is cut off by itself."""

import asyncio
import socket as sockets
from contextlib import AsyncExitStack

import pytest
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode

from gateway.server.crowd import ConnectionLimits
from tests.transports.board import KEY, OTHER_KEY, Board, Served, serving
from tests.transports.deaf import deaf, deaf_socket, deaf_stream
from tests.transports.socket import listening, opened
from tests.transports.stream import EVENTS, PARTS, streamed

IMPATIENT = ConnectionLimits(keep_alive=3600, unread_time=0.3)


async def test_a_connection_runs_so_many_operations_at_once_and_is_told_of_more() -> None:
    async with serving(limits={"max_subscriptions_per_connection": 2}) as served, listening(served) as socket:
        for id_ in "12":
            await socket.subscribe(id_=id_)
        await served.board.listened(2)
        await socket.subscribe("{ __typename }", id_="3")
        assert await socket.error("3") == "LIMIT_EXCEEDED"
        await socket.send(type="complete", id="1")
        await socket.subscribe(id_="3")
        await served.board.listened(2)


async def _refused(served: Served, key: str | None, *, over_http: bool) -> str | None:
    """Give the code with which another listener is refused, or hear it and leave."""
    if over_http:
        async with streamed(served, key=key) as stream:
            event = await stream.event()
    else:
        async with listening(served, {"Authorization": f"Bearer {key}"} if key else {}) as socket:
            await socket.subscribe()
            message = await socket.hear()
            event = message["payload"] if message["type"] == "next" else {"errors": message["payload"]}
    if "errors" not in event:
        return None
    code: str = event["errors"][0]["extensions"]["code"]
    return code


@pytest.mark.parametrize("over_http", [False, True])
async def test_a_caller_listens_to_so_much_whatever_the_connections_and_no_other_caller_is_touched(
    *, over_http: bool
) -> None:
    async with serving(streams={"listeners_per_caller": 2}) as served, AsyncExitStack() as stack:
        served.board.tell(1)
        socket = await stack.enter_async_context(listening(served, {"Authorization": f"Bearer {KEY}"}))
        await socket.subscribe()
        await stack.enter_async_context(streamed(served, key=KEY))
        await served.board.listened(2)
        assert await _refused(served, KEY, over_http=over_http) == "LIMIT_EXCEEDED"
        assert await _refused(served, OTHER_KEY, over_http=over_http) is None
        await socket.send(type="complete", id="1")
        await served.board.listened(1)
        assert await _refused(served, KEY, over_http=over_http) is None


async def test_strangers_together_leave_a_quarter_of_the_places_to_callers_with_a_name() -> None:
    async with serving(streams={"listeners": 4}) as served, AsyncExitStack() as stack:
        served.board.tell(1)
        for _ in range(3):
            await stack.enter_async_context(streamed(served))
        await served.board.listened(3)
        assert await _refused(served, None, over_http=True) == "LIMIT_EXCEEDED"
        await stack.enter_async_context(streamed(served, key=KEY))
        await served.board.listened(4)
        assert await _refused(served, OTHER_KEY, over_http=True) == "LIMIT_EXCEEDED"


async def test_a_query_needs_no_listeners_place() -> None:
    async with serving(streams={"listeners": 1}) as served, listening(served) as socket:
        await socket.subscribe("{ __typename }")
        assert (await socket.hear())["payload"]["data"] == {"__typename": "Query"}


async def test_subscriptions_that_wait_for_their_first_event_take_no_place_from_queries() -> None:
    async with serving(operations=1) as served, listening(served) as socket:
        for id_ in "12":
            await socket.subscribe(id_=id_)
        await served.board.listened(2)
        await socket.subscribe("{ __typename }", id_="3")
        assert (await socket.hear())["payload"]["data"] == {"__typename": "Query"}


async def test_when_all_websockets_are_taken_the_one_that_does_nothing_makes_room() -> None:
    async with serving(streams={"connections": 2}) as served, AsyncExitStack() as stack:
        idle = await stack.enter_async_context(listening(served))
        busy = await stack.enter_async_context(listening(served))
        await busy.subscribe()
        await served.board.listened(1)
        other = await stack.enter_async_context(listening(served))
        assert (await idle.closed())[0] == 1013
        await other.subscribe()
        await served.board.listened(2)
        with pytest.raises(InvalidStatus) as refused:
            await stack.enter_async_context(opened(served))
        assert refused.value.response.status_code == 503
        assert b"LIMIT_EXCEEDED" in (refused.value.response.body or b"")


async def _ping_for_ever(connection: sockets.socket) -> None:
    pings = Frame(Opcode.PING, b"." * 125).serialize(mask=True) * 1000
    while True:
        await asyncio.get_running_loop().sock_sendall(connection, pings)


@pytest.mark.parametrize("how", ["socket", EVENTS, PARTS])
async def test_who_does_not_read_is_cut_off_and_the_others_hear_everything(how: str) -> None:
    async with serving(Board(padding=400_000), connections=IMPATIENT) as served, listening(served) as socket:
        async with deaf(served) as connection:
            await (deaf_socket(served, connection) if how == "socket" else deaf_stream(served, connection, how))
            await served.board.listened(1)
            await socket.subscribe()
            await served.board.listened(2)
            for value in range(30):
                served.board.tell(value)
                assert await socket.figure() == value
            # Nothing but its silence ends it.
            await served.board.listened(1)
        assert await served.metric("gateway_subscriptions") == 1
        assert await served.metric('gateway_http_refused_total{reason="unread"}') == 1


async def test_who_sends_pings_and_reads_nothing_is_cut_off() -> None:
    async with serving(connections=IMPATIENT) as served, deaf(served) as connection:
        await deaf_socket(served, connection)
        await served.board.listened(1)
        with pytest.raises(ConnectionError):
            await _ping_for_ever(connection)
        await served.board.listened(0)
