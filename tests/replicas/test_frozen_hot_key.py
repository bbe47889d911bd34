"""Callers who meet a store that froze find what the first of them has read since, and ask for it once."""

import asyncio

from gateway.sandbox import open_sandbox
from tests.replicas.question import ACCOUNTS, token_account
from tests.replicas.replica import running_replicas
from tests.stores.process import StoreProcess

# Seconds over which they come: as long as a command may take.
_OVER = 0.2
_CALLERS = 50


async def test_callers_who_come_one_after_the_other_while_the_store_freezes_cost_one_call(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(1, sandbox, store) as (replica,):
        await replica.read(token_account(1))
        store.freeze()
        async with asyncio.TaskGroup() as group:
            for _ in range(_CALLERS):
                group.create_task(replica.read(token_account(0)))
                await asyncio.sleep(_OVER / _CALLERS)
        assert sandbox.calls["solana"][ACCOUNTS] == 2
