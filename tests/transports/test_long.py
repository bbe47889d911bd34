"""Who listens for long takes no more memory than one who has just come."""

import gc
import tracemalloc

from tests.transports.board import serving
from tests.transports.socket import listening

EVENTS = 300
# What is left behind for a while is less; what graphql-core kept of each event was some 2000.
BYTES_FOR_EACH = 200


async def test_a_subscription_keeps_nothing_of_the_events_that_it_has_told() -> None:
    async with serving() as served, listening(served) as socket:
        await socket.subscribe()
        await served.board.listened(1)

        async def hear(first: int) -> int:
            for value in range(first, first + EVENTS):
                served.board.tell(value)
                assert await socket.figure() == value
            gc.collect()
            return tracemalloc.get_traced_memory()[0]

        tracemalloc.start()
        try:
            before = await hear(0)
            assert await hear(EVENTS) - before < EVENTS * BYTES_FOR_EACH
        finally:
            tracemalloc.stop()
