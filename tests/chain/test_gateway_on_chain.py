"""The gateway over HTTP says what the chain's own programs wrote, by either of the two ways it may ask a node."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from solders.pubkey import Pubkey
from solders.token.state import TokenAccountState
from spl.token.constants import TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID, WRAPPED_SOL_MINT

from gateway.sandbox import open_sandbox
from tests.chain import Chain
from tests.running import Gateway, serving

LARGEST = 2**64 - 1
PROGRAMS = [pytest.param(TOKEN_PROGRAM_ID, id="spl-token"), pytest.param(TOKEN_2022_PROGRAM_ID, id="spl-token-2022")]
BY_ADDRESS = """query ($addresses: [Address!]!) { tokenAccounts(addresses: $addresses) {
    outcome address amount { atomic scale display precision } uiAmount
    token { mint decimals } owner { address } state isNative
    problem { code message } provenance { provider operation position { kind value } }
} }"""
BY_OWNER = """query ($address: Address!) { account(address: $address) { tokenAccounts {
    outcome totalCount provenance { operation position { value } }
    nodes { address amount { atomic scale } state isNative token { mint } owner { address } }
} } }"""


@pytest_asyncio.fixture
async def over_chain(chain: Chain) -> AsyncIterator[Gateway]:
    """Give a gateway whose Solana node is the chain's; the sandbox stands in for the other providers."""
    async with (
        open_sandbox(limits=False) as sandbox,
        serving(sandbox, GATEWAY_SOLANA__URL=chain.url, GATEWAY_SOLANA__AUTH="none") as gateway,
    ):
        yield gateway


async def read(gateway: Gateway, accounts: Sequence[Pubkey]) -> list[Any]:
    answer = await gateway.ask(BY_ADDRESS, {"addresses": [str(account) for account in accounts]})
    found: list[Any] = answer.data["tokenAccounts"]
    assert [each["address"] for each in found] == [str(account) for account in accounts]
    return found


def in_bytes(chain: Chain, account: Pubkey, decimals: int) -> dict[str, Any]:
    """What the account's own bytes say."""
    amount = chain.token_account(account).amount
    digits = str(amount).rjust(decimals + 1, "0")
    fraction = digits[len(digits) - decimals :].rstrip("0")
    display = digits[: len(digits) - decimals] + (f".{fraction}" if fraction else "")
    return {"atomic": str(amount), "scale": decimals, "display": display, "precision": "EXACT"}


@pytest.fixture(params=["getMultipleAccounts", "getTokenAccountBalance"])
def operation(request: pytest.FixtureRequest, chain: Chain) -> str:
    """Name the method that answers; the node lacks the better one where it is the other."""
    method = str(request.param)
    if method != "getMultipleAccounts":
        chain.node.refused.add("getMultipleAccounts")
    return method


@pytest.mark.parametrize("program", PROGRAMS)
async def test_minted_and_transferred_amounts_are_those_of_the_bytes(
    chain: Chain, over_chain: Gateway, operation: str, program: Pubkey
) -> None:
    held: list[tuple[Pubkey, int]] = []
    for decimals in (0, 6, 19, 20, 255):
        mint = chain.create_mint(decimals, program=program)
        source, destination = (chain.create_account(mint, chain.create_wallet()) for _ in range(2))
        chain.mint_to(mint, source, LARGEST)
        chain.transfer(source, destination, 1_500_000)
        held += [(source, decimals), (destination, decimals)]
    empty = chain.create_account(chain.create_mint(9, program=program), chain.create_wallet())
    held.append((empty, 9))

    found = await read(over_chain, [account for account, _ in held])
    assert [each["amount"] for each in found] == [in_bytes(chain, account, decimals) for account, decimals in held]
    # A plain mint shows what is held.
    assert [Decimal(each["uiAmount"]) for each in found] == [Decimal(each["amount"]["display"]) for each in found]
    position = {"kind": "SLOT", "value": str(chain.slot)}
    provenance = {"provider": "SOLANA_RPC", "operation": operation, "position": position}
    assert all((each["outcome"], each["provenance"]) == ("FRESH", provenance) for each in found)


async def test_a_transfer_that_follows_is_seen_when_asked_for_anew(
    chain: Chain, over_chain: Gateway, operation: str
) -> None:
    mint = chain.create_mint(6)
    source, destination = (chain.create_account(mint, chain.create_wallet()) for _ in range(2))
    chain.mint_to(mint, source, 10)
    query = "query ($address: Address!) { tokenAccount(address: $address, maxAge: 0) { amount { atomic } } }"
    for moved in (0, 3, 7):
        if moved:
            chain.transfer(source, destination, moved)
        for account in (source, destination):
            answer = await over_chain.ask(query, {"address": str(account)})
            assert answer.data["tokenAccount"]["amount"]["atomic"] == str(chain.token_account(account).amount)
    assert chain.token_account(destination).amount == 10
    assert chain.node.calls[operation] == 6


async def test_a_frozen_account_still_holds_its_balance(chain: Chain, over_chain: Gateway, operation: str) -> None:
    mint = chain.create_mint(2)
    account = chain.create_account(mint, chain.create_wallet())
    chain.mint_to(mint, account, 9864)
    chain.freeze(account)
    assert chain.token_account(account).state == TokenAccountState.Frozen

    (found,) = await read(over_chain, [account])
    assert found["amount"] == in_bytes(chain, account, 2)
    # Only the fuller of the two calls tells the state.
    assert found["state"] == ("FROZEN" if operation == "getMultipleAccounts" else None)


@pytest.mark.usefixtures("operation")
async def test_a_closed_account_is_absent_and_a_wallet_is_no_token_account(chain: Chain, over_chain: Gateway) -> None:
    mint, owner = chain.create_mint(6), chain.create_wallet(lamports=10**9)
    closed, kept = chain.create_account(mint, owner), chain.create_account(mint, owner)
    chain.mint_to(mint, kept, 5)
    chain.close(closed)

    gone, held, wallet, issued, blank = await read(
        over_chain, [closed, kept, owner, mint, chain.create_blank_account()]
    )
    assert (gone["outcome"], gone["amount"], gone["problem"]) == ("ABSENT", None, None)
    assert (held["outcome"], held["amount"]["atomic"]) == ("FRESH", "5")
    for other in (wallet, issued, blank):
        assert (other["outcome"], other["amount"]) == ("UNAVAILABLE", None)
        assert other["problem"] == {"code": "REJECTED", "message": "There is no token account at this address."}


async def test_wrapped_sol_trails_what_was_sent_until_it_is_synced(
    chain: Chain, over_chain: Gateway, operation: str
) -> None:
    account = chain.wrap_sol(chain.create_wallet(), 1_000_000_001)
    chain.send_sol(account, 5)
    (before,) = await read(over_chain, [account])
    assert before["amount"] == in_bytes(chain, account, 9)
    assert before["amount"]["display"] == "1.000000001"
    assert before["isNative"] == (True if operation == "getMultipleAccounts" else None)

    synced = chain.wrap_sol(chain.create_wallet(), 1)
    chain.send_sol(synced, 5)
    chain.sync(synced)
    (after,) = await read(over_chain, [synced])
    assert after["amount"]["atomic"] == str(chain.token_account(synced).amount) == "6"


@pytest.mark.usefixtures("operation")
async def test_a_scaled_mint_changes_what_is_shown_and_not_what_is_held(chain: Chain, over_chain: Gateway) -> None:
    mint = chain.create_mint(6, program=TOKEN_2022_PROGRAM_ID, multiplier=3)
    account = chain.create_associated_account(mint, chain.create_wallet())
    chain.mint_to(mint, account, 1_000_001)

    (found,) = await read(over_chain, [account])
    assert found["amount"] == in_bytes(chain, account, 6)
    assert (found["amount"]["display"], Decimal(found["uiAmount"])) == ("1.000001", Decimal("3.000003"))


async def test_an_account_is_told_with_its_mint_and_owner(chain: Chain, over_chain: Gateway) -> None:
    mint, owner = chain.create_mint(6), chain.create_wallet()
    account = chain.create_account(mint, owner)
    (found,) = await read(over_chain, [account])
    state = chain.token_account(account)
    assert found["token"] == {"mint": str(state.mint), "decimals": 6} == {"mint": str(mint), "decimals": 6}
    assert found["owner"] == {"address": str(state.owner)} == {"address": str(owner)}
    assert (found["state"], found["isNative"]) == ("INITIALIZED", False)


@pytest.mark.parametrize("refused", [(), ("getMultipleAccounts",)])
async def test_accounts_read_together_cost_as_few_calls_as_the_node_allows(
    chain: Chain, over_chain: Gateway, refused: tuple[str, ...]
) -> None:
    mint, owner = chain.create_mint(0), chain.create_wallet()
    accounts = [chain.create_account(mint, owner) for _ in range(101)]
    chain.mint_to(mint, accounts[100], 7)
    chain.node.refused.update(refused)
    found = await read(over_chain, accounts)
    assert [each["amount"]["atomic"] for each in found] == ["0"] * 100 + ["7"]
    # A hundred to a call, and one left over.
    assert chain.node.calls["getMultipleAccounts"] == 2
    assert chain.node.calls["getTokenAccountBalance"] == (101 if refused else 0)


async def test_an_owners_accounts_are_found_under_both_programs_and_a_strangers_are_not(
    chain: Chain, over_chain: Gateway
) -> None:
    owner, stranger = chain.create_wallet(), chain.create_wallet()
    plain, extended = chain.create_mint(6), chain.create_mint(255, program=TOKEN_2022_PROGRAM_ID)
    first, second = chain.create_account(plain, owner), chain.create_account(plain, owner)
    third, wrapped = chain.create_associated_account(extended, owner), chain.wrap_sol(owner, 5)
    theirs = chain.create_account(plain, stranger)
    for mint, account, amount in (
        (plain, first, 1),
        (plain, second, 2),
        (extended, third, LARGEST),
        (plain, theirs, 9),
    ):
        chain.mint_to(mint, account, amount)
    chain.freeze(second)
    chain.close(chain.create_account(plain, owner))

    found = (await over_chain.ask(BY_OWNER, {"address": str(owner)})).data["account"]["tokenAccounts"]
    decimals = {first: 6, second: 6, third: 255, wrapped: 9}
    mints = {first: plain, second: plain, third: extended, wrapped: WRAPPED_SOL_MINT}
    assert found["nodes"] == [
        {
            "address": str(account),
            "amount": {"atomic": str(chain.token_account(account).amount), "scale": decimals[account]},
            "state": "FROZEN" if account == second else "INITIALIZED",
            "isNative": account == wrapped,
            "token": {"mint": str(mints[account])},
            "owner": {"address": str(owner)},
        }
        for account in sorted(decimals, key=str)
    ]
    assert (found["outcome"], found["totalCount"]) == ("FRESH", 4)
    provenance = {"operation": "getTokenAccountsByOwner", "position": {"value": str(chain.slot)}}
    assert found["provenance"] == provenance
    assert chain.node.calls["getTokenAccountsByOwner"] == 2


async def test_an_owner_of_nothing_has_an_empty_list(chain: Chain, over_chain: Gateway) -> None:
    found = (await over_chain.ask(BY_OWNER, {"address": str(chain.create_wallet())})).data["account"]["tokenAccounts"]
    assert (found["outcome"], found["nodes"], found["totalCount"]) == ("FRESH", [], 0)
