"""One caller never sees what another caller's credential read: not kept, not under way, not stale."""

import asyncio
from typing import Any

from gateway.sandbox import credentials, open_sandbox
from tests.end_to_end.asking import WALLETS
from tests.end_to_end.gate import gate_before
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, Gateway, running_gateway, serving

QUERY = """query ($maxAge: Int) { exchangeWallets(maxAge: $maxAge) {
    outcome problem { code } provenance { servedFrom } nodes { id currency { code } balance { display } } } }"""
DEMOS = {"BTC": "1", "ETH": "0.00000001", "LTC": "0.25161318", "USD": "100", "USDC": "140.55"}
OTHERS = {"BTC": "1.50000001", "SOL": "7.25"}


async def _wallets(gateway: Gateway, key: str, max_age: int | None = None) -> Any:
    return (await gateway.ask(QUERY, {"maxAge": max_age}, key=key)).data["exchangeWallets"]


def _figures(reading: Any) -> dict[str, str]:
    return {node["currency"]["code"]: node["balance"]["display"] for node in reading["nodes"]}


async def test_what_is_kept_for_one_caller_is_not_shown_to_another(gateway: Gateway) -> None:
    for _ in range(2):
        assert _figures(await _wallets(gateway, DEMO_KEY)) == DEMOS
        assert _figures(await _wallets(gateway, OTHER_KEY)) == OTHERS
    assert (await _wallets(gateway, DEMO_KEY))["provenance"]["servedFrom"] == "CACHE"
    assert gateway.calls("sfox", WALLETS) == 2


async def test_a_call_under_way_for_one_caller_is_not_shared_with_another() -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        gate_before(sandbox.urls["sfox"]) as sfox,
        serving(sandbox, GATEWAY_SFOX__URL=sfox.url) as gateway,
    ):
        demos = asyncio.create_task(_wallets(gateway, DEMO_KEY))
        await sfox.arrived(1)
        others = asyncio.create_task(_wallets(gateway, OTHER_KEY))
        await sfox.arrived(2)
        sfox.open()
        assert _figures(await demos) == DEMOS
        assert _figures(await others) == OTHERS


async def test_callers_who_ask_in_turns_all_at_once_each_get_their_own(gateway: Gateway) -> None:
    keys = [DEMO_KEY, OTHER_KEY] * 20
    readings = await asyncio.gather(*(_wallets(gateway, key, max_age=n % 2) for n, key in enumerate(keys)))
    for key, reading in zip(keys, readings, strict=True):
        assert _figures(reading) == (DEMOS if key == DEMO_KEY else OTHERS)


async def test_a_stale_figure_is_shown_to_nobody_but_its_owner() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        await _wallets(gateway, DEMO_KEY)
        await gateway.fail("sfox", "503")
        clock.advance(60)
        stale = await _wallets(gateway, DEMO_KEY)
        assert (stale["outcome"], _figures(stale)) == ("STALE", DEMOS)
        others = await _wallets(gateway, OTHER_KEY)
        assert (others["outcome"], others["nodes"], others["provenance"]) == ("UNAVAILABLE", None, None)
        assert others["problem"] == {"code": "UNAVAILABLE"}


async def test_one_caller_whose_token_was_withdrawn_does_not_see_the_others_account() -> None:
    async with running_gateway(GATEWAY_CALLERS__OTHER__SFOX_TOKEN="withdrawn-token") as gateway:
        assert _figures(await _wallets(gateway, DEMO_KEY)) == DEMOS
        others = await _wallets(gateway, OTHER_KEY)
        assert (others["outcome"], others["nodes"]) == ("UNAVAILABLE", None)
        assert others["problem"] == {"code": "UPSTREAM_UNAUTHENTICATED"}


async def test_two_callers_of_one_account_share_its_figures_and_its_calls() -> None:
    async with running_gateway(GATEWAY_CALLERS__OTHER__SFOX_TOKEN=credentials.SFOX_TOKEN) as gateway:
        assert _figures(await _wallets(gateway, DEMO_KEY)) == DEMOS
        others = await _wallets(gateway, OTHER_KEY)
        assert (_figures(others), others["provenance"]["servedFrom"]) == (DEMOS, "CACHE")
        assert gateway.calls("sfox", WALLETS) == 1


async def test_a_caller_with_the_scope_but_no_account_reads_nobodys() -> None:
    scopes = '["balances:read", "exchange:read"]'
    async with running_gateway(GATEWAY_CALLERS__READER__SCOPES=scopes) as gateway:
        await _wallets(gateway, DEMO_KEY)
        readers = await _wallets(gateway, READER_KEY)
        assert (readers["outcome"], readers["nodes"]) == ("UNAVAILABLE", None)
        assert readers["problem"] == {"code": "NOT_CONFIGURED"}
        assert gateway.calls("sfox", WALLETS) == 1


async def test_a_caller_without_the_scope_is_refused_whatever_is_kept(gateway: Gateway) -> None:
    await _wallets(gateway, DEMO_KEY)
    refused = await gateway.ask(QUERY, key=READER_KEY)
    assert (refused.codes, refused.body["data"]) == (["FORBIDDEN"], None)
    assert (await gateway.ask(QUERY)).codes == ["UNAUTHENTICATED"]


async def test_wallet_ids_of_two_callers_differ_even_for_one_currency(gateway: Gateway) -> None:
    ids = {node["id"] for key in (DEMO_KEY, OTHER_KEY) for node in (await _wallets(gateway, key))["nodes"]}
    assert len(ids) == len(DEMOS) + len(OTHERS)


async def test_callers_balances_by_address_are_no_secret_and_shared(gateway: Gateway) -> None:
    query = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { runes { provenance { servedFrom } } } }'
    await gateway.ask(query, key=DEMO_KEY)
    shared = await gateway.ask(query, key=OTHER_KEY)
    assert shared.data["account"]["runes"]["provenance"] == {"servedFrom": "CACHE"}
