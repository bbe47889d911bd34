"""The vendors' own clients take the sandbox for the vendor."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Confirmed
from solana.rpc.core import RPCException
from solana.rpc.models import TokenAccountOpts
from solders.account_decoder import ParsedAccount
from solders.pubkey import Pubkey
from solders.rpc.responses import GetTokenAccountBalanceResp

from gateway.sandbox import addresses, credentials
from tests.sandbox.caller import Caller

PYTHON_OF_CLIENTS = Path(__file__).parents[2] / ".venv-clients/bin/python"
SCRIPT = Path(__file__).with_name("bxsolana_client.py")


def key(address: str) -> Pubkey:
    return Pubkey.from_string(address)


@pytest.fixture
async def client(caller: Caller) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(caller.sandbox.urls["solana"]) as opened:
        yield opened


async def test_the_solana_client_finds_a_healthy_node(client: AsyncClient) -> None:
    assert await client.is_connected()
    assert (await client.get_version()).value.solana_core == "2.3.6"
    assert (await client.get_slot(Confirmed)).value == 301_554_249


@pytest.mark.parametrize(
    ("address", "amount", "decimals", "text"),
    [
        (addresses.TOKEN_ACCOUNT, "9864", 2, "98.64"),
        (addresses.WIDEST_ACCOUNT, "18446744073709551615", 20, "0.18446744073709551615"),
        (addresses.SCALED_ACCOUNT, "1000000", 6, "2"),
        (addresses.INFINITE_ACCOUNT, "1000", 0, "inf"),
        (addresses.UNPRINTABLE_ACCOUNT, "31415", 4, ""),
    ],
)
async def test_the_solana_client_reads_a_balance(
    client: AsyncClient, address: str, amount: str, decimals: int, text: str
) -> None:
    value = (await client.get_token_account_balance(key(address))).value
    assert (value.amount, value.decimals, value.ui_amount_string) == (amount, decimals, text)
    assert (value.ui_amount is None) == (decimals >= 20 or text in ("inf", ""))


async def test_the_solana_client_hears_that_an_account_is_closed(client: AsyncClient) -> None:
    with pytest.raises(RPCException, match="could not find account"):
        await client.get_token_account_balance(key(addresses.CLOSED_ACCOUNT))


async def test_the_solana_client_reads_many_accounts(client: AsyncClient) -> None:
    wanted = (addresses.SCALED_ACCOUNT, addresses.CLOSED_ACCOUNT, addresses.OWNER, addresses.UNPARSEABLE_ACCOUNT)
    value = (await client.get_multiple_accounts_json_parsed([key(address) for address in wanted])).value
    scaled, closed, wallet, unparseable = value
    assert scaled is not None
    assert isinstance(scaled.data, ParsedAccount)
    shown: Any = scaled.data.parsed
    assert shown["info"]["tokenAmount"]["amount"] == "1000000"
    assert closed is None
    assert wallet is not None
    assert wallet.lamports == 41_083_620
    assert unparseable is not None
    assert unparseable.data == bytes(165)


async def test_the_solana_client_reads_the_bytes_that_the_program_would_have_written(client: AsyncClient) -> None:
    (frozen,) = (await client.get_multiple_accounts([key(addresses.FROZEN_ACCOUNT)])).value
    assert frozen is not None
    written = bytes(frozen.data)
    assert Pubkey.from_bytes(written[:32]) == key(addresses.USDC_MINT)
    assert Pubkey.from_bytes(written[32:64]) == key(addresses.OWNER)
    assert int.from_bytes(written[64:72], "little") == 42_000_000
    assert written[108] == 2


@pytest.mark.parametrize("program", [addresses.TOKEN_PROGRAM, addresses.TOKEN_2022_PROGRAM])
async def test_the_solana_client_reads_the_accounts_of_an_owner(client: AsyncClient, program: str) -> None:
    wanted = TokenAccountOpts(program_id=key(program))
    rows = (await client.get_token_accounts_by_owner_json_parsed(key(addresses.OWNER), wanted)).value
    assert rows
    assert {row.account.owner for row in rows} == {key(program)}


async def test_the_solana_client_reads_lamports(client: AsyncClient) -> None:
    assert (await client.get_balance(key(addresses.OWNER))).value == 41_083_620
    assert (await client.get_balance(key(addresses.NEVER_CREATED))).value == 0


async def test_the_solana_client_shows_a_key_in_a_header(caller: Caller) -> None:
    url = caller.sandbox.urls["solana"]
    headers = {"Authorization": credentials.SOLANA_API_KEY}
    async with AsyncClient(url, extra_headers=headers) as client:
        answered = await client.get_token_account_balance(key(addresses.TOKEN_ACCOUNT))
    assert isinstance(answered, GetTokenAccountBalanceResp)


async def ask_by_sdk(caller: Caller, authorization: str) -> Any:
    """What bloXroute's SDK makes of the sandbox, in the environment that has it."""
    if not PYTHON_OF_CLIENTS.exists():
        reason = "bxsolana-trader is not here; `make .venv-clients/ready` installs it"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    asked = (caller.sandbox.urls["bloxroute"], authorization, addresses.OWNER)
    process = await asyncio.create_subprocess_exec(PYTHON_OF_CLIENTS, SCRIPT, *asked, stdout=PIPE, stderr=PIPE)
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return json.loads(printed.splitlines()[-1])


async def test_bloxroutes_sdk_reads_balances_and_limits(caller: Caller) -> None:
    told = await ask_by_sdk(caller, credentials.BLOXROUTE_AUTHORIZATION)
    assert told["tokens"] == [
        ["SRM", addresses.SERUM_MINT, "0.0", "0.0", "0.0"],
        ["SOL", addresses.WRAPPED_SOL_MINT, "3.435929722", "0.0", "0.0"],
        ["", addresses.SCALED_MINT, "1e-09", "0.0", "0.0"],
        ["CENT", addresses.CENTS_MINT, "1e+21", "0.0", "0.0"],
        ["USDC", addresses.USDC_MINT, "1250.25", "12.5", "1e-06"],
    ]
    assert told["limit"] == ["Introductory", 60, 0]
    assert caller.sandbox.calls["bloxroute"] == {"GET /api/v2/balance": 1, "GET /api/v2/rate-limit": 1}


async def test_bloxroutes_sdk_hears_that_it_is_not_known(caller: Caller) -> None:
    status, text = (await ask_by_sdk(caller, "wrong"))["error"]
    assert status == 401
    assert json.loads(text)["code"] == 16


async def test_bloxroutes_sdk_takes_the_triple_for_an_error_even_with_200(caller: Caller) -> None:
    await caller.fail("bloxroute", "error-in-200")
    told = await ask_by_sdk(caller, credentials.BLOXROUTE_AUTHORIZATION)
    assert told == {"error": [13, "internal error"]}


async def test_bloxroutes_sdk_reads_the_spelling_of_the_documentation_as_well(caller: Caller) -> None:
    canonical = await ask_by_sdk(caller, credentials.BLOXROUTE_AUTHORIZATION)
    await caller.order("bloxroute", mode={"spelling": "docs"})
    assert (await ask_by_sdk(caller, credentials.BLOXROUTE_AUTHORIZATION))["tokens"] == canonical["tokens"]
