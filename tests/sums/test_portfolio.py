"""The corners of a sum: what is read twice, by two providers, in part, or against itself."""

import pytest

from gateway.domain.address import Address
from gateway.domain.amount import Precision
from gateway.domain.asset import WRAPPED_SOL, AssetId
from gateway.domain.exchange import Exchange
from gateway.domain.portfolio import AssetTotal, Portfolio, portfolio
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome
from gateway.domain.statement import Statement, of_runes, of_solana, of_wallets
from gateway.domain.token import TokenAccountState
from tests.sums.readings import (
    fresh,
    rune,
    rune_balance,
    solana,
    stale,
    taproot,
    token_account,
    told_balance,
    unavailable,
    wallet,
)

OWNER, OTHER, PLACE, MINT = solana(1), solana(2), solana(3), solana(4)
SOL = Address.parse(WRAPPED_SOL)
NONE = fresh([])
FAILED = unavailable()
UNTOLD = unavailable(Provider.BLOXROUTE)


def told(*rows: tuple[Address, str]) -> Statement:
    """Tell of the owner by bloXroute, with Solana RPC down."""
    balances = [told_balance(mint, settled) for mint, settled in rows]
    return of_solana(OWNER, FAILED, FAILED, fresh(balances, Provider.BLOXROUTE))


def only(found: Portfolio) -> AssetTotal:
    (total,) = found.totals
    return total


def named(found: Portfolio) -> dict[str, AssetTotal]:
    return {AssetId.of(each.asset).name: each for each in found.totals}


def test_nothing_asked_is_nothing_held_and_complete() -> None:
    found = portfolio([])
    assert (found.totals, found.coverage.expected, found.coverage.is_complete) == ((), 0, True)


def test_a_token_account_asked_with_its_owner_counts_once() -> None:
    account = token_account(PLACE, MINT, 5, 1, owner=OWNER)
    statements = [of_solana(OWNER, fresh([account]), NONE, None), of_solana(PLACE, NONE, fresh([account]), None)]
    total = only(portfolio(statements))
    assert (total.total.text(), total.places) == ("0.5", (PLACE.text,))


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_readings_of_one_token_account_the_newer_slot_holds(*, turned: bool) -> None:
    older, newer = (token_account(PLACE, MINT, atomic, owner=OWNER) for atomic in (7, 9))
    statements = [
        of_solana(OWNER, fresh([older], at=10), NONE, None),
        of_solana(PLACE, NONE, fresh([newer], at=11), None),
    ]
    found = portfolio(statements[::-1] if turned else statements)
    assert only(found).total.text() == "9"


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_readings_of_one_slot_the_fresh_one_holds(*, turned: bool) -> None:
    old, new = (token_account(PLACE, MINT, atomic, owner=OWNER) for atomic in (9, 7))
    statements = [
        of_solana(OWNER, stale([old], at=10), NONE, None),
        of_solana(PLACE, NONE, fresh([new], at=10), None),
    ]
    assert only(portfolio(statements[::-1] if turned else statements)).total.text() == "7"


def test_an_address_counts_as_an_owner_and_as_the_token_account_that_it_is() -> None:
    owned = token_account(solana(5), MINT, 2, owner=PLACE)
    itself = token_account(PLACE, MINT, 3, owner=OWNER)
    total = only(portfolio([of_solana(PLACE, fresh([owned]), fresh([itself]), None)]))
    assert (total.total.text(), len(total.places)) == ("5", 2)


def test_frozen_accounts_count_and_accounts_that_were_only_made_do_not() -> None:
    accounts = [
        token_account(solana(5), MINT, 2, state=TokenAccountState.FROZEN),
        token_account(solana(6), MINT, 0, state=TokenAccountState.UNINITIALIZED),
    ]
    total = only(portfolio([of_solana(OWNER, fresh(accounts), NONE, None)]))
    assert (total.total.text(), total.places) == ("2", (solana(5).text,))


def test_bloxroute_stands_in_where_the_node_is_not_to_be_had_and_the_sum_says_so() -> None:
    found = portfolio([told((MINT, "1.5")), of_solana(OTHER, fresh([token_account(PLACE, MINT, 4, 1)]), NONE, None)])
    total = only(found)
    assert (total.total.text(), total.total.precision) == ("1.9", Precision.PROVIDER_FLOAT)
    assert (total.total.atomic, total.is_lower_bound, found.coverage.is_complete) == (None, False, True)
    # That the node is down is told all the same.
    assert {problem.provider for problem in found.coverage.problems} == {Provider.SOLANA_RPC}


def test_what_is_unsettled_or_in_open_orders_is_in_no_sum() -> None:
    assert only(portfolio([told((MINT, "1.5"))])).total.text() == "1.5"


def test_bloxroute_is_never_added_to_what_the_node_said() -> None:
    account = token_account(PLACE, MINT, 4, 1, owner=OWNER)
    told = fresh([told_balance(MINT, "9"), told_balance(solana(8), "9")], Provider.BLOXROUTE)
    found = portfolio([of_solana(OWNER, stale([account]), NONE, told)])
    assert (only(found).total.text(), only(found).total.precision) == ("0.4", Precision.EXACT)
    assert (only(found).is_lower_bound, found.coverage.is_complete, found.coverage.stale) == (False, True, 1)


def test_an_account_of_an_owner_of_whom_bloxroute_spoke_stands_for_its_mint_alone() -> None:
    account = of_solana(PLACE, NONE, fresh([token_account(PLACE, MINT, 4, 1, owner=OWNER)]), None)
    found = portfolio([told((MINT, "1.5"), (solana(8), "3")), account])
    totals = named(found)
    assert (totals[MINT.text].total.text(), totals[MINT.text].is_lower_bound) == ("0.4", True)
    assert (totals[solana(8).text].total.text(), totals[solana(8).text].is_lower_bound) == ("3", False)
    assert not found.coverage.is_complete


def test_sol_at_bloxroute_is_not_counted_as_wrapped_sol_and_leaves_a_lower_bound() -> None:
    wrapped = of_solana(OTHER, fresh([token_account(PLACE, SOL, 2, 9, owner=OTHER)]), NONE, None)
    found = portfolio([told((SOL, "3.5"), (MINT, "1")), wrapped])
    sol = named(found)[WRAPPED_SOL]
    assert (sol.total.text(), sol.total.precision, sol.is_lower_bound) == ("0.000000002", Precision.EXACT, True)
    assert not found.coverage.is_complete
    assert not named(found)[MINT.text].is_lower_bound


def test_sol_that_was_seen_and_not_read_is_at_least_nothing_rather_than_left_out() -> None:
    sol = named(portfolio([told((SOL, "3.5"), (MINT, "1"))]))[WRAPPED_SOL]
    assert (sol.total.text(), sol.is_lower_bound, sol.places) == ("0", True, ())


def test_no_sol_at_bloxroute_is_no_wrapped_sol() -> None:
    found = portfolio([told((SOL, "0"), (MINT, "1"))])
    assert not named(found)[WRAPPED_SOL].is_lower_bound
    assert found.coverage.is_complete


@pytest.mark.parametrize(
    "statement",
    [
        of_solana(OWNER, NONE, FAILED, None),
        of_solana(OWNER, FAILED, NONE, UNTOLD),
        of_solana(OWNER, FAILED, FAILED, fresh([], Provider.BLOXROUTE)),
        # The lamports of a token account may be what bloXroute lists as SOL.
        of_solana(OWNER, FAILED, FAILED, fresh([told_balance(SOL, "0.002")], Provider.BLOXROUTE)),
    ],
    ids=["no account read", "no owner read", "bloXroute lists nothing", "bloXroute lists SOL alone"],
)
def test_where_nothing_was_found_and_not_all_was_read_nothing_is_known(statement: Statement) -> None:
    assert statement.outcome is Outcome.UNAVAILABLE
    held = of_solana(OTHER, fresh([token_account(PLACE, MINT, 4, owner=OTHER)]), NONE, None)
    found = portfolio([held, statement])
    assert only(found).is_lower_bound
    assert (found.coverage.unavailable, found.coverage.is_complete) == (1, False)


def test_an_owner_that_was_read_to_hold_something_is_no_unread_token_account() -> None:
    statement = of_solana(OWNER, stale([token_account(PLACE, MINT, 4, owner=OWNER)]), FAILED, None)
    found = portfolio([statement])
    assert (statement.outcome, only(found).is_lower_bound) == (Outcome.STALE, False)
    assert (found.coverage.stale, found.coverage.is_complete, len(found.coverage.problems)) == (1, True, 2)


def test_a_token_account_that_was_read_is_no_unread_owner() -> None:
    statement = of_solana(PLACE, FAILED, fresh([token_account(PLACE, MINT, 4, owner=OWNER)]), UNTOLD)
    assert (statement.outcome, only(portfolio([statement])).is_lower_bound) == (Outcome.FRESH, False)


def test_amounts_of_one_mint_with_two_decimals_are_a_problem_and_no_sum() -> None:
    accounts = [token_account(solana(5), MINT, 1, 6), token_account(solana(6), MINT, 1, 9)]
    other = token_account(solana(7), solana(8), 3, 0)
    found = portfolio([of_solana(OWNER, fresh([*accounts, other]), NONE, None)])
    assert [AssetId.of(each).name for each in found.clashes] == [MINT.text]
    assert list(named(found)) == [solana(8).text]
    assert not found.coverage.is_complete


def test_one_rune_with_two_divisibilities_is_a_problem_and_no_sum() -> None:
    statements = [
        of_runes(taproot(place), fresh([rune_balance(rune(1, divisibility), 5)], Provider.XVERSE))
        for place, divisibility in enumerate((0, 2))
    ]
    assert [AssetId.of(each).name for each in portfolio(statements).clashes] == ["840001:1"]


def test_an_unread_bitcoin_address_leaves_every_rune_open_and_nothing_else() -> None:
    found = portfolio(
        [
            of_runes(taproot(1), unavailable(Provider.XVERSE)),
            of_runes(taproot(2), fresh([rune_balance(rune(1), 5)], Provider.XVERSE)),
            of_solana(OWNER, fresh([token_account(PLACE, MINT, 4)]), NONE, None),
            of_wallets(Exchange.SFOX, fresh([wallet("BTC", "1")], Provider.SFOX)),
        ]
    )
    open_ = {name: each.is_lower_bound for name, each in named(found).items()}
    assert open_ == {"840001:1": True, MINT.text: False, "BTC": False}


def test_the_balance_counts_and_not_what_is_available_and_debts_are_taken_off() -> None:
    statements = [
        of_wallets(Exchange.SFOX, fresh([wallet("USD", balance, "1")], Provider.SFOX)) for balance in ("100", "-25.5")
    ]
    assert only(portfolio(statements)).total.text() == "74.5"


def test_what_providers_say_of_a_token_is_put_together() -> None:
    total = only(
        portfolio(
            [
                of_solana(OWNER, FAILED, FAILED, fresh([told_balance(MINT, "1", "USDC")], Provider.BLOXROUTE)),
                of_solana(OTHER, fresh([token_account(PLACE, MINT, 4, 6, owner=OTHER)]), NONE, None),
            ]
        )
    )
    assert (getattr(total.asset, "symbol", None), getattr(total.asset, "decimals", None)) == ("USDC", 6)
