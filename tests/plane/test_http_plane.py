"""Budgets and deadlines as a web app meets them, from HTTP to the providers and back."""

import asyncio

import pytest
import time_machine

from gateway.sandbox import addresses, open_sandbox
from tests.plane.question import (
    ANOTHER_HOLDER,
    EVERYTHING,
    HOLDER,
    ONE_OF_EACH,
    RUNES,
    ask_within,
    metric,
    runes,
    status,
    wallets,
)
from tests.plane.vendor import said, serve_vendor
from tests.running import DEMO_KEY, OTHER_KEY, Gateway, running_gateway, serving

NOON = 1_800_000_000
V2 = "GET /v2/runes/address/{address}/balance"
SFOX = "GET /v1/user/balance"
LIMITED = {"code": "RATE_LIMITED", "provider": "XVERSE", "retryable": True}


async def test_with_a_spent_budget_an_older_reading_is_shown_with_the_time_to_ask_again() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(GATEWAY_XVERSE__BUDGET="1/minute") as gateway:
            fresh = await runes(gateway, max_age=0)
            assert fresh["outcome"] == "FRESH"
            clock.shift(20)
            stale = await runes(gateway, max_age=0)
            assert stale["outcome"] == "STALE"
            assert stale["problem"] == {**LIMITED, "retryAfter": 40}
            assert (stale["nodes"], stale["provenance"]["servedFrom"]) == (fresh["nodes"], "CACHE")
            assert gateway.calls("xverse", V2) == 1
            clock.shift(41)
            assert (await runes(gateway, max_age=0))["outcome"] == "FRESH"


async def test_with_a_spent_budget_a_reading_young_enough_is_as_good_as_ever() -> None:
    async with running_gateway(GATEWAY_XVERSE__BUDGET="1/minute") as gateway:
        assert [(await runes(gateway))["outcome"] for _ in range(3)] == ["FRESH"] * 3
        assert gateway.calls("xverse", V2) == 1


async def test_with_a_spent_budget_and_nothing_to_show_it_is_said_when_to_ask_again() -> None:
    with time_machine.travel(NOON, tick=False):
        async with running_gateway(GATEWAY_XVERSE__BUDGET="1/minute") as gateway:
            await runes(gateway)
            unavailable = await runes(gateway, ANOTHER_HOLDER)
            assert unavailable == {
                "outcome": "UNAVAILABLE",
                "problem": {**LIMITED, "retryAfter": 60},
                "provenance": None,
                "nodes": None,
            }
            assert gateway.calls("xverse", V2) == 1


async def test_a_budget_that_comes_back_in_time_is_waited_for_where_there_is_nothing_to_show() -> None:
    with time_machine.travel(NOON) as clock:
        async with running_gateway(GATEWAY_XVERSE__BUDGET="1/10 seconds") as gateway:
            await runes(gateway)
            clock.shift(9.3)
            first, second = await asyncio.gather(runes(gateway, max_age=0), runes(gateway, ANOTHER_HOLDER))
            assert (first["outcome"], second["outcome"]) == ("STALE", "FRESH")
            assert gateway.calls("xverse", V2) == 2


async def test_where_there_is_something_to_show_no_budget_is_waited_for_however_soon_it_comes_back() -> None:
    with time_machine.travel(NOON) as clock:
        async with running_gateway(GATEWAY_XVERSE__BUDGET="1/10 seconds") as gateway:
            await runes(gateway)
            clock.shift(8)
            stale = await runes(gateway, max_age=0)
            assert (stale["outcome"], stale["problem"]["code"]) == ("STALE", "RATE_LIMITED")
            assert stale["problem"]["retryAfter"] in (1, 2)
            assert gateway.calls("xverse", V2) == 1


async def test_whoever_asks_for_what_is_being_asked_joins_that_call_and_pays_nothing() -> None:
    async with running_gateway(GATEWAY_XVERSE__BUDGET="1/minute") as gateway:
        await gateway.control("xverse", latency_ms=300)
        readings = await asyncio.gather(*(runes(gateway, max_age=0) for _ in range(20)))
        assert {reading["outcome"] for reading in readings} == {"FRESH"}
        assert gateway.calls("xverse", V2) == 1


async def test_sfox_is_never_asked_too_often_however_many_ask_at_once() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(limits=True, GATEWAY_REQUEST_TIMEOUT="2") as gateway:
            asked_at: list[float] = []
            for second in range(25):
                before = gateway.calls("sfox", SFOX)
                readings = await asyncio.gather(
                    *(wallets(gateway, DEMO_KEY, 0) for _ in range(100 if second < 3 else 7))
                )
                asked_at += [second] * (gateway.calls("sfox", SFOX) - before)
                outcomes = {(each["outcome"], (each["problem"] or {}).get("code")) for each in readings}
                assert outcomes <= {("FRESH", None), ("STALE", "RATE_LIMITED")}
                clock.shift(1)
            # The sandbox's own limiter refused nobody.
            assert await metric(gateway, "gateway_upstream_calls_total", provider="SFOX", outcome="RATE_LIMITED") == 0
            assert await metric(gateway, "gateway_upstream_refused_total", provider="SFOX", code="RATE_LIMITED") > 0
            # Five at once or one a second, and again as soon as the oldest is more than ten seconds old, and one for
            # the way there.
            assert 11 <= len(asked_at) <= 15
            assert all(sixth - first > 11 for first, sixth in zip(asked_at, asked_at[5:], strict=False))


async def test_a_refusal_at_sfox_keeps_its_caller_away_for_ten_seconds_and_then_a_minute() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
            await gateway.fail("sfox", "429", times=2)
            for wait in (10, 60):
                refused = await wallets(gateway, DEMO_KEY)
                assert (refused["problem"]["code"], refused["problem"]["retryAfter"]) == ("RATE_LIMITED", wait)
                calls = gateway.calls("sfox", SFOX)
                clock.shift(wait - 1)
                assert (await wallets(gateway, DEMO_KEY))["problem"]["retryAfter"] == 1
                assert gateway.calls("sfox", SFOX) == calls
                clock.shift(1)
            assert (await wallets(gateway, DEMO_KEY))["outcome"] == "FRESH"


async def test_a_refusal_of_one_callers_account_leaves_the_others_alone() -> None:
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
        await gateway.fail("sfox", "429", times=1)
        assert (await wallets(gateway, DEMO_KEY))["outcome"] == "UNAVAILABLE"
        assert (await wallets(gateway, OTHER_KEY))["outcome"] == "FRESH"
        assert (await wallets(gateway, DEMO_KEY))["problem"]["code"] == "RATE_LIMITED"
        assert gateway.calls("sfox", SFOX) == 2


async def test_a_refusal_at_bloxroute_keeps_everyone_away_until_the_next_minute() -> None:
    query = "query ($a: Address!) { account(address: $a) { tokens { outcome problem { code retryAfter } } } }"
    with time_machine.travel(NOON + 18, tick=False) as clock:
        async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
            await gateway.fail("bloxroute", "429", times=1)
            for owner in (addresses.OWNER, addresses.OWNER_OF_NONE):
                tokens = (await gateway.ask(query, {"a": owner})).data["account"]["tokens"]
                assert (tokens["outcome"], tokens["problem"]["code"]) == ("UNAVAILABLE", "RATE_LIMITED")
                assert tokens["problem"]["retryAfter"] in (42, 43)
            assert gateway.calls("bloxroute", "GET /api/v2/balance") == 1
            clock.shift(43)
            tokens = (await gateway.ask(query, {"a": addresses.OWNER})).data["account"]["tokens"]
            assert tokens["outcome"] == "FRESH"


async def test_a_callers_own_timeout_shortens_the_wait_and_nobody_elses() -> None:
    async with (
        serve_vendor(said({"balances": [], "indexerHeight": 1})) as vendor,
        open_sandbox() as sandbox,
        serving(sandbox, GATEWAY_XVERSE__URL=vendor.url, GATEWAY_REQUEST_TIMEOUT="20") as gateway,
    ):
        vendor.may_answer.clear()
        patient = asyncio.create_task(runes(gateway))
        await vendor.arrived.wait()
        hurried = await ask_within(gateway, "0.2")
        assert hurried.data["account"]["runes"]["problem"]["code"] == "TIMEOUT"
        assert not patient.done()
        vendor.may_answer.set()
        assert (await patient)["outcome"] == "FRESH"
        # Both waited for one call, and it went on for the one who still did.
        assert len(vendor.asked) == 1


@pytest.mark.parametrize("seconds", ["30", "9999", "5.001"])
async def test_a_callers_timeout_beyond_the_settings_lengthens_nothing(seconds: str) -> None:
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.3") as gateway:
        await gateway.fail("xverse", "hang")
        async with asyncio.timeout(20):
            answer = await ask_within(gateway, seconds)
        assert answer.data["account"]["runes"]["problem"]["code"] == "TIMEOUT"


@pytest.mark.parametrize("seconds", ["", "soon", "-1", "1e3", "0.0001", "10000", "NaN", "inf", "1,5", "٣"])
async def test_a_timeout_that_is_no_number_of_seconds_is_refused(gateway: Gateway, seconds: str) -> None:
    answer = await ask_within(gateway, seconds)
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert answer.body["errors"][0]["message"] == "X-Request-Timeout is a number of seconds, such as 2 or 0.5."
    assert gateway.calls("xverse", V2) == 0


@pytest.mark.parametrize("seconds", ["5", "0.5", "2.125", "007"])
async def test_a_timeout_in_seconds_is_understood(gateway: Gateway, seconds: str) -> None:
    answer = await ask_within(gateway, seconds)
    assert answer.data["account"]["runes"]["outcome"] == "FRESH"


async def test_a_timeout_of_nothing_shows_what_is_known_already(gateway: Gateway) -> None:
    assert (await ask_within(gateway, "0")).data["account"]["runes"]["problem"]["code"] == "TIMEOUT"
    await runes(gateway)
    assert (await ask_within(gateway, "0")).data["account"]["runes"]["outcome"] == "FRESH"
    late = await ask_within(gateway, "0", RUNES, {"address": HOLDER, "maxAge": 0})
    assert late.data["account"]["runes"]["outcome"] == "STALE"


@pytest.mark.parametrize("slow", ["xverse", "solana", "bloxroute", "sfox"])
@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_slow_provider_costs_only_its_own_fields(slow: str, fault: str) -> None:
    fields = {"xverse": "runes", "solana": "tokenAccount", "bloxroute": "tokens", "sfox": "exchangeWallets"}
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="2") as gateway:
        await gateway.fail(slow, fault)
        data = (await gateway.ask(EVERYTHING, ONE_OF_EACH, key=DEMO_KEY)).data
        readings = {
            "runes": data["holder"]["runes"],
            "tokens": data["owner"]["tokens"],
            "tokenAccount": data["tokenAccount"],
            "exchangeWallets": data["exchangeWallets"],
        }
        unread = readings.pop(fields[slow])
        assert (unread["outcome"], unread["problem"]["code"]) == ("UNAVAILABLE", "TIMEOUT")
        assert unread.get("nodes") is unread.get("amount") is None
        assert {reading["outcome"] for reading in readings.values()} == {"FRESH"}
        assert (await status(gateway, {"solana": "SOLANA_RPC"}.get(slow, slow.upper())))["circuit"] == "CLOSED"
