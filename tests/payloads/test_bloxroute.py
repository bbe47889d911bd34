"""bloXroute's payloads, in each of its spellings, by its documentation and spoilt."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox import addresses
from tests.payloads.figures import KEYS, as_either, decimals
from tests.payloads.reading import (
    all_of,
    decimal,
    in_whole_units,
    member,
    need,
    shown_amount,
    solana_key,
    the_dict,
    the_list,
    the_text,
)
from tests.payloads.spoiling import spoilt
from tests.payloads.teller import FEW, Desk, is_refused, open_desk
from tests.payloads.tree import Tree, nested, read, written

_TOKENS: Final = """query ($owner: Address!) { account(address: $owner) { tokens(maxAge: 0, first: 1000) {
  outcome problem { code } totalCount nodes {
    token { mint symbol } settled { ...sum } unsettled { ...sum } openOrders { ...sum }
  }
} } } fragment sum on Amount { atomic scale display precision }"""
# Mint, settled, unsettled and open orders: as they are sent, as the documentation has them, and as they once were.
SPELLINGS: Final = (
    ("tokenMint", "settledAmount", "unsettledAmount", "openOrdersAmount"),
    ("tokenMin", "settledAmount", "unsettledAmount", "openOrderAmount"),
    ("token_mint", "settled_amount", "unsettled_amount", "open_orders_amount"),
    ("address", "walletAmount", "unsettledAmount", "openOrdersAmount"),
)
_DIFFERENT: Final = st.lists(KEYS, max_size=4, unique=True)
_NAMES: Final = [tuple(dict.fromkeys(names)) for names in zip(*SPELLINGS, strict=True)]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


@st.composite
def payloads(draw: st.DrawFn, keys: st.SearchStrategy[list[str]] = _DIFFERENT) -> Tree:
    mint, *amounts = draw(st.sampled_from(SPELLINGS))
    mints = draw(keys)
    amount = decimals(digits=17).flatmap(as_either)
    rows = [
        {"symbol": draw(st.text(max_size=5)), mint: key, **{name: draw(amount) for name in amounts}} for key in mints
    ]
    return nested({"tokens": rows})


def _figures(body: bytes) -> dict[str, object]:
    """Read what a payload says; raises `Unusable`."""
    page = the_dict(read(body))
    return all_of([_figure(the_dict(row)) for row in the_list(member(page, "tokens"))])


def _figure(row: dict[str, Tree]) -> tuple[str, object]:
    mints, *names = _NAMES
    amounts = [decimal(member(row, *each)) for each in names]
    need(holds=all(amount >= 0 for amount in amounts))
    symbol = the_text(row.get("symbol", "")) or None
    shown = [in_whole_units(amount, "PROVIDER_FLOAT") for amount in amounts]
    return solana_key(member(row, *mints)), (symbol, shown)


def _shown(desk: Desk, body: bytes) -> dict[str, object] | None:
    """Give the figures that callers see of a payload, None where it is refused."""
    reading = desk.ask(_TOKENS, lambda _path, _body: body, owner=addresses.OWNER)["account"]["tokens"]
    if is_refused(reading):
        return None
    assert reading["totalCount"] == len(reading["nodes"])
    return {node["token"]["mint"]: _shown_figure(node) for node in reading["nodes"]}


def _shown_figure(node: Mapping[str, Any]) -> object:
    amounts = [shown_amount(node[name]) for name in ("settled", "unsettled", "openOrders")]
    return node["token"]["symbol"], amounts


@FEW
@given(payloads())
def test_every_valid_payload_comes_out_exactly_in_whatever_spelling(desk: Desk, payload: Tree) -> None:
    assert _shown(desk, written(payload)) == _figures(written(payload))


@FEW
@given(spoilt(payloads()))
def test_a_spoilt_payload_is_refused_or_comes_out_exactly(desk: Desk, body: bytes) -> None:
    shown = _shown(desk, body)
    assert shown is None or shown == _figures(body)


@FEW
@given(payloads(KEYS.map(lambda key: [key, key])))
def test_a_mint_listed_twice_is_refused(desk: Desk, payload: Tree) -> None:
    assert _shown(desk, written(payload)) is None
