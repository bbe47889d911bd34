"""A known document with other variables is answered at once as on the whole way, or goes there."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.execution import figures
from tests.execution.hard import ACCOUNT, HOLDER, OWNER
from tests.execution.source import Fate
from tests.execution.twins import same_references
from tests.execution.ways import Ways, asking
from tests.execution.wire import Servers
from tests.execution.world import World
from tests.readings.clock import StandingClock

_HOLDERS: Final = [each.text for each in figures.HOLDERS.values()]
_OWNERS: Final = [each.text for each in figures.OWNERS.values()]
_ACCOUNTS: Final = [each.text for each in figures.ACCOUNTS.values()]
_RUNES = "outcome totalCount nodes { rune { id name } amount { display } } pageInfo { endCursor }"
_DOCUMENTS: Final = (
    (
        "query ($place: Address!, $first: Int, $age: Int, $order: RuneOrder = AMOUNT_DESC, $only: RuneFilter, "
        "$no: Boolean! = false) { account(address: $place) { address chain @skip(if: $no) "
        f"runes(first: $first, maxAge: $age, orderBy: $order, filter: $only) {{ {_RUNES} }} }} }}"
    ),
    f"query ($places: [Address!]!) {{ accounts(addresses: $places) {{ address runes(first: 2) {{ {_RUNES} }} }} }}",
    (
        "query ($place: Address!, $how: Commitment! = FINALIZED, $age: Int) { tokenAccount(address: $place, "
        "commitment: $how, maxAge: $age) { outcome amount { display } token { symbol } owner { address } } }"
    ),
    (
        "query One($place: Address!) { account(address: $place) { id } } "
        "query Other($places: [Address!]!) { tokenAccounts(addresses: $places) { outcome address } }"
    ),
    (
        "query ($place: Address!, $found: [_Any!]! = [], $rows: [WalletRuneBalanceInput!]! = [], $no: Boolean! = true) "
        "{ account(address: $place) { tokens { outcome } } _entities(representations: $found) @skip(if: $no) "
        "{ __typename } reconcileRunes(address: $place, wallet: $rows) @skip(if: $no) { verdict } }"
    ),
    "{ exchangeWallets { outcome nodes { id balance { display } } } }",
)

_sensible: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "place": st.sampled_from([HOLDER, HOLDER.upper(), OWNER, ACCOUNT, *_HOLDERS, *_OWNERS, *_ACCOUNTS]),
    "places": st.lists(st.sampled_from([HOLDER, OWNER, ACCOUNT, *_HOLDERS]), max_size=8),
    "first": st.sampled_from([None, 0, 1, 2, 50, 1000]),
    "age": st.sampled_from([None, 1, 100, 3600]),
    "order": st.sampled_from([None, "NAME", "AMOUNT_DESC"]),
    "only": st.sampled_from([None, {}, {"ids": ["840001:1"]}, {"ids": "840001:1", "nonZero": True}, {"names": []}]),
    "how": st.sampled_from(["FINALIZED", "CONFIRMED"]),
    "no": st.booleans(),
    "found": st.sampled_from([[], [{"__typename": "Account", "address": HOLDER}]]),
    "rows": st.sampled_from(
        [[], [{"runeName": "ALPHA•COIN", "amount": "7"}], [{"runeName": "X", "amount": 1, "price": 2.5}]]
    ),
}
_texts = st.sampled_from([HOLDER, f" {HOLDER}", "", "x", "é\u2028", "\x00", "__proto__", "FINALIZED", "840001:1"])
_numbers = st.sampled_from([-3, 1001, 2**31 - 1, 2**31, 2**53, 2**63, 2**64, 10**30, -(2**31), 1.0, 1.5, 1e300])
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _numbers, _texts)
_anything = st.one_of(
    _leaves,
    st.recursive(
        _leaves, lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_texts, inner, max_size=3))
    ),
    st.sampled_from([[HOLDER] * 500, [HOLDER] * 501, [OWNER] * 2000, [OWNER] * 2001, [[HOLDER]], {"ids": [5, None]}]),
)


@st.composite
def _sent(draw: Any) -> dict[str, Any]:
    """Draw variables that make sense, but for one now and then, or one that is missing or unknown."""
    found = {name: draw(each) for name, each in _sensible.items()}
    if draw(st.integers(0, 2)):
        return found
    wrong = draw(st.sampled_from([*_sensible, "unknown"]))
    if draw(st.booleans()):
        return {**found, wrong: draw(_anything)}
    return {name: each for name, each in found.items() if name != wrong}


def _name(text: str) -> st.SearchStrategy[str | None]:
    """Draw the name of an operation: of one that there is, mostly."""
    names: list[str | None] = ["One", "Other"] * 3 if "One" in text else [None] * 6
    return st.sampled_from([*names, None, "Nobody"])


@pytest.mark.parametrize("text", _DOCUMENTS, ids=range(len(_DOCUMENTS)))
def test_whatever_variables_are_sent_both_ways_answer_alike(text: str) -> None:
    seen: Counter[str] = Counter()

    async def run(asked: list[tuple[dict[str, Any], str | None]]) -> None:
        async with servers.over(World(StandingClock())) as server:
            ways = Ways(server)
            await ways.warm(text, {"place": HOLDER, "places": [HOLDER]}, operationName="One" if "One" in text else None)
            for sent, name in asked:
                caller = figures.HOLDING[Fate.READ] if "exchange" in text else figures.ANONYMOUS
                await ways.agree(asking(text, sent, operationName=name), caller=caller)
            seen.update(ways.seen)

    @settings(max_examples=100, derandomize=True, database=None, deadline=None, suppress_health_check=[*HealthCheck])
    @given(st.lists(st.tuples(_sent(), _name(text)), min_size=3, max_size=12))
    def holds(asked: list[tuple[dict[str, Any], str | None]]) -> None:
        runner.run(run(asked))

    servers = Servers()
    with same_references(), asyncio.Runner() as runner:
        holds()
    assert seen["at once"] > 10
    assert seen["whole"] > 10
