"""sFOX is never asked more than 5 times in any 10 seconds, by all replicas together."""

import asyncio

from tests.end_to_end.asking import WALLETS
from tests.replicas.siege import CALLS, SECONDS, besieged
from tests.stores.process import StoreProcess


async def test_three_replicas_asked_without_end_keep_one_limit_together(store: StoreProcess) -> None:
    async with besieged(store) as siege:
        await asyncio.sleep(1.5 * SECONDS)
        assert siege.fullest <= CALLS
        assert siege.door.arrivals >= CALLS
        siege.assert_honest()
        # The exchange itself counts as well, and would have closed.
        assert siege.sandbox.calls["sfox"][WALLETS] == siege.door.arrivals
