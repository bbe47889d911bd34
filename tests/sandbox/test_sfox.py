"""sFOX: numbers and nothing but numbers, one account for each token, and limits with penalties."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from gateway.sandbox import credentials, open_sandbox
from tests.sandbox.caller import Caller, Clock, Heard

PATH = "/v1/user/balance"


@pytest.fixture
async def limited(session: aiohttp.ClientSession) -> AsyncIterator[tuple[Caller, Clock]]:
    clock = Clock(1_767_225_600)
    async with open_sandbox(clock=clock) as sandbox:
        yield Caller(sandbox, session), clock


async def test_the_documented_example_comes_first(caller: Caller) -> None:
    heard = await caller.get("sfox", PATH)
    assert heard.text.startswith(
        '[{"currency":"btc","balance":1,"available":1,"held":0,"borrow_wallet":0,'
        '"collateral_wallet":0,"lending_wallet":0,"trading_wallet":1},'
        '{"currency":"usd","balance":100,"available":90,"held":10,'
    )


async def test_amounts_are_numbers_in_any_form(caller: Caller) -> None:
    heard = await caller.get("sfox", PATH)
    assert '"currency":"eth","balance":1e-8,"available":1e-8' in heard.text
    assert '{"currency":"ltc","balance":0.25161318,"available":0.25161318}' in heard.text
    assert '"balance":140.55,"available":10.0,"held":0,"borrow_wallet":-25.5' in heard.text


async def test_another_token_opens_another_account(caller: Caller) -> None:
    other = {"Authorization": f"Bearer {credentials.SFOX_OTHER_TOKEN}"}
    heard = await caller.get("sfox", PATH, headers=other)
    assert [row["currency"] for row in heard.tree] == ["btc", "sol"]
    assert heard.text.startswith('[{"currency":"btc","balance":1.50000001,')


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "sandbox-sfox-token"}, {"Authorization": "Bearer sandbox-xverse-key"}]
)
async def test_a_token_is_needed(caller: Caller, headers: dict[str, str]) -> None:
    heard = await caller.get("sfox", PATH, headers=headers)
    assert (heard.status, heard.tree) == (401, {"error": "invalid api key"})


async def test_path_verb_and_form_are_checked(caller: Caller) -> None:
    assert (await caller.get("sfox", "/v1/balance")).status == 404
    assert (await caller.ask("POST", "sfox", PATH)).status == 405
    assert (await caller.get("sfox", PATH, headers={"Accept": "text/html"})).status == 406


async def test_errors_have_three_shapes(caller: Caller) -> None:
    async def refused(shape: str) -> Heard:
        await caller.order("sfox", mode={"errors": shape})
        return await caller.get("sfox", PATH, headers={})

    assert (await refused("object")).tree == {"error": "invalid api key"}
    assert (await refused("text")).text == "invalid api key"
    assert (await refused("empty")).text == ""


async def test_the_sixth_call_in_ten_seconds_costs_ten_more(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    for _ in range(5):
        assert (await caller.get("sfox", PATH)).status == 200
    clock.now += 9
    refused = await caller.get("sfox", PATH)
    assert refused.status == 429
    assert not {"Retry-After", "X-Ratelimit-Remaining"} & set(refused.headers)
    clock.now += 9.5
    assert (await caller.get("sfox", PATH)).status == 429
    clock.now += 0.5
    assert (await caller.get("sfox", PATH)).status == 200


async def test_five_calls_in_any_ten_seconds_are_allowed_for_ever(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    for _ in range(12):
        assert (await caller.get("sfox", PATH)).status == 200
        clock.now += 2


async def test_the_penalty_of_the_route_leaves_other_paths_alone(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    for _ in range(6):
        await caller.get("sfox", PATH)
    assert (await caller.get("sfox", "/v1/other")).status == 404


async def test_two_hundred_and_fifty_calls_are_too_many_for_a_minute(limited: tuple[Caller, Clock]) -> None:
    caller, clock = limited
    for _ in range(250):
        assert (await caller.get("sfox", "/v1/other")).status == 404
    assert (await caller.get("sfox", "/v1/other")).status == 429
    clock.now += 59
    assert (await caller.get("sfox", PATH)).status == 429
    clock.now += 1
    assert (await caller.get("sfox", PATH)).status == 200


async def test_a_reset_forgives(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    for _ in range(6):
        await caller.get("sfox", PATH)
    await caller.order("sfox", reset=True)
    assert (await caller.get("sfox", PATH)).status == 200


async def test_limits_can_be_switched_off_and_on(limited: tuple[Caller, Clock]) -> None:
    caller, _ = limited
    await caller.order("sfox", limits=False)
    for _ in range(20):
        assert (await caller.get("sfox", PATH)).status == 200
    await caller.order("sfox", limits=True)
    assert [(await caller.get("sfox", PATH)).status for _ in range(6)] == [200] * 5 + [429]


async def test_a_changed_amount_is_sent_as_it_was_written(caller: Caller) -> None:
    change = {"token": credentials.SFOX_TOKEN, "currency": "btc", "balance": "1.10e+2", "held": "0.000000000000000001"}
    await caller.order("sfox", balance=change)
    heard = await caller.get("sfox", PATH)
    assert '{"currency":"btc","balance":1.10e+2,"available":1,"held":0.000000000000000001,' in heard.text
