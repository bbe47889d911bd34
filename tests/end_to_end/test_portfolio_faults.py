"""A portfolio on bad days: what was not read is told, and never adds nothing to a total that looks whole."""

import asyncio
from typing import Any

import pytest

from gateway.sandbox import addresses as known
from tests.end_to_end.asking import BALANCE
from tests.end_to_end.totals import counts, displays, open_ends, portfolio, problems, totals
from tests.providers.node import Node, accounts, at, info, parsed, shown
from tests.providers.recorded import serve_recorded
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, READER_KEY, Gateway, running_gateway

OWNED = "getTokenAccountsByOwner"
ITSELF = "getMultipleAccounts"
# What bloXroute says of the owner, but for SOL.
STAND_INS = {
    known.SERUM_MINT: "0",
    known.SCALED_MINT: "0.000000001",
    known.CENTS_MINT: "1000000000000000000000",
    known.USDC_MINT: "1250.25",
}


async def _refuse(gateway: Gateway, route: str) -> None:
    """Make the node refuse one method for good, with an error that is not worth asking again."""
    await gateway.control("solana", fail={"fault": "401", "times": None, "route": route})


async def test_an_unread_bitcoin_address_leaves_every_rune_open_and_no_token(gateway: Gateway) -> None:
    await gateway.fail("xverse", "401", times=1)
    found = await portfolio(gateway, known.RUNES_HOLDER, known.DOCUMENTED_HOLDER, known.OWNER)
    assert counts(found) == {"fresh": 2, "unavailable": 1}
    assert (found["coverage"]["complete"], problems(found)) == (False, {("XVERSE", "UPSTREAM_UNAUTHENTICATED")})
    # The one that was read is summed, and no more is said than that.
    told = totals(found)[known.GOOD_DOG]
    assert (told["lowerBound"], told["positions"]) == (True, 1)
    assert {each["lowerBound"] for each in found["totals"] if each["asset"]["__typename"] == "Rune"} == {True}
    assert {each["lowerBound"] for each in found["totals"] if each["asset"]["__typename"] == "Token"} == {False}


async def test_an_exchange_that_was_not_read_shows_no_currency_at_all(gateway: Gateway) -> None:
    await gateway.fail("sfox", "401")
    found = await portfolio(gateway, known.DOCUMENTED_HOLDER, exchanges=["SFOX"], key=DEMO_KEY)
    assert {each["asset"]["__typename"] for each in found["totals"]} == {"Rune"}
    assert set(open_ends(found).values()) == {False}
    assert (counts(found), found["coverage"]["complete"]) == ({"fresh": 1, "unavailable": 1}, False)


async def test_a_caller_without_an_account_is_told_so_in_the_coverage() -> None:
    async with running_gateway(GATEWAY_CALLERS__READER__SCOPES='["exchange:read"]') as gateway:
        found = await portfolio(gateway, exchanges=["SFOX"], key=READER_KEY)
    assert (found["totals"], counts(found)) == ([], {"unavailable": 1})
    assert problems(found) == {("SFOX", "NOT_CONFIGURED")}


async def test_without_the_node_bloxroute_stands_in_and_is_told_by_the_precision(gateway: Gateway) -> None:
    await gateway.fail("solana", "401")
    found = await portfolio(gateway, known.OWNER)
    stand_ins = {name: each for name, each in totals(found).items() if name != known.WRAPPED_SOL_MINT}
    assert {name: each["total"]["display"] for name, each in stand_ins.items()} == STAND_INS
    for each in stand_ins.values():
        assert (each["total"]["precision"], each["total"]["atomic"]) == ("PROVIDER_FLOAT", None)
        assert (each["lowerBound"], each["positions"]) == (False, 1)
    # What bloXroute calls SOL may be native.
    sol = totals(found)[known.WRAPPED_SOL_MINT]
    assert (sol["total"]["display"], sol["lowerBound"], sol["positions"]) == ("0", True, 0)
    assert (counts(found), found["coverage"]["complete"]) == ({"fresh": 1}, False)
    assert problems(found) == {("SOLANA_RPC", "UPSTREAM_UNAUTHENTICATED")}


async def test_a_node_that_hangs_leaves_bloxroute_the_time_to_stand_in() -> None:
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="1") as gateway:
        await gateway.fail("solana", "hang")
        found = await portfolio(gateway, known.OWNER)
    assert displays(found)[known.USDC_MINT] == "1250.25"
    assert problems(found) == {("SOLANA_RPC", "TIMEOUT")}


async def test_without_both_nothing_is_known_of_any_token(gateway: Gateway) -> None:
    await gateway.fail("solana", "401")
    await gateway.fail("bloxroute", "401")
    found = await portfolio(gateway, known.OWNER, known.DOCUMENTED_HOLDER)
    assert counts(found) == {"fresh": 1, "unavailable": 1}
    assert problems(found) == {
        ("SOLANA_RPC", "UPSTREAM_UNAUTHENTICATED"),
        ("BLOXROUTE", "UPSTREAM_UNAUTHENTICATED"),
    }
    assert {each["asset"]["__typename"] for each in found["totals"]} == {"Rune"}


async def test_bloxroute_need_not_be_there() -> None:
    async with running_gateway(GATEWAY_BLOXROUTE__AUTHORIZATION="") as gateway:
        assert counts(await portfolio(gateway, known.OWNER)) == {"fresh": 1}
        await gateway.fail("solana", "401")
        found = await portfolio(gateway, known.OWNER_OF_MANY)
    assert (counts(found), ("BLOXROUTE", "NOT_CONFIGURED") in problems(found)) == ({"unavailable": 1}, True)


async def test_an_owner_of_whom_nothing_is_listed_may_be_a_token_account_until_the_node_says_no(
    gateway: Gateway,
) -> None:
    await _refuse(gateway, ITSELF)
    found = await portfolio(gateway, known.OWNER, known.TOKEN_ACCOUNT)
    assert counts(found) == {"fresh": 1, "unavailable": 1}
    assert open_ends(found)[known.USDC_MINT]


async def test_a_token_account_of_an_owner_read_at_bloxroute_is_not_added_to_its_figure(gateway: Gateway) -> None:
    await _refuse(gateway, OWNED)
    found = await portfolio(gateway, known.OWNER, known.USDC_ACCOUNT)
    usdc = totals(found)[known.USDC_MINT]
    assert (usdc["total"]["display"], usdc["total"]["precision"]) == ("1250.25", "EXACT")
    assert (usdc["lowerBound"], usdc["positions"]) == (True, 1)
    assert displays(found)[known.CENTS_MINT] == STAND_INS[known.CENTS_MINT]
    assert found["coverage"]["complete"] is False


async def test_a_stale_reading_is_summed_counted_as_stale_and_preferred_to_bloxroute() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        known_before = await portfolio(gateway, known.OWNER, known.RUNES_HOLDER, exchanges=["SFOX"], key=DEMO_KEY)
        for provider in ("solana", "xverse", "sfox"):
            await gateway.fail(provider, "401")
        clock.advance(60)
        found = await portfolio(gateway, known.OWNER, known.RUNES_HOLDER, exchanges=["SFOX"], key=DEMO_KEY)
        assert gateway.calls("bloxroute", BALANCE) == 0
    assert found["totals"] == known_before["totals"]
    assert (counts(found), found["coverage"]["complete"]) == ({"stale": 3}, True)
    assert {provider for provider, _ in problems(found)} == {"SOLANA_RPC", "XVERSE", "SFOX"}


async def test_a_provider_that_comes_back_is_believed_again(gateway: Gateway) -> None:
    await gateway.fail("solana", "401")
    assert totals(await portfolio(gateway, known.OWNER))[known.USDC_MINT]["total"]["precision"] == "PROVIDER_FLOAT"
    await gateway.control("solana", reset=True)
    found = await portfolio(gateway, known.OWNER, max_age=0)
    assert (displays(found)[known.USDC_MINT], found["coverage"]["complete"]) == ("1292.25", True)


async def test_one_mint_with_two_decimals_is_a_problem_by_name_and_not_a_sum() -> None:
    def owned(params: list[Any]) -> Any:
        if params[1]["programId"].startswith("Tokenz"):
            return at([])
        rows = [(known.TOKEN_ACCOUNT, shown("1", 6)), (known.USDC_ACCOUNT, shown("1", 9))]
        return at([{"pubkey": place, "account": parsed(info(amount))} for place, amount in rows])

    node = Node(getTokenAccountsByOwner=owned, getMultipleAccounts=accounts(None))
    async with serve_recorded(node) as recorded, running_gateway(GATEWAY_SOLANA__URL=recorded.url) as gateway:
        found = await portfolio(gateway, known.OWNER)
    assert (found["totals"], counts(found), found["coverage"]["complete"]) == ([], {"fresh": 1}, False)
    (problem,) = found["coverage"]["problems"]
    assert (problem["code"], problem["provider"], problem["retryable"]) == ("PROTOCOL", "SOLANA_RPC", False)
    assert known.SCALED_MINT in problem["message"]
    assert problem["reference"]


@pytest.mark.parametrize("fault", ["html", "truncated", "missing-field", "wrong-id", "both-result-and-error"])
async def test_whatever_a_node_does_a_total_is_never_less_than_it_says(gateway: Gateway, fault: str) -> None:
    whole = displays(await portfolio(gateway, known.OWNER))
    await gateway.fail("solana", fault, times=1)
    found = await portfolio(gateway, known.OWNER, max_age=0)
    exact = {name: each for name, each in totals(found).items() if each["total"]["precision"] == "EXACT"}
    for name, each in exact.items():
        assert each["lowerBound"] or each["total"]["display"] == whole[name]
    assert found["coverage"]["problems"]


async def test_callers_who_ask_at_once_while_one_account_fails_each_get_their_own(gateway: Gateway) -> None:
    await gateway.fail("sfox", "401", times=1)
    keys = [DEMO_KEY, "other.other-secret"]
    found = await asyncio.gather(*(portfolio(gateway, exchanges=["SFOX"], key=key) for key in keys))
    assert sorted(counts(each).popitem()[0] for each in found) == ["fresh", "unavailable"]
    read = next(each for each in found if each["totals"])
    assert displays(read)["BTC"] == ("1" if found.index(read) == 0 else "1.50000001")
