"""A portfolio over all providers: everything asked once, read together, and summed exactly."""

import pytest

from gateway.sandbox import addresses as known
from tests.end_to_end.asking import BALANCE, V2, WALLETS
from tests.end_to_end.totals import ask_portfolio, counts, displays, open_ends, portfolio, totals
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, Gateway, running_gateway

OWNED = "getTokenAccountsByOwner"
ITSELF = "getMultipleAccounts"


async def test_all_that_was_asked_is_added_up_by_asset(gateway: Gateway) -> None:
    asked = (known.RUNES_HOLDER, known.DOCUMENTED_HOLDER, known.OWNER, known.OWNER_OF_MANY)
    found = await portfolio(gateway, *asked, exchanges=["SFOX"], key=DEMO_KEY)
    assert found["coverage"] == {
        "expected": 5,
        "fresh": 5,
        "stale": 0,
        "absent": 0,
        "unavailable": 0,
        "complete": True,
        "problems": [],
    }
    assert set(open_ends(found).values()) == {False}
    summed = totals(found)
    assert summed[known.SANDBOX_ALPHA_COIN] == {
        "asset": {"__typename": "Rune", "id": known.SANDBOX_ALPHA_COIN, "name": "SANDBOX•ALPHA•COIN"},
        "total": {"atomic": "155000001", "scale": 5, "display": "1550.00001", "precision": "EXACT"},
        "lowerBound": False,
        "positions": 2,
    }
    # An owner's two accounts, one of them frozen, and 250 of another owner.
    atomic = 1_250_250_000 + 42_000_000 + sum(1_000_000 + number for number in range(250))
    assert summed[known.USDC_MINT]["total"]["atomic"] == str(atomic)
    assert summed[known.USDC_MINT]["positions"] == 252
    assert summed[known.WRAPPED_SOL_MINT]["total"]["display"] == "3.394846103"
    assert summed["USDC"]["asset"] == {"__typename": "Currency", "code": "USDC"}
    assert displays(found)["USD"] == "100"
    assert displays(found)[known.ZERO_BALANCE_RUNE] == "0"


async def test_the_widest_amounts_are_added_without_losing_a_digit(gateway: Gateway) -> None:
    order = {"address": known.LEGACY_HOLDER, "rune": known.WIDEST_RUNE, "confirmed": str(2**128 - 1)}
    await gateway.control("xverse", balance=order)
    found = totals(await portfolio(gateway, known.RUNES_HOLDER, known.LEGACY_HOLDER))[known.WIDEST_RUNE]
    assert found["total"]["atomic"] == str(2 * (2**128 - 1))
    assert found["total"]["display"] == "6.8056473384187692692674921486353642291"


async def test_the_same_account_counts_once_however_often_and_however_it_is_written(gateway: Gateway) -> None:
    upper = known.DOCUMENTED_HOLDER.upper()
    asked = (known.DOCUMENTED_HOLDER, known.OWNER, upper, known.OWNER, known.DOCUMENTED_HOLDER)
    twice = await portfolio(gateway, *asked, exchanges=["SFOX", "SFOX"], key=DEMO_KEY)
    once = await portfolio(gateway, known.DOCUMENTED_HOLDER, known.OWNER, exchanges=["SFOX"], key=DEMO_KEY)
    assert twice == once
    assert counts(twice) == {"fresh": 3}
    assert [each["address"] for each in twice["accounts"]] == [known.DOCUMENTED_HOLDER, known.OWNER]


async def test_a_token_account_counts_with_what_is_in_it(gateway: Gateway) -> None:
    found = await portfolio(gateway, known.TOKEN_ACCOUNT)
    assert (displays(found), counts(found)) == ({known.CENTS_MINT: "98.64"}, {"fresh": 1})
    assert totals(found)[known.CENTS_MINT]["positions"] == 1


async def test_a_token_account_asked_with_its_owner_is_not_added_twice(gateway: Gateway) -> None:
    asked = (known.TOKEN_ACCOUNT, known.OWNER, known.FROZEN_ACCOUNT)
    found = await portfolio(gateway, *asked)
    assert (displays(found)[known.CENTS_MINT], totals(found)[known.CENTS_MINT]["positions"]) == ("103.64", 2)
    assert displays(found) == displays(await portfolio(gateway, known.OWNER))
    assert counts(found) == {"fresh": 3}


async def test_an_owner_of_nothing_and_a_key_never_used_hold_nothing_for_certain(gateway: Gateway) -> None:
    found = await portfolio(gateway, known.OWNER_OF_NONE, known.NEVER_CREATED, known.USDC_MINT, known.EMPTY_HOLDER)
    assert (found["totals"], counts(found), found["coverage"]["complete"]) == ([], {"fresh": 4}, True)


async def test_what_the_node_cannot_parse_is_not_taken_for_nothing(gateway: Gateway) -> None:
    found = await portfolio(gateway, known.ORPHANED_ACCOUNT, known.OWNER)
    assert counts(found) == {"fresh": 1, "unavailable": 1}
    assert open_ends(found)[known.USDC_MINT]


async def test_everything_is_read_in_one_batch_for_each_provider_and_bloxroute_is_left_alone(gateway: Gateway) -> None:
    owners = (known.OWNER, known.OWNER_OF_MANY, known.OWNER_OF_NONE, known.OWNER)
    await portfolio(gateway, *owners, *known.GENERATED_TOKEN_ACCOUNTS[:40], *known.GENERATED_HOLDERS[:5])
    assert gateway.calls("solana", ITSELF) == 1
    assert gateway.calls("solana", OWNED) == 2 * 43
    assert gateway.calls("xverse", V2) == 5
    assert gateway.calls("bloxroute", BALANCE) == 0


async def test_readings_are_kept_and_shared_and_max_age_reads_anew(gateway: Gateway) -> None:
    asked = (known.OWNER, known.RUNES_HOLDER)
    for age in (None, None, 5):
        await portfolio(gateway, *asked, exchanges=["SFOX"], key=DEMO_KEY, max_age=age)
    calls = [("solana", OWNED), ("solana", ITSELF), ("xverse", V2), ("sfox", WALLETS)]
    assert [gateway.calls(*call) for call in calls] == [2, 1, 1, 1]
    await gateway.control("xverse", balance={"address": known.RUNES_HOLDER, "rune": "1:0", "confirmed": "4"})
    found = await portfolio(gateway, *asked, exchanges=["SFOX"], key=DEMO_KEY, max_age=0)
    assert [gateway.calls(*call) for call in calls] == [4, 2, 2, 2]
    assert displays(found)["1:0"] == "4"


async def test_the_accounts_of_a_portfolio_are_read_no_second_time(gateway: Gateway) -> None:
    query = """query ($of: [Address!]!) { portfolio(addresses: $of) {
        totals { asset { ... on Rune { inscriptionId } } total { display } }
        accounts { runes { nodes { amount { display } } } tokenAccounts { totalCount } } } }"""
    found = (await gateway.ask(query, {"of": [known.RUNES_HOLDER, known.OWNER]})).data["portfolio"]
    runes, tokens = found["accounts"]
    assert len(runes["runes"]["nodes"]) == 8
    assert tokens["tokenAccounts"]["totalCount"] == 11
    assert (gateway.calls("xverse", V2), gateway.calls("solana", OWNED)) == (1, 2)
    assert any(each["asset"].get("inscriptionId") for each in found["totals"])


async def test_nothing_asked_is_answered_with_nothing(gateway: Gateway) -> None:
    found = (await gateway.ask("{ portfolio { totals { positions } coverage { expected complete } } }")).data
    assert found == {"portfolio": {"totals": [], "coverage": {"expected": 0, "complete": True}}}


async def test_two_callers_see_their_own_accounts_in_the_sum_and_never_each_others(gateway: Gateway) -> None:
    for _ in range(2):
        demos = await portfolio(gateway, exchanges=["SFOX"], key=DEMO_KEY)
        others = await portfolio(gateway, exchanges=["SFOX"], key=OTHER_KEY)
        assert displays(demos) == {"BTC": "1", "ETH": "0.00000001", "LTC": "0.25161318", "USD": "100", "USDC": "140.55"}
        assert displays(others) == {"BTC": "1.50000001", "SOL": "7.25"}
    assert gateway.calls("sfox", WALLETS) == 2


@pytest.mark.parametrize(("key", "code"), [(READER_KEY, "FORBIDDEN"), (None, "UNAUTHENTICATED")])
async def test_who_may_not_read_exchanges_is_refused_before_anything_is_read(
    gateway: Gateway, key: str | None, code: str
) -> None:
    refused = await ask_portfolio(gateway, known.RUNES_HOLDER, exchanges=["SFOX"], key=key)
    assert (refused.codes, refused.body["data"]) == ([code], None)
    assert displays(await portfolio(gateway, known.DOCUMENTED_HOLDER, key=key))
    assert gateway.calls("xverse", V2) == 1


async def test_who_may_read_exchanges_alone_is_refused_addresses() -> None:
    async with running_gateway(GATEWAY_CALLERS__OTHER__SCOPES='["exchange:read"]') as gateway:
        assert displays(await portfolio(gateway, exchanges=["SFOX"], key=OTHER_KEY))
        refused = await ask_portfolio(gateway, known.RUNES_HOLDER, exchanges=["SFOX"], key=OTHER_KEY)
        assert refused.codes == ["FORBIDDEN"]
        assert gateway.calls("sfox", WALLETS) == 1


@pytest.mark.parametrize(
    ("addresses", "max_age", "code"),
    [
        (["tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4"], None, "BAD_USER_INPUT"),
        (["nonsense"], None, "BAD_USER_INPUT"),
        ([known.OWNER], -1, "BAD_USER_INPUT"),
        ([known.RUNES_HOLDER] * 501, None, "LIMIT_EXCEEDED"),
    ],
)
async def test_what_cannot_be_asked_is_refused(
    gateway: Gateway, addresses: list[str], max_age: int | None, code: str
) -> None:
    assert (await ask_portfolio(gateway, *addresses, max_age=max_age)).codes == [code]
    assert (gateway.calls("xverse", V2), gateway.calls("solana", OWNED)) == (0, 0)
