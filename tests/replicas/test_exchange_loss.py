"""sFOX is never asked more than 5 times in any 10 seconds, though the store that counts is lost and comes back."""

import asyncio

import pytest

from tests.replicas.siege import CALLS, SECONDS, besieged
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess

# Seconds after a loss in which nobody may call: the window, and a little in which all have noticed.
_CLOSED = 15.0


@pytest.mark.parametrize("engine", [Engine.REDIS], indirect=True)
async def test_a_store_that_crashes_and_comes_back_at_once_lets_no_call_too_many_through(store: StoreProcess) -> None:
    async with besieged(store) as siege:
        await siege.until_asked(2, within=10)
        store.kill()
        for replica in siege.replicas:
            await replica.logged("store.lost")
        await store.start()
        for replica in siege.replicas:
            await replica.logged("store.found")
        so_far = siege.door.arrivals
        await asyncio.sleep(SECONDS)
        assert siege.fullest <= CALLS
        # It is not closed for ever.
        await siege.until_asked(so_far + 1, within=_CLOSED)
        assert siege.fullest <= CALLS
        siege.assert_honest()


@pytest.mark.parametrize("engine", [Engine.VALKEY], indirect=True)
async def test_a_store_that_stays_frozen_closes_the_exchange_for_a_window_and_then_leaves_each_its_share(
    store: StoreProcess,
) -> None:
    async with besieged(store) as siege:
        await siege.until_asked(2, within=10)
        store.freeze()
        for replica in siege.replicas:
            await replica.logged("store.lost")
        # What had left before is there by now.
        await asyncio.sleep(0.5)
        so_far = siege.door.arrivals
        await asyncio.sleep(SECONDS)
        assert siege.door.arrivals == so_far
        # A third of five each.
        await siege.until_asked(so_far + 3, within=_CLOSED)
        store.thaw()
        for replica in siege.replicas:
            await replica.logged("store.found")
        await asyncio.sleep(SECONDS / 2)
        assert siege.fullest <= CALLS
        siege.assert_honest()
