"""A thousand listeners that never read their sockets cost those who do nothing, and the gateway a bounded little."""

import asyncio
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.server.crowd import ConnectionLimits
from tests.hostile.stranger import descriptors
from tests.transports.board import Board, Served, serving
from tests.transports.deaf import deaf, deaf_socket, deaf_stream
from tests.transports.socket import listening
from tests.transports.stream import EVENTS, PARTS, streamed

STALLED = 1000
FIRST, LAST = 1, 30
# More than two kernels together take of one event.
PADDING = 40_000
KERNEL = 4096
# What an event takes besides its padding.
SLACK = 1000

PATIENT = ConnectionLimits(keep_alive=3600, unread_time=3600)
# Long enough for those who read, while a slow machine is busy with a thousand others.
IMPATIENT = ConnectionLimits(keep_alive=3600, unread_time=2)
Hear = Callable[[], Awaitable[int]]


@asynccontextmanager
async def _stalled(served: Served) -> AsyncIterator[list[sockets.socket]]:
    """Seat a thousand who never read: half over WebSockets, the others over either kind of stream."""
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(deaf(served)) for _ in range(STALLED)]
        for number, connection in enumerate(connections):
            if number % 2:
                await deaf_socket(served, connection)
            else:
                await deaf_stream(served, connection, (EVENTS, PARTS)[number // 2 % 2])
        await served.board.listened(STALLED)
        served.board.tell(FIRST)
        yield connections


@asynccontextmanager
async def _readers(served: Served) -> AsyncIterator[list[Hear]]:
    """Seat three who read, one over each transport."""
    async with (
        listening(served) as socket,
        streamed(served, accept=EVENTS) as events,
        streamed(served, accept=PARTS) as parts,
    ):
        await socket.subscribe()
        readers: list[Hear] = [socket.figure, events.figure, parts.figure]
        assert await asyncio.gather(*(hear() for hear in readers)) == [FIRST] * 3
        yield readers


async def _hear_every_change(served: Served, readers: list[Hear]) -> None:
    for value in range(FIRST + 1, LAST + 1):
        served.board.tell(value)
        assert await asyncio.gather(*(hear() for hear in readers)) == [value] * len(readers)


async def test_a_thousand_that_never_read_hold_an_event_each_while_the_others_hear_every_change_in_order() -> None:
    async with (
        descriptors(2 * STALLED + 500),
        serving(Board(padding=PADDING), connections=PATIENT, kernel=KERNEL) as served,
        _stalled(served) as connections,
        _readers(served) as readers,
    ):
        await _hear_every_change(served, readers)
        # One event lies unread, and one waits for its place; more are not even made.
        assert served.board.taken <= len(readers) * (1 + LAST - FIRST) + STALLED * 2
        assert max(served.unread) <= PADDING + SLACK
        await served.board.listened(STALLED + len(readers))
        for connection in connections[:4]:
            await _hears_the_latest(connection)


async def _hears_the_latest(connection: sockets.socket) -> None:
    """Read what waits for one that was stalled: the latest figure, and few before it."""
    loop = asyncio.get_running_loop()
    read, latest = b"", b'"value":%d,' % LAST
    async with asyncio.timeout(30):
        while latest not in read:
            read += await loop.sock_recv(connection, 65536)
    heard = [int(each.partition(b",")[0]) for each in read.split(b'"value":')[1:]]
    assert heard == sorted(set(heard))
    assert len(heard) <= 2 + 8


async def test_a_thousand_that_never_read_are_cut_off_and_the_others_hear_every_change_in_order() -> None:
    async with (
        descriptors(2 * STALLED + 500),
        serving(Board(padding=PADDING), connections=IMPATIENT, kernel=KERNEL) as served,
        _stalled(served),
        _readers(served) as readers,
    ):
        await _hear_every_change(served, readers)
        await served.board.listened(len(readers))
        assert await served.metric('gateway_http_refused_total{reason="unread"}') == STALLED
        assert sum(served.unread) == 0


async def test_operations_over_one_connection_leave_no_more_than_one_event_unread_between_them() -> None:
    many = 50
    async with (
        serving(Board(padding=PADDING), connections=PATIENT, kernel=KERNEL) as served,
        deaf(served) as connection,
    ):
        await deaf_socket(served, connection, operations=many)
        await served.board.listened(many)
        served.board.tell(FIRST)
        loop, read, most = asyncio.get_running_loop(), 0, 0
        while read < many * PADDING:
            read += len(await loop.sock_recv(connection, 4096))
            most = max(most, *served.unread)
        assert most <= PADDING + SLACK
