"""The feed tells what the chain's own programs write, as they write it."""

from collections.abc import AsyncIterator

import pytest_asyncio
from solders.pubkey import Pubkey
from spl.token.constants import TOKEN_2022_PROGRAM_ID

from gateway.domain.reading import Absent, Answer
from gateway.domain.token import TokenAccountState
from gateway.sandbox import Sandbox
from gateway.sandbox.ledger import Ledger
from tests.chain import Chain
from tests.providers.feeding import Feeding, Listener, open_feeding


@pytest_asyncio.fixture
async def feeding(chain: Chain) -> AsyncIterator[Feeding]:
    node = Sandbox({"solana": chain.url}, Ledger(), {}, {"solana": chain.url.replace("http", "ws")})
    async with open_feeding(node) as opened:
        yield opened


async def following(feeding: Feeding, *accounts: Pubkey) -> list[Listener]:
    listeners = [await feeding.listen(str(account)) for account in accounts]
    await feeding.settled(*listeners)
    return listeners


async def test_transfers_are_told_on_both_sides_at_their_slots(chain: Chain, feeding: Feeding) -> None:
    for program in (None, TOKEN_2022_PROGRAM_ID):
        mint = chain.create_mint(6, program=program) if program else chain.create_mint(6)
        source, destination = (chain.create_account(mint, chain.create_wallet()) for _ in range(2))
        chain.mint_to(mint, source, 2**64 - 1)
        sent, received = await following(feeding, source, destination)
        slots = []
        for moved in (3, 1_500_000, 2**63):
            chain.transfer(source, destination, moved)
            slots.append(chain.slot)
            total = chain.token_account(destination).amount
            await received.until_amount(total)
            await sent.until_amount(chain.token_account(source).amount)
        assert received.shown == [0, 0, 3, 1_500_003, 2**63 + 1_500_003]
        assert sent.shown == [2**64 - 1 - amount for amount in received.shown]
        told = [each.position.value for each in received.told if isinstance(each, Answer) and each.position]
        assert told[2:] == slots


async def test_an_account_is_told_frozen_with_its_mint_and_owner_and_then_closed(
    chain: Chain, feeding: Feeding
) -> None:
    mint, owner = chain.create_mint(2), chain.create_wallet()
    account, other = chain.create_account(mint, owner), chain.create_account(mint, owner)
    frozen, closed = await following(feeding, account, other)
    chain.freeze(account)
    told = await frozen.until(lambda all_told: len(all_told) == 3)
    assert isinstance(told[-1], Answer)
    value = told[-1].value
    assert (value.state, value.owner and value.owner.text) == (TokenAccountState.FROZEN, str(owner))
    assert value.token is not None
    assert (value.token.mint.text, value.token.decimals, value.is_native) == (str(mint), 2, False)
    chain.close(other)
    await closed.until_last(lambda each: isinstance(each, Absent))
    assert closed.shown == [0, 0, None]


async def test_wrapped_sol_is_told_of_when_it_is_synced(chain: Chain, feeding: Feeding) -> None:
    account = chain.wrap_sol(chain.create_wallet(), 1_000_000_001)
    (listener,) = await following(feeding, account)
    chain.send_sol(account, 5)
    chain.sync(account)
    await listener.until_amount(1_000_000_006)
    # The lamports that came first changed the account, and not what it holds.
    assert listener.shown == [1_000_000_001] * 3 + [1_000_000_006]
