"""Solana RPC against bloXroute: verdicts on each pair of answers."""

from typing import Any

import pytest

from gateway.domain.address import Address
from gateway.domain.asset import WRAPPED_SOL
from gateway.domain.provider import Provider
from gateway.domain.reading import Reading
from gateway.domain.reconciliation import Reconciliation, Verdict
from gateway.domain.token_comparison import OwnerReadings, reconcile_tokens
from tests.sums.readings import fresh, solana, stale, token_account, told_balance, unavailable

MINT, SOL = solana(4), Address.parse(WRAPPED_SOL)
FINAL, NEWEST = 100, 132


def exact(atomic: int, at: int = FINAL, mint: Address = MINT, shown: str | None = "") -> Reading[Any]:
    """Two accounts of one mint at 6 decimals, which hold so much together."""
    accounts = [
        token_account(solana(5), mint, atomic - 1, 6, shown=shown),
        token_account(solana(6), mint, 1, 6, shown=shown),
    ]
    return fresh(accounts, at=at)


def told(*rows: tuple[Address, str]) -> Reading[Any]:
    return fresh([told_balance(mint, settled) for mint, settled in rows], Provider.BLOXROUTE)


def compared(final: Reading[Any], other: Reading[Any], newest: Reading[Any] | None = None) -> list[Reconciliation]:
    return reconcile_tokens(OwnerReadings(final, final if newest is None else newest, other))


def only(final: Reading[Any], other: Reading[Any], newest: Reading[Any] | None = None) -> Reconciliation:
    (found,) = compared(final, other, newest)
    return found


def figures(found: Reconciliation) -> list[tuple[str, str]]:
    return [(each.provenance.provider, each.amount.text()) for each in found.observations]


def test_figures_that_are_the_same_agree_each_with_its_source() -> None:
    found = only(exact(1_500_000), told((MINT, "1.5")))
    assert found.verdict is Verdict.AGREED
    assert figures(found) == [("SOLANA_RPC", "1.5"), ("BLOXROUTE", "1.5")]
    assert found.problems == ()


def test_digits_that_a_double_cannot_hold_are_no_dispute() -> None:
    assert only(exact(2**64 - 1), told((MINT, "18446744073709.552"))).verdict is Verdict.AGREED


@pytest.mark.parametrize("settled", ["1.500001", "1.499999", "0", "1500000"])
def test_figures_that_differ_with_nothing_to_excuse_them_are_disputed(settled: str) -> None:
    assert only(exact(1_500_000), told((MINT, settled))).verdict is Verdict.DISPUTED


def test_a_mint_that_only_one_lists_is_zero_in_the_other() -> None:
    listed, other = solana(7), solana(8)
    found = compared(exact(1_500_000, mint=listed), told((other, "2")))
    assert [figures(each) for each in found] == [
        [("SOLANA_RPC", "1.5"), ("BLOXROUTE", "0")],
        [("SOLANA_RPC", "0"), ("BLOXROUTE", "2")],
    ]
    assert {each.verdict for each in found} == {Verdict.DISPUTED}


def test_an_empty_account_and_a_mint_that_is_not_listed_agree() -> None:
    empty = fresh([token_account(solana(5), MINT, 0, 6)])
    assert only(empty, told()).verdict is Verdict.AGREED
    assert only(fresh([]), told((MINT, "0"))).verdict is Verdict.AGREED


def test_nothing_on_either_side_is_nothing_to_compare() -> None:
    assert compared(fresh([]), told()) == []


def test_a_source_that_failed_is_not_zero() -> None:
    failed = unavailable(Provider.BLOXROUTE)
    found = only(exact(1_500_000), failed)
    assert (found.verdict, figures(found)) == (Verdict.SINGLE_SOURCE, [("SOLANA_RPC", "1.5")])
    assert found.problems == (failed.problem,)
    found = only(unavailable(), told((MINT, "1.5")))
    assert (found.verdict, figures(found)) == (Verdict.SINGLE_SOURCE, [("BLOXROUTE", "1.5")])


def test_a_balance_on_the_move_agrees_with_either_of_its_figures() -> None:
    final, newest = exact(1_500_000), exact(2_500_000, NEWEST)
    for settled in ("1.5", "2.5"):
        found = only(final, told((MINT, settled)), newest)
        assert found.verdict is Verdict.AGREED
        assert figures(found)[:2] == [("SOLANA_RPC", "1.5"), ("SOLANA_RPC", "2.5")]


def test_a_balance_on_the_move_is_not_disputed() -> None:
    found = only(exact(1_500_000), told((MINT, "2")), exact(2_500_000, NEWEST))
    assert found.verdict is Verdict.NOT_COMPARABLE
    positions = [each.provenance.position for each in found.observations]
    assert [at.value if at else None for at in positions] == [FINAL, NEWEST, None]


def test_an_empty_account_closed_since_is_not_on_the_move() -> None:
    empty = fresh([token_account(solana(5), MINT, 0, 6)])
    assert only(empty, told((MINT, "3")), fresh([])).verdict is Verdict.DISPUTED


def test_a_mint_that_has_all_left_since_is_on_the_move() -> None:
    found = only(exact(1_500_000), told((MINT, "2")), fresh([]))
    assert found.verdict is Verdict.NOT_COMPARABLE


@pytest.mark.parametrize("old", ["final", "newest", "told"])
def test_lag_is_not_disagreement(old: str) -> None:
    readings = {"final": exact(1_500_000), "newest": exact(1_500_000, NEWEST), "told": told((MINT, "2"))}
    assert compared(readings["final"], readings["told"], readings["newest"])[0].verdict is Verdict.DISPUTED
    readings[old] = stale(readings[old].value or (), Provider.BLOXROUTE if old == "told" else Provider.SOLANA_RPC)
    found = only(readings["final"], readings["told"], readings["newest"])
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert found.problems == (readings[old].problem,)


def test_without_the_newest_slot_whether_a_balance_moves_is_not_known() -> None:
    assert only(exact(1_500_000), told((MINT, "2")), unavailable()).verdict is Verdict.NOT_COMPARABLE
    assert only(exact(1_500_000), told((MINT, "1.5")), unavailable()).verdict is Verdict.AGREED


def test_native_sol_makes_wrapped_sol_incomparable() -> None:
    assert only(exact(1_500_000, mint=SOL), told((SOL, "2"))).verdict is Verdict.NOT_COMPARABLE
    assert only(fresh([]), told((SOL, "2"))).verdict is Verdict.NOT_COMPARABLE


@pytest.mark.parametrize("shown", ["3", None])
def test_what_a_wallet_shows_of_a_scaled_mint_makes_it_incomparable(shown: str | None) -> None:
    scaled = exact(1_500_000, shown=shown)
    assert only(scaled, told((MINT, "3"))).verdict is Verdict.NOT_COMPARABLE
    assert only(scaled, told((MINT, "1.5"))).verdict is Verdict.AGREED
    # No multiplier makes nothing of something.
    assert only(scaled, told()).verdict is Verdict.DISPUTED


def test_decimals_that_contradict_each_other_are_not_added() -> None:
    accounts = [token_account(solana(5), MINT, 5, 0), token_account(solana(6), MINT, 50, 1)]
    found = only(fresh(accounts), told((MINT, "5")))
    assert found.verdict is Verdict.NOT_COMPARABLE
    assert figures(found) == [("SOLANA_RPC", "5"), ("SOLANA_RPC", "5"), ("BLOXROUTE", "5")]
