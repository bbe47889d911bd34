"""What the gateway says of its providers, in `providers` and in `/metrics`, held against what was done to them."""

import pytest
import time_machine

from gateway.sandbox import addresses, open_sandbox
from tests.plane.clock import AheadClock
from tests.plane.question import ANOTHER_HOLDER, HOLDER, metric, runes, status, wallets
from tests.plane.vendor import said, serve_vendor
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, running_gateway, serving

NOON = 1_800_000_000
NOON_TEXT = "2027-01-15T08:00:{:02}.000Z"
V2 = "GET /v2/runes/address/{address}/balance"


async def test_a_circuit_is_shown_as_it_opens_is_probed_and_closes() -> None:
    clock = AheadClock()
    # No retry fits the deadline, so each question is one call.
    async with running_gateway(clock=clock, GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
        await gateway.fail("xverse", "503")
        for _ in range(5):
            assert (await status(gateway, "XVERSE"))["circuit"] == "CLOSED"
            assert (await runes(gateway))["problem"]["retryAfter"] is None
        refused = await runes(gateway)
        assert (refused["problem"]["code"], refused["problem"]["retryable"]) == ("UNAVAILABLE", True)
        assert 1 <= refused["problem"]["retryAfter"] <= 5
        assert gateway.calls("xverse", V2) == 5
        assert (await status(gateway, "XVERSE"))["circuit"] == "OPEN"
        assert (await status(gateway, "SOLANA_RPC"))["circuit"] == "CLOSED"
        assert await metric(gateway, "gateway_upstream_circuits_open", provider="XVERSE") == 1
        assert await metric(gateway, "gateway_upstream_refused_total", provider="XVERSE", code="UNAVAILABLE") == 1
        await gateway.control("xverse", reset=True)
        clock.ahead += 5
        assert (await status(gateway, "XVERSE"))["circuit"] == "HALF_OPEN"
        assert (await runes(gateway))["outcome"] == "FRESH"
        assert (await status(gateway, "XVERSE"))["circuit"] == "CLOSED"
        assert await metric(gateway, "gateway_upstream_circuits_open", provider="XVERSE") == 0


async def test_a_budget_is_shown_as_it_is_spent_and_comes_back() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(GATEWAY_XVERSE__BUDGET="2/30 seconds") as gateway:
            seen = []
            for address in (HOLDER, ANOTHER_HOLDER):
                shown = await status(gateway, "XVERSE")
                seen.append((shown["budgetRemaining"], shown["budgetResetsAt"]))
                await runes(gateway, address)
                clock.shift(10)
            shown = await status(gateway, "XVERSE")
            seen.append((shown["budgetRemaining"], shown["budgetResetsAt"]))
            clock.shift(11)
            shown = await status(gateway, "XVERSE")
            seen.append((shown["budgetRemaining"], shown["budgetResetsAt"]))
            assert seen == [
                (2, NOON_TEXT.format(30)),
                (1, NOON_TEXT.format(30)),
                (0, NOON_TEXT.format(30)),
                (1, NOON_TEXT.format(40)),
            ]


async def test_where_no_budget_is_set_none_is_shown() -> None:
    async with running_gateway() as gateway:
        for provider in ("XVERSE", "SOLANA_RPC", "BLOXROUTE"):
            shown = await status(gateway, provider)
            assert (shown["budgetRemaining"], shown["budgetResetsAt"]) == (None, None)


async def test_credits_at_bloxroute_are_shown_as_calls_until_the_next_minute() -> None:
    query = "query ($a: Address!) { account(address: $a) { tokens { outcome } } }"
    with time_machine.travel(NOON + 18, tick=False):
        async with running_gateway(GATEWAY_BLOXROUTE__BUDGET="60/minute", GATEWAY_BLOXROUTE__COST="5") as gateway:
            await gateway.ask(query, {"a": addresses.OWNER})
            shown = await status(gateway, "BLOXROUTE")
            assert (shown["budgetRemaining"], shown["budgetResetsAt"]) == (11, "2027-01-15T08:01:00.000Z")


async def test_at_sfox_each_caller_sees_the_budget_of_its_own_account() -> None:
    async with running_gateway() as gateway:
        for _ in range(3):
            await wallets(gateway, DEMO_KEY, 0)
        await wallets(gateway, OTHER_KEY, 0)
        left = {
            key: (await status(gateway, "SFOX", key))["budgetRemaining"]
            for key in (DEMO_KEY, OTHER_KEY, READER_KEY, None)
        }
        # Who has no account there has no budget either.
        assert left == {DEMO_KEY: 2, OTHER_KEY: 4, READER_KEY: None, None: None}


async def test_while_a_penalty_lasts_nothing_is_left_to_its_caller_and_its_end_is_shown() -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
            await gateway.fail("sfox", "429", times=1)
            await wallets(gateway, DEMO_KEY)
            clock.shift(4)
            mine, others = await status(gateway, "SFOX", DEMO_KEY), await status(gateway, "SFOX", OTHER_KEY)
            assert (mine["budgetRemaining"], mine["budgetResetsAt"]) == (0, NOON_TEXT.format(10))
            assert others["budgetRemaining"] == 5
            assert mine["circuit"] == "CLOSED"
            clock.shift(6)
            # The call that was refused is still in the window, which is a second longer than sFOX's own.
            assert (await status(gateway, "SFOX", DEMO_KEY))["budgetRemaining"] == 4
            clock.shift(2)
            assert (await status(gateway, "SFOX", DEMO_KEY))["budgetRemaining"] == 5


@pytest.mark.parametrize(
    ("fault", "code"),
    [("429", "RATE_LIMITED"), ("401", "UPSTREAM_UNAUTHENTICATED"), ("503", "UNAVAILABLE"), ("not-json", "PROTOCOL")],
)
async def test_the_last_problem_and_the_last_success_are_what_they_were(fault: str, code: str) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
            before = await status(gateway, "XVERSE")
            assert (before["lastSuccessAt"], before["lastProblem"]) == (None, None)
            await runes(gateway)
            clock.shift(7)
            await gateway.fail("xverse", fault, times=1)
            problem = (await runes(gateway, ANOTHER_HOLDER))["problem"]
            after = await status(gateway, "XVERSE")
            assert after["lastSuccessAt"] == NOON_TEXT.format(0)
            assert after["lastProblem"]["code"] == problem["code"] == code
            assert after["lastProblem"]["retryAfter"] == problem["retryAfter"]


async def test_calls_are_counted_by_how_they_ended() -> None:
    async with running_gateway(GATEWAY_REQUEST_TIMEOUT="0.9") as gateway:
        await runes(gateway)
        await gateway.fail("xverse", "503", times=2)
        await runes(gateway, ANOTHER_HOLDER)
        await runes(gateway, ANOTHER_HOLDER)
        of_xverse = {"provider": "XVERSE", "operation": V2}
        assert await metric(gateway, "gateway_upstream_calls_total", **of_xverse, outcome="ok") == 1
        assert await metric(gateway, "gateway_upstream_calls_total", **of_xverse, outcome="UNAVAILABLE") == 2
        assert await metric(gateway, "gateway_upstream_seconds_count", **of_xverse) == 3
        assert await metric(gateway, "gateway_upstream_calls_total", provider="SFOX") == 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"confirmedBalance": 7}, "Expected `str`, got `int` - at `$.balances[...].confirmedBalance`"),
        ({"confirmedBalance": "7.5"}, "confirmedBalance: expected "),
        ({"divisibility": 39}, "divisibility: not from 0 to 38"),
        ({"runeId": "840123"}, "rune id: not of the form block:tx"),
        ({"pendingBalance": {}}, "`incomingAmount` - at `$.balances[...].pendingBalance`"),
    ],
)
async def test_an_answer_that_breaks_its_form_is_counted_under_the_field_that_does(
    change: dict[str, object], field: str
) -> None:
    # The bad row is the third: a field is one series, in whichever row it is.
    rows = [ROW, ROW | {"runeId": "1:1"}, ROW | {"runeId": "2:2"} | change]
    async with (
        serve_vendor(said({"balances": rows, "indexerHeight": 1})) as vendor,
        open_sandbox() as sandbox,
        serving(sandbox, GATEWAY_XVERSE__URL=vendor.url) as gateway,
    ):
        assert (await runes(gateway))["problem"]["code"] == "PROTOCOL"
        async with gateway.http.get(f"{gateway.url}/metrics") as response:
            text = await response.text()
        (drift,) = (line for line in text.splitlines() if line.startswith("gateway_contract_drift_total{"))
        assert field in drift
        assert drift.endswith('provider="XVERSE"} 1.0')


ROW = {
    "runeId": "840123:17",
    "runeName": "SANDBOX•ALPHA•COIN",
    "divisibility": 0,
    "confirmedBalance": "100",
    "availableBalance": "100",
    "projectedBalance": "90",
    "pendingBalance": {"incomingAmount": "0", "outgoingAmount": "10", "netAmount": "-10"},
}


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({}, {}),
        ({"projectedBalance": "91"}, {"projected = confirmed + net": 1}),
        ({"availableBalance": "101"}, {"available <= confirmed": 1}),
        (
            {"availableBalance": "101", "projectedBalance": "0"},
            {"projected = confirmed + net": 1, "available <= confirmed": 1},
        ),
    ],
)
async def test_runes_that_contradict_themselves_are_counted_and_shown_as_they_came(
    change: dict[str, str], rules: dict[str, int]
) -> None:
    row = ROW | change
    async with (
        serve_vendor(said({"balances": [row], "indexerHeight": 1})) as vendor,
        open_sandbox() as sandbox,
        serving(sandbox, GATEWAY_XVERSE__URL=vendor.url) as gateway,
    ):
        reading = await runes(gateway)
        assert reading["outcome"] == "FRESH"
        (shown,) = reading["nodes"]
        assert shown == {
            "amount": {"atomic": row["confirmedBalance"]},
            "spendable": {"atomic": row["availableBalance"]},
            "projected": {"atomic": row["projectedBalance"]},
            "pending": {"net": {"atomic": "-10"}},
        }
        for rule in ("projected = confirmed + net", "available <= confirmed"):
            assert await metric(gateway, "gateway_invariant_breaches_total", rule=rule) == rules.get(rule, 0)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"balance": "2", "available": "1.5", "held": "0.4"}, "balance = available + held"),
        ({"balance": "1", "trading_wallet": "0.5"}, "balance = trading + lending + borrow + collateral"),
    ],
)
async def test_wallets_that_do_not_add_up_are_counted_and_shown_as_they_came(change: dict[str, str], rule: str) -> None:
    async with running_gateway() as gateway:
        before = await metric(gateway, "gateway_invariant_breaches_total", rule=rule)
        await wallets(gateway, OTHER_KEY)
        assert await metric(gateway, "gateway_invariant_breaches_total", rule=rule) == before == 0
        await gateway.control("sfox", balance={"token": "sandbox-sfox-other-token", "currency": "btc", **change})
        reading = await wallets(gateway, OTHER_KEY, 0)
        assert reading["outcome"] == "FRESH"
        btc = reading["nodes"][0]
        assert btc["currency"]["code"] == "BTC"
        assert btc["balance"]["display"] == change["balance"]
        assert await metric(gateway, "gateway_invariant_breaches_total", provider="SFOX", rule=rule) >= 1
