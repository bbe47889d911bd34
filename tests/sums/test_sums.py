"""Any mix of readings and failures: the total is exact over what was read, and says what was not."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.amount import Precision
from gateway.domain.asset import AssetId, AssetKind
from gateway.domain.exchange import Exchange
from gateway.domain.portfolio import portfolio
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, Reading
from gateway.domain.statement import Statement, of_runes, of_solana, of_wallets
from tests.sums.readings import (
    absent,
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

U64, U128 = 2**64 - 1, 2**128 - 1
RUNES = [rune(number, divisibility) for number, divisibility in enumerate((0, 5, 38))]
MINTS = [(solana(100), 0), (solana(101), 6), (solana(102), 255)]
CODES = ["BTC", "ETH", "USD"]
OWNERS = 200


@dataclass
class Truth:
    """What one statement has to say, told apart from how the code comes to it."""

    kind: AssetKind
    outcome: Outcome
    held: list[tuple[str, Fraction]] = field(default_factory=list)
    is_float: bool = False


Case = tuple[Statement, Truth]


def _read(draw: st.DrawFn, value: Sequence[Any], provider: Provider) -> Reading[Any]:
    readings = [fresh(value, provider), stale(value, provider), unavailable(provider)]
    return draw(st.sampled_from(readings))


def _held(reading: Reading[Any], held: list[tuple[str, Fraction]]) -> list[tuple[str, Fraction]]:
    return held if reading.value is not None else []


def _bitcoin(draw: st.DrawFn, number: int) -> Case:
    chosen = draw(st.lists(st.sampled_from(RUNES), unique=True))
    rows = [rune_balance(each, draw(st.integers(0, U128))) for each in chosen]
    reading = draw(st.sampled_from([_read(draw, rows, Provider.XVERSE), absent()]))
    held = [(row.rune.id, Fraction(row.confirmed.integer, 10**row.rune.divisibility)) for row in rows]
    return of_runes(taproot(number), reading), Truth(AssetKind.RUNE, reading.outcome, _held(reading, held))


def _exchange(draw: st.DrawFn, _: int) -> Case:
    codes = draw(st.lists(st.sampled_from(CODES), unique=True))
    cents = [draw(st.integers(-(10**9), 10**9)) for _ in codes]
    signs = ["-" if each < 0 else "" for each in cents]
    texts = [f"{sign}{abs(each) // 100}.{abs(each) % 100:02}" for sign, each in zip(signs, cents, strict=True)]
    rows = [wallet(code, text) for code, text in zip(codes, texts, strict=True)]
    reading = _read(draw, rows, Provider.SFOX)
    held = [(code, Fraction(each, 100)) for code, each in zip(codes, cents, strict=True)]
    return of_wallets(Exchange.SFOX, reading), Truth(AssetKind.CURRENCY, reading.outcome, _held(reading, held))


def _owner(draw: st.DrawFn, number: int) -> Case:
    owner = solana(OWNERS + number)
    chosen = draw(st.lists(st.sampled_from(MINTS), max_size=5))
    atoms = [draw(st.integers(0, U64)) for _ in chosen]
    accounts = [
        token_account(solana(10_000 + number * 10 + place), mint, atomic, decimals, owner=owner)
        for place, ((mint, decimals), atomic) in enumerate(zip(chosen, atoms, strict=True))
    ]
    owned = _read(draw, accounts, Provider.SOLANA_RPC)
    itself = _read(draw, [], Provider.SOLANA_RPC)
    mints = draw(st.lists(st.sampled_from(MINTS), unique=True))
    halves = [draw(st.integers(0, 10**6)) for _ in mints]
    rows = [told_balance(mint, f"{each // 2}.{each % 2 * 5}") for (mint, _), each in zip(mints, halves, strict=True)]
    told = _read(draw, rows, Provider.BLOXROUTE)
    statement = of_solana(owner, owned, itself, told if owned.value is None else None)
    exact = [(mint.text, Fraction(each, 10**places)) for (mint, places), each in zip(chosen, atoms, strict=True)]
    floats = [(mint.text, Fraction(each, 2)) for (mint, _), each in zip(mints, halves, strict=True)]
    stands_in = owned.value is None
    used = told if stands_in else owned
    held = _held(used, floats if stands_in else exact)
    # With one of the two readings missing, only what was found tells what the address is.
    known = [each for each in (used, itself) if each.value is not None]
    if len(known) == 2 or (known and held):
        outcome = Outcome.STALE if any(each.outcome is Outcome.STALE for each in known) else Outcome.FRESH
        return statement, Truth(AssetKind.TOKEN, outcome, held, is_float=stands_in)
    return statement, Truth(AssetKind.TOKEN, Outcome.UNAVAILABLE)


@st.composite
def cases(draw: st.DrawFn) -> list[Case]:
    kinds = draw(st.lists(st.sampled_from([_bitcoin, _exchange, _owner]), max_size=8))
    return [make(draw, number) for number, make in enumerate(kinds)]


@given(cases())
def test_each_total_is_exactly_what_was_read_of_its_asset(told: list[Case]) -> None:
    expected: dict[str, Fraction] = {}
    positions: Counter[str] = Counter()
    floats = set()
    for _, truth in told:
        for name, worth in truth.held:
            expected[name] = expected.get(name, Fraction()) + worth
            positions[name] += 1
            floats |= {name} if truth.is_float else set()
    found = portfolio([statement for statement, _ in told])
    named = {AssetId.of(each.asset).name: each for each in found.totals}
    assert {name: Fraction(each.total.integer, 10**each.total.places) for name, each in named.items()} == expected
    assert {name: len(each.places) for name, each in named.items()} == positions
    assert {name for name, each in named.items() if each.total.precision is Precision.PROVIDER_FLOAT} == floats
    assert found.clashes == ()


@given(cases())
def test_a_total_is_a_lower_bound_exactly_where_a_source_of_its_kind_was_not_read(told: list[Case]) -> None:
    unread = {truth.kind for _, truth in told if truth.outcome is Outcome.UNAVAILABLE}
    found = portfolio([statement for statement, _ in told])
    for each in found.totals:
        assert each.is_lower_bound is (AssetId.of(each.asset).kind in unread)
    assert found.coverage.is_complete is (not unread)


@given(cases())
def test_coverage_counts_every_account_and_exchange_once_by_how_it_was_read(told: list[Case]) -> None:
    counted = Counter(truth.outcome for _, truth in told)
    coverage = portfolio([statement for statement, _ in told]).coverage
    assert coverage.expected == len(told)
    assert coverage.fresh == counted[Outcome.FRESH]
    assert coverage.stale == counted[Outcome.STALE]
    assert coverage.absent == counted[Outcome.ABSENT]
    assert coverage.unavailable == counted[Outcome.UNAVAILABLE]
    # Whatever was not read, or not freshly, is told.
    assert len(coverage.problems) >= coverage.stale + coverage.unavailable


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_what_is_asked_changes_no_total(told: list[Case], shuffled: random.Random) -> None:
    statements = [statement for statement, _ in told]
    first = portfolio(statements)
    shuffled.shuffle(statements)
    again = portfolio(statements)
    assert again.totals == first.totals
    assert (again.coverage.is_complete, set(again.coverage.problems)) == (
        first.coverage.is_complete,
        set(first.coverage.problems),
    )
