"""Sums over many statements that cannot lie: each total says whether it is all there is, or only what was read."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateway.domain.addition import UnlikeScales, added
from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.asset import Asset, AssetId, merged
from gateway.domain.problem import Problem
from gateway.domain.reading import Outcome
from gateway.domain.statement import Holding, Statement


@dataclass(frozen=True, slots=True)
class AssetTotal:
    """All that was read of one asset; `places` are what was added up, in order.

    `is_lower_bound` where a source that may hold more of it could not be read.
    """

    asset: Asset
    total: Amount
    is_lower_bound: bool
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of what was asked for was read: each statement is one of `expected`, and has one outcome."""

    expected: int
    fresh: int
    stale: int
    absent: int
    unavailable: int
    is_complete: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Totals in the order of their assets; `clashes` are assets whose amounts contradict each other's scales."""

    totals: tuple[AssetTotal, ...]
    coverage: Coverage
    clashes: tuple[Asset, ...]


def portfolio(statements: Sequence[Statement]) -> Portfolio:
    """Add up statements of different accounts and exchanges; their order changes no total."""
    told = _without_overlap(statements)
    unread_kinds = {each.kind for each in told if each.outcome is Outcome.UNAVAILABLE}
    unread = {AssetId.of(asset) for each in told for asset in each.unread}
    named: dict[AssetId, list[Asset]] = {}
    for asset in (asset for each in told for asset in (*(held.asset for held in each.holdings), *each.unread)):
        named.setdefault(AssetId.of(asset), []).append(asset)
    held: dict[AssetId, list[Holding]] = {}
    for holding in _once(holding for each in told for holding in each.holdings):
        held.setdefault(AssetId.of(holding.asset), []).append(holding)
    totals: list[AssetTotal] = []
    clashes: list[Asset] = []
    for id_ in sorted(named):
        found = held.get(id_, [])
        try:
            total = added([each.amount for each in found])
        except UnlikeScales:
            clashes.append(merged(named[id_]))
            continue
        places = tuple(sorted(each.place for each in found))
        totals.append(AssetTotal(merged(named[id_]), total, id_.kind in unread_kinds or id_ in unread, places))
    coverage = _coverage(statements, is_complete=not (unread_kinds or unread or clashes))
    return Portfolio(tuple(totals), coverage, tuple(clashes))


def _once(holdings: Iterable[Holding]) -> list[Holding]:
    """Count a token account once, though it was read by its owner and by its own address; the newer reading holds."""
    others: list[Holding] = []
    accounts: dict[str, Holding] = {}
    for holding in holdings:
        if holding.account_of is None:
            others.append(holding)
        elif holding.place not in accounts or _rank(holding) > _rank(accounts[holding.place]):
            accounts[holding.place] = holding
    return [*others, *accounts.values()]


def _rank(holding: Holding) -> tuple[tuple[int, int], str, int]:
    """Order readings of one account by age; past that, only so that the order of the statements does not matter."""
    return holding.age, AssetId.of(holding.asset).name, holding.amount.integer


def _without_overlap(statements: Sequence[Statement]) -> list[Statement]:
    """Take back what bloXroute says of a mint where one of the owner's accounts of that mint was read as well.

    Which accounts are in bloXroute's figure is nowhere said: added to one of them, it might count that one twice.
    """
    exact = {
        (holding.account_of, AssetId.of(holding.asset))
        for statement in statements
        for holding in statement.holdings
        if holding.account_of is not None
    }
    return [_without(statement, exact) if statement.estimated else statement for statement in statements]


def _without(statement: Statement, exact: set[tuple[Address, AssetId]]) -> Statement:
    def is_known(holding: Holding) -> bool:
        known = (statement.estimated, AssetId.of(holding.asset)) in exact
        return known and holding.account_of is None

    kept = tuple(each for each in statement.holdings if not is_known(each))
    taken = tuple(each.asset for each in statement.holdings if is_known(each))
    return replace(statement, holdings=kept, unread=(*statement.unread, *taken))


def _coverage(statements: Sequence[Statement], *, is_complete: bool) -> Coverage:
    outcomes = Counter(each.outcome for each in statements)
    problems = {problem.reference: problem for each in statements for problem in each.problems}
    return Coverage(
        expected=len(statements),
        fresh=outcomes[Outcome.FRESH],
        stale=outcomes[Outcome.STALE],
        absent=outcomes[Outcome.ABSENT],
        unavailable=outcomes[Outcome.UNAVAILABLE],
        is_complete=is_complete,
        problems=tuple(problems.values()),
    )
