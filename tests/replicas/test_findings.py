"""What one replica finds out about a provider, all obey: its limits, its penalties, and that it is down."""

import asyncio
from collections.abc import Sequence
from functools import partial

from gateway.sandbox import open_sandbox
from tests.end_to_end.asking import EXCHANGE_WALLETS, V2, WALLETS, Question
from tests.replicas.question import ACCOUNTS, holder, token_account
from tests.replicas.replica import Replica, acquainted, running_replicas
from tests.running import OTHER_KEY
from tests.stores.process import StoreProcess
from tests.stores.until import until


async def test_a_rate_limit_that_one_replica_is_told_of_is_obeyed_by_another(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (told, other):
        await told.gateway.fail("sfox", "429", 1)
        refused = await told.read(EXCHANGE_WALLETS)
        assert (refused["outcome"], refused["problem"]["code"]) == ("UNAVAILABLE", "RATE_LIMITED")
        obeyed = await other.read(EXCHANGE_WALLETS)
        assert (obeyed["outcome"], obeyed["problem"]["code"]) == ("UNAVAILABLE", "RATE_LIMITED")
        assert sandbox.calls["sfox"][WALLETS] == 1
        # The penalty is that of one account at the exchange.
        assert (await other.read(EXCHANGE_WALLETS, key=OTHER_KEY))["outcome"] == "FRESH"


async def test_a_rate_limit_is_still_obeyed_by_a_replica_that_starts_after_it(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox:
        async with running_replicas(1, sandbox, store) as (told,):
            await told.gateway.fail("sfox", "429", 1)
            await told.read(EXCHANGE_WALLETS)
            await told.kill()
        async with running_replicas(1, sandbox, store) as (next_one,):
            obeyed = await next_one.read(EXCHANGE_WALLETS)
            assert (obeyed["outcome"], obeyed["problem"]["code"]) == ("UNAVAILABLE", "RATE_LIMITED")
        assert sandbox.calls["sfox"][WALLETS] == 1


async def test_a_circuit_that_one_replica_opens_keeps_the_others_away_until_the_host_is_back(
    store: StoreProcess,
) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(3, sandbox, store) as (finder, *others):
        await finder.gateway.fail("xverse", "503")
        await asyncio.gather(*(finder.read(holder(number)) for number in range(6)))
        calls = sandbox.calls["xverse"][V2]
        assert calls >= 5
        for other in others:
            await until(partial(_holds_open, other))
            kept_away = await other.read(holder(10))
            assert (kept_away["outcome"], kept_away["problem"]["code"]) == ("UNAVAILABLE", "UNAVAILABLE")
        assert sandbox.calls["xverse"][V2] == calls
        await finder.gateway.control("xverse", reset=True)
        for number, replica in enumerate((finder, *others)):
            await until(partial(_is_answered, replica, holder(20 + number)))
            assert await replica.circuit("XVERSE") == "CLOSED"


async def _holds_open(replica: Replica) -> bool:
    return await replica.circuit("XVERSE") == "OPEN"


async def _is_answered(replica: Replica, question: Question) -> bool:
    return bool((await replica.read(question))["outcome"] == "FRESH")


async def test_a_budget_is_one_for_all_replicas_and_is_shared_out_between_them_when_the_store_is_lost(
    store: StoreProcess,
) -> None:
    settings = {"GATEWAY_SOLANA__BUDGET": "6/60 seconds", "GATEWAY_REQUEST_TIMEOUT": "2"}
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store, **settings) as replicas:
        await acquainted(store, 2)
        outcomes = await _ask_each(replicas, range(5))
        assert sandbox.calls["solana"][ACCOUNTS] == 6
        assert sorted(outcomes) == ["FRESH"] * 6 + ["UNAVAILABLE"] * 4
        store.kill()
        for replica in replicas:
            await replica.logged("store.lost")
        outcomes = await _ask_each(replicas, range(20, 25))
        assert sandbox.calls["solana"][ACCOUNTS] == 12
        assert sorted(outcomes) == ["FRESH"] * 6 + ["UNAVAILABLE"] * 4


async def _ask_each(replicas: Sequence[Replica], numbers: range) -> list[str]:
    """Let replicas be asked for keys of their own, one after the other: those of one moment would share a call."""

    async def outcomes(place: int, replica: Replica) -> list[str]:
        return [(await replica.read(token_account(number + 100 * place)))["outcome"] for number in numbers]

    found = await asyncio.gather(*(outcomes(place, replica) for place, replica in enumerate(replicas)))
    return [outcome for each in found for outcome in each]
