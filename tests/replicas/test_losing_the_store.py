"""A store that is gone takes nothing with it but what was shared, and needs no restart of anyone to come back."""

import asyncio
from collections.abc import Sequence
from functools import partial

import pytest

from gateway.sandbox import Sandbox, open_sandbox
from tests.end_to_end.asking import RUNES, V2
from tests.replicas.asking import callers_of
from tests.replicas.question import ACCOUNTS, token_account
from tests.replicas.replica import Replica, running_replicas
from tests.stores.process import StoreProcess
from tests.stores.until import until

_TOKEN_ACCOUNTS = 200


async def _shares(sandbox: Sandbox, replicas: Sequence[Replica], number: int) -> bool:
    """Say whether what the first replica reads is known to the others; `number` is of a key that nobody knows."""
    before = sandbox.calls["solana"][ACCOUNTS]
    readings = [await replica.read(token_account(number)) for replica in replicas]
    assert {reading["outcome"] for reading in readings} == {"FRESH"}
    return sandbox.calls["solana"][ACCOUNTS] == before + 1


async def test_a_store_that_crashes_takes_no_answer_with_it_and_is_shared_again_when_it_is_back(
    store: StoreProcess,
) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        assert await _shares(sandbox, replicas, 249)
        async with callers_of(replicas, lambda number: token_account(number % _TOKEN_ACCOUNTS)) as readings:
            await until(lambda: len(readings) > 5)
            store.kill()
            for replica in replicas:
                await replica.logged("store.lost")
            so_far = len(readings)
            await until(lambda: len(readings) > so_far + 10)
            await store.start()
            for replica in replicas:
                await replica.logged("store.found")
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        assert await _shares(sandbox, replicas, 248)
        assert await store.keys("balance-gateway:reading:*")


async def test_what_was_read_while_the_store_was_gone_is_still_known_to_who_read_it(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (one, other):
        await one.read(token_account(0))
        store.kill()
        await one.logged("store.lost")
        await one.read(token_account(1))
        for number in (0, 1):
            known = await one.read(token_account(number))
            assert (known["outcome"], known["provenance"]["servedFrom"]) == ("FRESH", "CACHE")
        assert sandbox.calls["solana"][ACCOUNTS] == 2
        await other.logged("store.lost")
        assert (await other.read(token_account(0)))["provenance"]["servedFrom"] == "UPSTREAM"


async def test_connections_that_break_again_and_again_under_load_break_no_answer(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        async with callers_of(replicas, lambda number: token_account(number % _TOKEN_ACCOUNTS)) as readings:
            for breaks in range(1, 6):
                await until(partial(_are, readings, 12 * breaks))
                await until(partial(_broken, store))
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        for replica in replicas:
            await until(partial(_is_connected, replica))
        assert await _shares(sandbox, replicas, 249)


def _are(readings: list[object], number: int) -> bool:
    return len(readings) > number


async def _broken(store: StoreProcess) -> bool:
    """Break the replicas' connections, if there are any now."""
    return await store.disconnect() > 0


def _is_connected(replica: Replica) -> bool:
    return len(replica.events("store.found")) == len(replica.events("store.lost"))


async def test_a_frozen_store_is_told_once_costs_no_more_than_one_request_its_wait_and_thaws_unhelped(
    store: StoreProcess,
) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        assert await _shares(sandbox, replicas, 249)
        store.freeze()
        for replica in replicas:
            await replica.read(RUNES)
            await replica.logged("store.lost")
        # Were it to wait for the store each time, it would take ten seconds for these.
        async with asyncio.timeout(4):
            for _ in range(50):
                assert (await replicas[0].read(RUNES))["outcome"] == "FRESH"
        assert sandbox.calls["xverse"][V2] == 2
        assert [len(replica.events("store.lost")) for replica in replicas] == [1, 1]
        store.thaw()
        for replica in replicas:
            await replica.logged("store.found")
        assert await _shares(sandbox, replicas, 248)
        assert [len(replica.events("store.lost")) for replica in replicas] == [1, 1]
        assert [len(replica.events("store.found")) for replica in replicas] == [1, 1]


async def test_many_callers_who_meet_a_frozen_store_at_once_are_all_answered(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        assert await _shares(sandbox, replicas, 249)
        store.freeze()
        asking = [replicas[number % 2].read(token_account(number % 50)) for number in range(100)]
        readings = await asyncio.gather(*asking)
        assert {reading["outcome"] for reading in readings} == {"FRESH"}


async def test_a_store_without_memory_left_keeps_nobody_from_an_answer(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        assert await _shares(sandbox, replicas, 249)
        await store.fill()
        for number in range(20):
            reading = await replicas[number % 2].read(token_account(number))
            assert (reading["outcome"], reading["provenance"]["servedFrom"]) == ("FRESH", "UPSTREAM")
        for replica in replicas:
            await replica.logged("store.lost")
            assert ["memory" in line["reason"] for line in replica.events("store.lost")] == [True]
        await store.drain()
        for replica in replicas:
            await replica.logged("store.found")
        assert await _shares(sandbox, replicas, 248)


@pytest.mark.parametrize("word", ["kill", "stop"])
async def test_a_replica_ends_in_good_order_though_the_store_is_gone(word: str, store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(1, sandbox, store) as (replica,):
        await replica.read(RUNES)
        getattr(store, word)()
        await replica.logged("store.lost")
        await replica.stop()
        assert "Traceback" not in replica.log.read_text()
