"""What the chain's programs wrote is what the official Solana client reads from the node."""

import json
import struct
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from solana.rpc.async_api import AsyncClient
from solana.rpc.core import RPCException
from solana.rpc.models import TokenAccountOpts
from solders.account_decoder import ParsedAccount
from solders.pubkey import Pubkey
from spl.token.constants import TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID, WRAPPED_SOL_MINT

from tests.chain import Chain, TransactionRefused

LARGEST = 2**64 - 1
PROGRAMS = [pytest.param(TOKEN_PROGRAM_ID, id="spl-token"), pytest.param(TOKEN_2022_PROGRAM_ID, id="spl-token-2022")]


@pytest_asyncio.fixture
async def client(chain: Chain) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(chain.url) as opened:
        yield opened


class Held(NamedTuple):
    """What an account holds: atomic units, and the decimals of its mint."""

    amount: int
    decimals: int


def in_bytes(chain: Chain, account: Pubkey) -> Held:
    """Read at the offsets of the token program's layout, by other code than the node's."""
    stored = chain.svm.get_account(account)
    assert stored is not None
    mint = chain.svm.get_account(Pubkey.from_bytes(stored.data[:32]))
    assert mint is not None
    return Held(struct.unpack_from("<Q", stored.data, 64)[0], mint.data[44])


async def by_balance(client: AsyncClient, account: Pubkey) -> Held:
    value = (await client.get_token_account_balance(account)).value
    return Held(int(value.amount), value.decimals)


async def by_multiple(client: AsyncClient, account: Pubkey) -> Held:
    amount = (await parsed(client, account))["tokenAmount"]
    return Held(int(amount["amount"]), amount["decimals"])


async def parsed(client: AsyncClient, account: Pubkey) -> dict[str, Any]:
    """The account's `info` under jsonParsed."""
    (row,) = (await client.get_multiple_accounts_json_parsed([account])).value
    assert row is not None
    assert isinstance(row.data, ParsedAccount)
    fields = json.loads(row.data.to_json())["parsed"]
    assert fields["type"] == "account"
    return dict(fields["info"])


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("decimals", [0, 6, 9, 19, 20, 255])
@pytest.mark.parametrize("amount", [0, 1, 1_500_000, LARGEST])
async def test_a_minted_amount_is_read_as_its_bytes_say(
    chain: Chain, client: AsyncClient, program: Pubkey, decimals: int, amount: int
) -> None:
    mint = chain.create_mint(decimals, program=program)
    account = chain.create_account(mint, chain.create_wallet())
    chain.mint_to(mint, account, amount)

    assert in_bytes(chain, account) == Held(amount, decimals)
    assert await by_balance(client, account) == Held(amount, decimals)
    assert await by_multiple(client, account) == Held(amount, decimals)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("decimals", [0, 6, 19, 20, 255])
@pytest.mark.parametrize("amount", [0, 7, 1_500_000, LARGEST])
async def test_the_display_text_is_the_token_programs_own(
    chain: Chain, client: AsyncClient, program: Pubkey, decimals: int, amount: int
) -> None:
    mint = chain.create_mint(decimals, program=program)
    account = chain.create_account(mint, chain.create_wallet())
    chain.mint_to(mint, account, amount)

    shown = (await client.get_token_account_balance(account)).value
    assert shown.ui_amount_string == chain.node.shown_by_program(mint, amount, program)
    assert (shown.ui_amount is None) == (decimals >= 20)


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_transfer_moves_what_both_sides_hold(chain: Chain, client: AsyncClient, program: Pubkey) -> None:
    mint = chain.create_mint(6, program=program)
    source = chain.create_account(mint, chain.create_wallet())
    destination = chain.create_associated_account(mint, chain.create_wallet())
    chain.mint_to(mint, source, LARGEST)
    chain.transfer(source, destination, 1)

    assert in_bytes(chain, source) == await by_balance(client, source) == Held(LARGEST - 1, 6)
    assert in_bytes(chain, destination) == await by_balance(client, destination) == Held(1, 6)
    assert await by_multiple(client, source) == Held(LARGEST - 1, 6)
    assert await by_multiple(client, destination) == Held(1, 6)


async def test_more_than_an_account_holds_does_not_move(chain: Chain, client: AsyncClient) -> None:
    mint = chain.create_mint(6)
    source, destination = (chain.create_account(mint, chain.create_wallet()) for _ in range(2))
    chain.mint_to(mint, source, 5)

    with pytest.raises(TransactionRefused):
        chain.transfer(source, destination, 6)
    assert await by_balance(client, source) == Held(5, 6)
    assert await by_balance(client, destination) == Held(0, 6)


@pytest.mark.parametrize("program", PROGRAMS)
async def test_a_frozen_account_reports_its_balance_and_lets_nothing_out(
    chain: Chain, client: AsyncClient, program: Pubkey
) -> None:
    mint = chain.create_mint(9, program=program)
    account, other = (chain.create_account(mint, chain.create_wallet()) for _ in range(2))
    chain.mint_to(mint, account, 42)
    chain.freeze(account)

    with pytest.raises(TransactionRefused):
        chain.transfer(account, other, 1)
    assert (await parsed(client, account))["state"] == "frozen"
    assert (await parsed(client, other))["state"] == "initialized"
    assert in_bytes(chain, account) == await by_balance(client, account) == Held(42, 9)
    assert await by_multiple(client, account) == Held(42, 9)


async def test_a_closed_account_is_gone_and_its_lamports_are_its_owners(chain: Chain, client: AsyncClient) -> None:
    owner = chain.create_wallet()
    account = chain.create_account(chain.create_mint(6), owner)
    reserve = (await client.get_balance(account)).value
    assert reserve > 0
    chain.close(account)

    assert (await client.get_multiple_accounts_json_parsed([account])).value == [None]
    with pytest.raises(RPCException, match="could not find account"):
        await client.get_token_account_balance(account)
    assert (await client.get_balance(account)).value == 0
    assert (await client.get_balance(owner)).value == reserve


async def test_wrapped_sol_trails_its_lamports_until_it_is_synced(chain: Chain, client: AsyncClient) -> None:
    account = chain.wrap_sol(chain.create_wallet(), 1_000_000_001)
    reserve = chain.svm.minimum_balance_for_rent_exemption(165)
    fields = await parsed(client, account)
    assert fields["mint"] == str(WRAPPED_SOL_MINT)
    assert fields["isNative"] is True
    assert fields["rentExemptReserve"]["amount"] == str(reserve)
    assert fields["tokenAmount"]["uiAmountString"] == "1.000000001"

    chain.send_sol(account, 5)
    assert await by_balance(client, account) == await by_multiple(client, account) == Held(1_000_000_001, 9)
    assert (await client.get_balance(account)).value == 1_000_000_006 + reserve

    chain.sync(account)
    assert await by_balance(client, account) == await by_multiple(client, account) == Held(1_000_000_006, 9)


async def test_a_scaled_mint_changes_what_is_shown_and_not_what_is_held(chain: Chain, client: AsyncClient) -> None:
    mint = chain.create_mint(6, program=TOKEN_2022_PROGRAM_ID, multiplier=3)
    account = chain.create_associated_account(mint, chain.create_wallet())
    chain.mint_to(mint, account, 1_000_001)

    fields = await parsed(client, account)
    assert in_bytes(chain, account) == await by_balance(client, account) == Held(1_000_001, 6)
    assert fields["tokenAmount"]["amount"] == "1000001"
    assert Decimal(fields["tokenAmount"]["uiAmountString"]) == Decimal("3.000003")
    assert fields["extensions"] == [{"extension": "immutableOwner"}]


async def test_a_delegate_is_named_with_what_it_may_move(chain: Chain, client: AsyncClient) -> None:
    mint = chain.create_mint(2)
    account, delegate = chain.create_account(mint, chain.create_wallet()), chain.create_wallet()
    assert "delegate" not in await parsed(client, account)
    chain.mint_to(mint, account, 500)
    chain.approve(account, delegate, 150)

    fields = await parsed(client, account)
    assert fields["delegate"] == str(delegate)
    assert fields["delegatedAmount"]["uiAmountString"] == "1.5"
    assert fields["tokenAmount"]["amount"] == "500"


async def test_an_owners_accounts_are_found_per_program_and_per_mint(chain: Chain, client: AsyncClient) -> None:
    owner, stranger = chain.create_wallet(), chain.create_wallet()
    plain, extended = chain.create_mint(6), chain.create_mint(6, program=TOKEN_2022_PROGRAM_ID)
    first, second = chain.create_account(plain, owner), chain.create_account(plain, owner)
    third = chain.create_account(extended, owner)
    wrapped = chain.wrap_sol(owner, 1)
    chain.create_account(plain, stranger)

    async def found(whose: Pubkey, options: TokenAccountOpts) -> set[Pubkey]:
        rows = (await client.get_token_accounts_by_owner_json_parsed(whose, options)).value
        assert len(rows) == len({row.pubkey for row in rows})
        return {row.pubkey for row in rows}

    assert await found(owner, TokenAccountOpts(program_id=TOKEN_PROGRAM_ID)) == {first, second, wrapped}
    assert await found(owner, TokenAccountOpts(program_id=TOKEN_2022_PROGRAM_ID)) == {third}
    assert await found(owner, TokenAccountOpts(mint=plain)) == {first, second}
    assert await found(owner, TokenAccountOpts(mint=extended)) == {third}
    assert await found(owner, TokenAccountOpts(mint=WRAPPED_SOL_MINT)) == {wrapped}
    assert await found(chain.create_wallet(), TokenAccountOpts(program_id=TOKEN_PROGRAM_ID)) == set()


async def test_every_deed_moves_the_slot_on(chain: Chain, client: AsyncClient) -> None:
    mint = chain.create_mint(0)
    account = chain.create_account(mint, chain.create_wallet())
    before = (await client.get_token_account_balance(account)).context.slot
    chain.mint_to(mint, account, 1)
    assert (await client.get_token_account_balance(account)).context.slot == before + 1
    chain.svm.warp_to_slot(before + 100)
    assert (await client.get_multiple_accounts_json_parsed([account])).context.slot == before + 100
