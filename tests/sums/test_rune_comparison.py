"""A wallet's runes against the indexer's: verdicts on each pair of answers."""

from typing import Any

import pytest

from gateway.domain.address import Address
from gateway.domain.provider import Provider
from gateway.domain.reading import Reading
from gateway.domain.reconciliation import Reconciliation, Verdict
from gateway.domain.rune import Rune
from gateway.domain.rune_comparison import reconcile_runes, unlisted
from gateway.domain.wallet import WalletAnswer, WalletRune
from tests.sums.readings import fresh, key_hash, provenance, rune, rune_balance, stale, taproot, unavailable

RUNE = rune(1, 5, "SANDBOX•ALPHA")
OTHER = rune(2, 0, "OTHER")


def indexed(*balances: tuple[Rune, int], **pending: int) -> Reading[Any]:
    return fresh([rune_balance(each, confirmed, **pending) for each, confirmed in balances], Provider.XVERSE, at=871204)


def answer(*rows: WalletRune, address: Address | None = None) -> WalletAnswer:
    return WalletAnswer.of(rows, address or taproot(1), provenance(Provider.WALLET))


def compared(said: WalletAnswer, read: Reading[Any], **named: Rune) -> list[Reconciliation]:
    return reconcile_runes(said, read, named)


def verdict(said: WalletRune, read: Reading[Any], address: Address | None = None) -> Verdict:
    (found,) = compared(answer(said, address=address), read)
    return found.verdict


def figures(found: Reconciliation) -> list[tuple[str, str]]:
    return [(each.provenance.provider, each.amount.text()) for each in found.observations]


def test_the_same_figure_agrees_with_both_sources_shown() -> None:
    (found,) = compared(answer(WalletRune("SANDBOX•ALPHA", 150_000_001, 5)), indexed((RUNE, 150_000_001)))
    assert (found.verdict, found.asset) == (Verdict.AGREED, RUNE)
    assert figures(found) == [("WALLET", "1500.00001"), ("XVERSE", "1500.00001")]


@pytest.mark.parametrize("name", ["SANDBOXALPHA", "SANDBOX.ALPHA", "SAND•BOX•ALPHA"])
def test_a_name_is_the_same_whatever_its_spacers(name: str) -> None:
    assert verdict(WalletRune(name, 7), indexed((RUNE, 7))) is Verdict.AGREED


def test_a_wallet_that_names_no_divisibility_speaks_in_the_runes_own_unit() -> None:
    (found,) = compared(answer(WalletRune("SANDBOX•ALPHA", 100_000)), indexed((RUNE, 100_000)))
    assert (found.verdict, figures(found)) == (Verdict.AGREED, [("WALLET", "1"), ("XVERSE", "1")])


def test_different_figures_are_disputed() -> None:
    assert verdict(WalletRune("SANDBOX•ALPHA", 8, 5), indexed((RUNE, 7))) is Verdict.DISPUTED


def test_the_same_digits_of_another_unit_are_disputed_whatever_is_pending() -> None:
    read = indexed((RUNE, 1_000), incoming=10**9, outgoing=0)
    assert verdict(WalletRune("SANDBOX•ALPHA", 1_000, 2), read) is Verdict.DISPUTED


def test_a_rune_that_only_one_lists_is_zero_in_the_other() -> None:
    found = compared(answer(WalletRune("OTHER", 3, 0)), indexed((RUNE, 100_000)), OTHER=OTHER)
    assert [(each.asset, figures(each), each.verdict) for each in found] == [
        (OTHER, [("WALLET", "3"), ("XVERSE", "0")], Verdict.DISPUTED),
        (RUNE, [("WALLET", "0"), ("XVERSE", "1")], Verdict.DISPUTED),
    ]
    assert unlisted(answer(WalletRune("OTHER", 3)), indexed((RUNE, 1))) == ["OTHER"]


def test_a_rune_all_spent_agrees_with_a_wallet_that_does_not_list_it() -> None:
    (found,) = compared(answer(), indexed((RUNE, 0)))
    assert found.verdict is Verdict.AGREED


def test_where_the_indexer_failed_the_wallet_stands_alone() -> None:
    failed = unavailable(Provider.XVERSE)
    (found,) = compared(answer(WalletRune("OTHER", 3)), failed, OTHER=OTHER)
    assert (found.verdict, figures(found)) == (Verdict.SINGLE_SOURCE, [("WALLET", "3")])
    assert found.problems == (failed.problem,)


@pytest.mark.parametrize(
    ("seen", "said"),
    [(90, Verdict.NOT_COMPARABLE), (105, Verdict.NOT_COMPARABLE), (89, Verdict.DISPUTED), (106, Verdict.DISPUTED)],
)
def test_what_pending_transactions_may_lead_to_is_not_disputed(seen: int, said: Verdict) -> None:
    read = indexed((RUNE, 100), incoming=5, outgoing=10)
    assert verdict(WalletRune("SANDBOX•ALPHA", seen), read) is said


def test_a_stale_reading_disputes_nothing() -> None:
    read = stale([rune_balance(RUNE, 7)], Provider.XVERSE)
    assert verdict(WalletRune("SANDBOX•ALPHA", 8), read) is Verdict.NOT_COMPARABLE
    assert verdict(WalletRune("SANDBOX•ALPHA", 7), read) is Verdict.AGREED


def test_a_wallet_says_nothing_of_an_address_that_is_not_its_taproot_address() -> None:
    said, read = WalletRune("SANDBOX•ALPHA", 8), indexed((RUNE, 7))
    assert verdict(said, read, key_hash(1)) is Verdict.NOT_COMPARABLE
    assert verdict(said, read, Address.parse("1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22")) is Verdict.NOT_COMPARABLE
    assert verdict(said, read, taproot(1)) is Verdict.DISPUTED
