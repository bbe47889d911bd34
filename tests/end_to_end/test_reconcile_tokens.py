"""Solana RPC against bloXroute for one owner, over real sockets."""

from typing import Any

import pytest

from gateway.sandbox import addresses as known
from tests.end_to_end.asking import BALANCE
from tests.readings.clock import StandingClock
from tests.running import READER_KEY, Answer, Gateway, running_gateway

QUERY = """query ($owner: Address!) { reconcileTokens(owner: $owner) {
    asset { ... on Token { mint symbol decimals } } verdict
    observations { amount { display precision atomic }
        provenance { provider operation servedFrom position { kind value } } }
    problems { code provider } } }"""
NEW_OWNER = known.OWNER_OF_NONE


async def ask(gateway: Gateway, owner: str = known.OWNER, key: str | None = None) -> Answer:
    return await gateway.ask(QUERY, {"owner": owner}, key=key)


async def compared(gateway: Gateway, owner: str = known.OWNER) -> dict[str, Any]:
    rows = (await ask(gateway, owner)).data["reconcileTokens"]
    return {row["asset"]["mint"]: row for row in rows}


def figures(row: Any) -> list[tuple[str, str]]:
    return [(each["provenance"]["provider"], each["amount"]["display"]) for each in row["observations"]]


async def _tell(gateway: Gateway, mint: str, settled: str, owner: str = known.OWNER) -> None:
    await gateway.control("bloxroute", balance={"owner": owner, "mint": mint, "settled": settled})


async def test_each_mint_has_a_verdict_and_the_figure_and_source_of_each_side(gateway: Gateway) -> None:
    await _tell(gateway, known.USDC_MINT, "1292.25")
    found = await compared(gateway)
    assert {mint: row["verdict"] for mint, row in found.items()} == {
        known.USDC_MINT: "AGREED",
        known.SERUM_MINT: "AGREED",
        known.CENTS_MINT: "DISPUTED",
        known.TWENTY_DECIMALS_MINT: "DISPUTED",
        known.MOST_DECIMALS_MINT: "DISPUTED",
        known.INFINITE_MINT: "DISPUTED",
        known.UNPRINTABLE_MINT: "DISPUTED",
        # A multiplier of 2, and native SOL.
        known.SCALED_MINT: "NOT_COMPARABLE",
        known.WRAPPED_SOL_MINT: "NOT_COMPARABLE",
    }
    assert found[known.USDC_MINT]["asset"] == {"mint": known.USDC_MINT, "symbol": "USDC", "decimals": 6}
    assert found[known.USDC_MINT]["observations"] == [
        {
            "amount": {"display": "1292.25", "precision": "EXACT", "atomic": "1292250000"},
            "provenance": {
                "provider": "SOLANA_RPC",
                "operation": "getTokenAccountsByOwner",
                "servedFrom": "UPSTREAM",
                "position": {"kind": "SLOT", "value": "301554219"},
            },
        },
        {
            "amount": {"display": "1292.25", "precision": "PROVIDER_FLOAT", "atomic": None},
            "provenance": {
                "provider": "BLOXROUTE",
                "operation": "GET /api/v2/balance",
                "servedFrom": "UPSTREAM",
                "position": None,
            },
        },
    ]
    assert figures(found[known.INFINITE_MINT]) == [("SOLANA_RPC", "1000"), ("BLOXROUTE", "0")]
    assert {tuple(row["problems"]) for row in found.values()} == {()}


async def test_both_are_read_now_whatever_is_kept(gateway: Gateway) -> None:
    assert (await compared(gateway))[known.USDC_MINT]["verdict"] == "DISPUTED"
    await _tell(gateway, known.USDC_MINT, "1292.25")
    assert (await compared(gateway))[known.USDC_MINT]["verdict"] == "AGREED"
    assert (gateway.calls("bloxroute", BALANCE), gateway.calls("solana", "getTokenAccountsByOwner")) == (2, 8)


async def test_a_balance_that_is_not_final_yet_is_lag_and_no_dispute(gateway: Gateway) -> None:
    await _tell(gateway, known.USDC_MINT, "1292.25")
    await gateway.control("solana", mode={"lag": True})
    order = {"tokenAccount": known.USDC_ACCOUNT, "amount": "2000000000"}
    await gateway.control("solana", balance=order)
    # bloXroute is behind, then up to date, then somewhere between.
    for settled, verdict in (("1292.25", "AGREED"), ("2042", "AGREED"), ("1500", "NOT_COMPARABLE")):
        await _tell(gateway, known.USDC_MINT, settled)
        row = (await compared(gateway))[known.USDC_MINT]
        assert (row["verdict"], figures(row)) == (
            verdict,
            [("SOLANA_RPC", "1292.25"), ("SOLANA_RPC", "2042"), ("BLOXROUTE", settled)],
        )
    await gateway.control("solana", mode={"lag": False})
    row = (await compared(gateway))[known.USDC_MINT]
    assert (row["verdict"], figures(row)) == ("DISPUTED", [("SOLANA_RPC", "2042"), ("BLOXROUTE", "1500")])


@pytest.mark.parametrize(
    ("failing", "left", "code"),
    [("bloxroute", "SOLANA_RPC", "UPSTREAM_UNAUTHENTICATED"), ("solana", "BLOXROUTE", "UPSTREAM_UNAUTHENTICATED")],
)
async def test_a_source_that_failed_leaves_the_other_alone_and_says_why(
    gateway: Gateway, failing: str, left: str, code: str
) -> None:
    await gateway.fail(failing, "401")
    found = await compared(gateway)
    assert found
    for row in found.values():
        assert row["verdict"] == "SINGLE_SOURCE"
        assert [provider for provider, _ in figures(row)] == [left]
        assert {problem["code"] for problem in row["problems"]} == {code}


async def test_an_empty_list_means_that_both_were_read_and_a_failure_is_an_error(gateway: Gateway) -> None:
    assert await compared(gateway, NEW_OWNER) == {}
    await gateway.fail("bloxroute", "403")
    refused = await ask(gateway, NEW_OWNER)
    assert (refused.codes, refused.body["data"]) == (["UPSTREAM_FORBIDDEN"], None)
    assert refused.body["errors"][0]["extensions"]["provider"] == "BLOXROUTE"
    await gateway.fail("solana", "401")
    assert (await ask(gateway)).codes == ["UPSTREAM_UNAUTHENTICATED"]


async def test_a_stale_figure_disputes_nothing() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        assert (await compared(gateway))[known.CENTS_MINT]["verdict"] == "DISPUTED"
        await gateway.fail("bloxroute", "401")
        clock.advance(60)
        found = await compared(gateway)
    assert found[known.CENTS_MINT]["verdict"] == "NOT_COMPARABLE"
    assert found[known.SERUM_MINT]["verdict"] == "AGREED"
    assert found[known.CENTS_MINT]["problems"] == [{"code": "UPSTREAM_UNAUTHENTICATED", "provider": "BLOXROUTE"}]


async def test_only_a_solana_owner_can_be_asked_and_only_by_who_may(gateway: Gateway) -> None:
    assert (await ask(gateway, known.RUNES_HOLDER)).codes == ["BAD_USER_INPUT"]
    async with running_gateway(GATEWAY_ANONYMOUS_SCOPES="[]") as closed:
        assert (await ask(closed)).codes == ["UNAUTHENTICATED"]
        assert (await ask(closed, key=READER_KEY)).data["reconcileTokens"]
        assert closed.calls("bloxroute", BALANCE) == 1
