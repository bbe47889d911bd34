"""sFOX's payloads, old and new, by its documentation and spoilt."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.payloads.figures import as_either, decimals, optional
from tests.payloads.reading import (
    all_of,
    decimal,
    in_whole_units,
    member,
    need,
    shown_amount,
    the_dict,
    the_list,
    the_text,
)
from tests.payloads.spoiling import spoilt
from tests.payloads.teller import FEW, Desk, is_refused, open_desk
from tests.payloads.tree import Tree, nested, read, written

_WALLETS: Final = """{ exchangeWallets(maxAge: 0, first: 1000) { outcome problem { code } totalCount nodes {
  currency { code } balance { ...sum } available { ...sum } held { ...sum } trading { ...sum } lending { ...sum }
  borrow { ...sum } collateral { ...sum }
} } } fragment sum on Amount { atomic scale display precision }"""
_NEWER: Final = {
    "held": "held",
    "trading": "trading_wallet",
    "lending": "lending_wallet",
    "borrow": "borrow_wallet",
    "collateral": "collateral_wallet",
}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Tree]:
    amount = decimals(digits=30).flatmap(as_either)
    # What is borrowed may be negative.
    signed = st.tuples(st.sampled_from(("", "-")), decimals(digits=20)).map("".join).flatmap(as_either)
    row = {"currency": draw(st.text("abcxyzBTC19", min_size=1, max_size=6))}
    row |= {"balance": draw(amount), "available": draw(amount)}
    for name in _NEWER.values() if draw(st.booleans()) else ():
        row |= draw(optional(name, signed if name == "borrow_wallet" else amount))
    return row


PAYLOADS: Final = st.lists(rows(), max_size=4, unique_by=lambda row: str(row["currency"]).upper()).map(nested)


def _figures(body: bytes) -> dict[str, object]:
    """Read what a payload says; raises `Unusable`."""
    return all_of([_figure(the_dict(row)) for row in the_list(read(body))])


def _figure(row: dict[str, Tree]) -> tuple[str, object]:
    currency = the_text(member(row, "currency")).strip().upper()
    need(holds=currency != "")
    amounts = [decimal(member(row, name)) for name in ("balance", "available")]
    newer = [row.get(name) for name in _NEWER.values()]
    told = [*amounts, *(None if each is None else decimal(each) for each in newer)]
    return currency, [None if each is None else in_whole_units(each, "EXACT") for each in told]


def _shown(desk: Desk, body: bytes) -> dict[str, object] | None:
    """Give the figures that callers see of a payload, None where it is refused."""
    reading = desk.ask(_WALLETS, lambda _path, _body: body)["exchangeWallets"]
    if is_refused(reading):
        return None
    assert reading["totalCount"] == len(reading["nodes"])
    return {node["currency"]["code"]: _shown_figure(node) for node in reading["nodes"]}


def _shown_figure(node: Mapping[str, Any]) -> object:
    return [shown_amount(node[name]) for name in ("balance", "available", *_NEWER)]


@FEW
@given(PAYLOADS)
def test_every_valid_payload_comes_out_exactly(desk: Desk, payload: Tree) -> None:
    assert _shown(desk, written(payload)) == _figures(written(payload))


@FEW
@given(spoilt(PAYLOADS))
def test_a_spoilt_payload_is_refused_or_comes_out_exactly(desk: Desk, body: bytes) -> None:
    shown = _shown(desk, body)
    assert shown is None or shown == _figures(body)


@FEW
@given(rows(), rows())
def test_a_currency_listed_twice_is_refused_in_whatever_case(
    desk: Desk, row: dict[str, Tree], other: dict[str, Tree]
) -> None:
    again = other | {"currency": row["currency"].swapcase()}
    assert _shown(desk, written(nested([row, again]))) is None
