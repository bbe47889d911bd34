"""A node that lags never takes a newer figure away."""

from typing import Any

from gateway.sandbox.addresses import TOKEN_ACCOUNT
from tests.end_to_end.asking import RUNES, TOKEN_ACCOUNT_BY_ADDRESS
from tests.readings.clock import StandingClock
from tests.running import Gateway, running_gateway

HOLDER = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"


async def _change_and_lag(gateway: Gateway) -> Any:
    """Let the gateway read a changed figure, then let the indexer fall a block behind."""
    await gateway.control("xverse", balance={"address": HOLDER, "rune": "1:0", "confirmed": "77"})
    known = await RUNES.ask(gateway)
    assert RUNES.figure_of(known) == "77"
    await gateway.control("xverse", mode={"lagging": True})
    return known


async def test_an_indexer_that_falls_behind_gives_the_newer_known_figure_and_says_behind() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        known = await _change_and_lag(gateway)
        clock.advance(60)
        reading = await RUNES.ask(gateway)
        assert (reading["outcome"], RUNES.figure_of(reading)) == ("STALE", "77")
        assert (reading["problem"]["code"], reading["problem"]["retryable"]) == ("BEHIND", True)
        assert reading["provenance"]["position"] == known["provenance"]["position"]
        await gateway.control("xverse", mode={"lagging": False})
        caught_up = await RUNES.ask(gateway)
        assert (caught_up["outcome"], caught_up["problem"]) == ("FRESH", None)


async def test_an_indexer_behind_what_nobody_read_yet_is_believed(gateway: Gateway) -> None:
    await gateway.control("xverse", balance={"address": HOLDER, "rune": "1:0", "confirmed": "77"})
    await gateway.control("xverse", mode={"lagging": True})
    reading = await RUNES.ask(gateway)
    assert (reading["outcome"], RUNES.figure_of(reading)) == ("FRESH", "3")
    assert reading["provenance"]["position"] == {"kind": "BLOCK_HEIGHT", "value": "871204"}


async def test_a_node_at_an_earlier_slot_gives_the_newer_known_figure(gateway: Gateway) -> None:
    await gateway.control("solana", slots=1000, balance={"tokenAccount": TOKEN_ACCOUNT, "amount": "123"})
    known = await TOKEN_ACCOUNT_BY_ADDRESS.ask(gateway)
    await gateway.control("solana", reset=True)
    reading = await TOKEN_ACCOUNT_BY_ADDRESS.ask(gateway, max_age=0)
    assert (reading["outcome"], reading["problem"]["code"]) == ("STALE", "BEHIND")
    assert reading["amount"] == known["amount"] == {"atomic": "123"}
    assert reading["provenance"]["position"] == known["provenance"]["position"]


async def test_a_balance_that_is_not_final_yet_shows_at_its_own_commitment_only(gateway: Gateway) -> None:
    await gateway.control("solana", mode={"lag": True})
    await gateway.control("solana", balance={"tokenAccount": TOKEN_ACCOUNT, "amount": "5"})
    query = """query ($a: Address!) {
        processed: tokenAccount(address: $a, commitment: PROCESSED, maxAge: 0) { amount { atomic } }
        finalized: tokenAccount(address: $a, commitment: FINALIZED, maxAge: 0) { amount { atomic } }
    }"""
    early = (await gateway.ask(query, {"a": TOKEN_ACCOUNT})).data
    assert early == {"processed": {"amount": {"atomic": "5"}}, "finalized": {"amount": {"atomic": "9864"}}}
    await gateway.control("solana", slots=40)
    late = (await gateway.ask(query, {"a": TOKEN_ACCOUNT})).data
    assert late == {"processed": {"amount": {"atomic": "5"}}, "finalized": {"amount": {"atomic": "5"}}}
