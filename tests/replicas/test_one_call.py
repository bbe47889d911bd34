"""What one replica reads, all have read: one call for a key that everybody asks for, whoever dies while it runs."""

import asyncio

from gateway.sandbox import open_sandbox
from tests.end_to_end.asking import RUNES, V2
from tests.replicas.question import ACCOUNTS, token_account
from tests.replicas.replica import running_replica, running_replicas
from tests.stores.process import StoreProcess
from tests.stores.until import until

CALLERS = 200


async def test_a_key_that_200_callers_ask_three_replicas_for_at_once_costs_one_call(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(3, sandbox, store) as replicas:
        # Long enough for every caller to come before the answer does.
        await replicas[0].gateway.control("xverse", latency_ms=1000)
        asking = [replicas[caller % 3].read(RUNES) for caller in range(CALLERS)]
        readings = await asyncio.gather(*asking)
        assert sandbox.calls["xverse"][V2] == 1
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        assert {RUNES.figure_of(reading) for reading in readings} == {"3"}
        assert len({reading["provenance"]["readAt"] for reading in readings}) == 1
        assert {reading["provenance"]["position"]["value"] for reading in readings} == {"871204"}


async def test_what_one_replica_has_read_costs_the_others_nothing(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (one, other):
        first = await one.read(RUNES)
        again = await other.read(RUNES)
        assert sandbox.calls["xverse"][V2] == 1
        assert (first["provenance"]["servedFrom"], again["provenance"]["servedFrom"]) == ("UPSTREAM", "CACHE")
        assert (again["outcome"], again["nodes"]) == (first["outcome"], first["nodes"]) == ("FRESH", first["nodes"])
        assert again["provenance"]["readAt"] == first["provenance"]["readAt"]


async def test_a_failed_call_is_everyones_who_waited_for_it_and_is_kept_for_nobody(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (one, other):
        await one.gateway.control("xverse", latency_ms=1000, fail={"fault": "401", "times": 1})
        asking = asyncio.create_task(one.read(RUNES))
        await until(lambda: sandbox.calls["xverse"][V2] == 1)
        waited = await other.read(RUNES)
        failed = await asking
        assert (failed["outcome"], waited["outcome"]) == ("UNAVAILABLE", "UNAVAILABLE")
        assert waited["problem"]["reference"] == failed["problem"]["reference"]
        assert sandbox.calls["xverse"][V2] == 1
        assert (await other.read(RUNES))["outcome"] == "FRESH"


async def test_a_call_longer_than_a_turn_lasts_is_still_the_only_one(store: StoreProcess) -> None:
    async with open_sandbox(limits=False) as sandbox, running_replicas(3, sandbox, store) as replicas:
        await replicas[0].gateway.control("xverse", latency_ms=2500)
        readings = await asyncio.gather(*(replica.read(RUNES) for replica in replicas))
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        assert sandbox.calls["xverse"][V2] == 1


async def test_when_the_replica_whose_call_runs_is_killed_another_asks_in_its_place(store: StoreProcess) -> None:
    question = token_account(0)
    async with (
        open_sandbox(limits=False) as sandbox,
        running_replica(sandbox, store) as dying,
        running_replicas(2, sandbox, store) as others,
    ):
        await dying.gateway.fail("solana", "hang", 1)
        hanging = asyncio.create_task(dying.read(question))
        await until(lambda: sandbox.calls["solana"][ACCOUNTS] == 1)
        waiting = [asyncio.create_task(other.read(question)) for other in others]
        await dying.kill()
        readings = await asyncio.gather(*waiting)
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        assert len({question.figure_of(reading) for reading in readings}) == 1
        assert sandbox.calls["solana"][ACCOUNTS] == 2
        assert isinstance((await asyncio.gather(hanging, return_exceptions=True))[0], Exception)


async def test_a_replica_that_froze_in_its_turn_is_passed_over_and_does_no_harm_when_it_thaws(
    store: StoreProcess,
) -> None:
    question = token_account(1)
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (frozen, other):
        await frozen.gateway.control("solana", latency_ms=500)
        asking = asyncio.create_task(frozen.read(question))
        await until(lambda: sandbox.calls["solana"][ACCOUNTS] == 1)
        frozen.freeze()
        taken_over = await other.read(question)
        assert taken_over["outcome"] == "FRESH"
        assert sandbox.calls["solana"][ACCOUNTS] == 2
        frozen.thaw()
        late = await asking
        assert question.figure_of(late) == question.figure_of(taken_over)
        assert (await other.read(question))["outcome"] == "FRESH"
        assert sandbox.calls["solana"][ACCOUNTS] == 2
