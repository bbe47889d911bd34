"""No replica goes back behind what another has shown, however far behind its own node is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.sandbox import open_sandbox
from gateway.sandbox.addresses import TOKEN_ACCOUNT
from tests.end_to_end.asking import TOKEN_ACCOUNT_BY_ADDRESS
from tests.replicas.replica import Replica, running_replica
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess
from tests.stores.until import until

# This is the gateway's own doing, whichever engine it is; that both serve it is shown elsewhere.
pytestmark = pytest.mark.parametrize("engine", [Engine.REDIS], indirect=True)

_QUESTION = TOKEN_ACCOUNT_BY_ADDRESS
# A node that is behind is asked again for as long as the request may take.
_IMPATIENT = {"GATEWAY_REQUEST_TIMEOUT": "2.5"}


@asynccontextmanager
async def _ahead_and_behind(store: StoreProcess) -> AsyncIterator[tuple[Replica, Replica]]:
    """Start two replicas, each with a node of its own, of which the second is a thousand slots behind."""
    async with (
        open_sandbox(limits=False) as newer,
        open_sandbox(limits=False) as older,
        running_replica(newer, store, **_IMPATIENT) as ahead,
        running_replica(older, store, **_IMPATIENT) as behind,
    ):
        await ahead.gateway.control("solana", slots=1000, balance={"tokenAccount": TOKEN_ACCOUNT, "amount": "123"})
        yield ahead, behind


async def test_a_replica_whose_node_lags_gives_the_newer_figure_and_says_that_it_is_behind(
    store: StoreProcess,
) -> None:
    async with _ahead_and_behind(store) as (ahead, behind):
        shown = await ahead.read(_QUESTION)
        known = await behind.read(_QUESTION)
        assert (known["outcome"], known["amount"]) == ("FRESH", {"atomic": "123"})
        reading = await behind.read(_QUESTION, max_age=0)
        assert (reading["outcome"], reading["problem"]["code"]) == ("STALE", "BEHIND")
        assert reading["amount"] == shown["amount"] == {"atomic": "123"}
        assert reading["provenance"]["position"] == shown["provenance"]["position"]


async def test_what_a_replica_has_in_memory_gives_way_to_what_another_has_shown_since(store: StoreProcess) -> None:
    async with _ahead_and_behind(store) as (ahead, behind):
        early = await behind.read(_QUESTION)
        assert early["amount"] == {"atomic": "9864"}
        shown = await ahead.read(_QUESTION, max_age=0)
        assert shown["amount"] == {"atomic": "123"}
        late = await behind.read(_QUESTION)
        assert late["amount"] == {"atomic": "123"}
        assert late["provenance"]["position"] == shown["provenance"]["position"]


async def test_where_the_newer_answer_is_no_more_an_older_one_does_not_take_its_place(store: StoreProcess) -> None:
    async with _ahead_and_behind(store) as (ahead, behind):
        await ahead.read(_QUESTION)
        for key in await store.keys("balance-gateway:reading:*"):
            await store.ask("DEL", key)
        reading = await behind.read(_QUESTION)
        assert (reading["outcome"], reading["problem"]["code"], reading["amount"]) == ("UNAVAILABLE", "BEHIND", None)


async def test_nodes_that_overtake_each_other_lead_no_replica_back(store: StoreProcess) -> None:
    async with _ahead_and_behind(store) as (ahead, behind):
        slots = []
        for leader, other in [(behind, ahead), (ahead, behind)] * 4:
            await leader.gateway.control("solana", slots=3000)
            for reading in (await leader.read(_QUESTION, max_age=0), await other.read(_QUESTION)):
                assert reading["outcome"] == "FRESH"
                slots.append(int(reading["provenance"]["position"]["value"]))
        assert slots[::2] == slots[1::2] == sorted(set(slots))


async def test_an_older_answer_that_arrives_late_does_not_take_the_newer_ones_place(store: StoreProcess) -> None:
    async with _ahead_and_behind(store) as (ahead, behind):
        await behind.gateway.control("solana", latency_ms=500)
        late = asyncio.create_task(behind.read(_QUESTION))
        await until(lambda: behind.gateway.calls("solana", _QUESTION.route) == 1)
        # Frozen, it loses its turn to the other, and the answer of its node waits for it.
        behind.freeze()
        shown = await ahead.read(_QUESTION)
        assert shown["amount"] == {"atomic": "123"}
        behind.thaw()
        for reading in (await late, await behind.read(_QUESTION), await ahead.read(_QUESTION)):
            assert reading["amount"] == {"atomic": "123"}
            assert reading["provenance"]["position"] == shown["provenance"]["position"]
