"""Callers who ask the same at the same time share one call, and one who leaves takes nothing from the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.sandbox import open_sandbox
from gateway.sandbox.addresses import GENERATED_TOKEN_ACCOUNTS, RUNES_HOLDER
from tests.end_to_end.asking import BALANCE, V2
from tests.end_to_end.gate import Gate, gate_before
from tests.running import Gateway, serving

CLIENTS = 20
# The owner is each client's own, and asked about by itself: that its call has arrived shows that the client's question
# is being answered.
QUERY = """query ($holder: Address!, $own: Address!) {
    account(address: $holder) { runes(maxAge: 0) { outcome totalCount problem { reference } } }
    own: account(address: $own) { tokens { outcome } }
}"""


@asynccontextmanager
async def _held() -> AsyncIterator[tuple[Gateway, Gate, Gate]]:
    async with (
        open_sandbox(limits=False) as sandbox,
        gate_before(sandbox.urls["xverse"]) as xverse,
        gate_before(sandbox.urls["bloxroute"]) as bloxroute,
        serving(sandbox, GATEWAY_XVERSE__URL=xverse.url, GATEWAY_BLOXROUTE__URL=bloxroute.url) as gateway,
    ):
        yield gateway, xverse, bloxroute


def _variables(client: int) -> dict[str, str]:
    return {"holder": RUNES_HOLDER, "own": GENERATED_TOKEN_ACCOUNTS[client]}


async def test_many_clients_who_ask_the_same_at_once_share_one_call() -> None:
    async with _held() as (gateway, xverse, bloxroute):
        asking = [asyncio.create_task(gateway.ask(QUERY, _variables(client))) for client in range(CLIENTS)]
        await bloxroute.arrived(CLIENTS)
        await xverse.arrived(1)
        assert xverse.arrivals == 1
        xverse.open()
        bloxroute.open()
        for answer in await asyncio.gather(*asking):
            assert answer.data["account"]["runes"] == {"outcome": "FRESH", "totalCount": 8, "problem": None}
            assert answer.data["own"]["tokens"] == {"outcome": "FRESH"}
        assert gateway.calls("xverse", V2) == 1
        assert gateway.calls("bloxroute", BALANCE) == CLIENTS


async def test_a_failure_that_is_shared_has_one_reference() -> None:
    async with _held() as (gateway, xverse, bloxroute):
        await gateway.fail("xverse", "401")
        asking = [asyncio.create_task(gateway.ask(QUERY, _variables(client))) for client in range(3)]
        await bloxroute.arrived(3)
        xverse.open()
        bloxroute.open()
        runes = [answer.data["account"]["runes"] for answer in await asyncio.gather(*asking)]
        assert {reading["outcome"] for reading in runes} == {"UNAVAILABLE"}
        assert len({reading["problem"]["reference"] for reading in runes}) == 1
        assert gateway.calls("xverse", V2) == 1


async def test_a_client_who_hangs_up_does_not_end_the_call_that_another_waits_for() -> None:
    async with _held() as (gateway, xverse, bloxroute):
        leaving = asyncio.create_task(gateway.ask(QUERY, _variables(0)))
        await bloxroute.arrived(1)
        staying = asyncio.create_task(gateway.ask(QUERY, _variables(1)))
        await bloxroute.arrived(2)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        xverse.open()
        bloxroute.open()
        answer = await staying
        assert answer.data["account"]["runes"] == {"outcome": "FRESH", "totalCount": 8, "problem": None}
        assert gateway.calls("xverse", V2) == 1
