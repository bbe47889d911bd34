"""Xverse's payloads: v2, v1 and batch-info, by their schemas and spoilt."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox import addresses
from tests.payloads.figures import BLOCK_HEIGHTS, DIVISIBILITIES, NAMES, RUNE_IDS, SYMBOLS, optional, units
from tests.payloads.reading import (
    Unusable,
    all_of,
    atomic,
    difference,
    divisibility,
    exact,
    member,
    optional_text,
    rune_id,
    shown_amount,
    the_dict,
    the_list,
    the_text,
    whole,
)
from tests.payloads.spoiling import spoilt
from tests.payloads.teller import FEW, Desk, is_refused, open_desk
from tests.payloads.tree import NotJson, Tree, nested, read, written

_HOLDER: Final = addresses.RUNES_HOLDER
_ASKED: Final = "840123:17"
_BALANCES: Final = """query ($address: Address!) { account(address: $address) { runes(maxAge: 0, first: 1000) {
  outcome problem { code } provenance { position { value } } totalCount nodes {
    rune { id name symbol divisibility } amount { ...sum } spendable { ...sum } projected { ...sum }
    pending { incoming { ...sum } outgoing { ...sum } net { ...sum } }
  }
} } } fragment sum on Amount { atomic scale display precision }"""
_RUNE: Final = "query ($id: ID!) { rune(id: $id) { id name symbol divisibility } }"
# What batch-info says of every rune's divisibility where v2 leaves it out.
_TOLD_ELSEWHERE: Final = 4


@pytest.fixture(scope="module")
def v2() -> Iterator[Desk]:
    with open_desk() as desk:
        yield desk


@pytest.fixture(scope="module")
def v1() -> Iterator[Desk]:
    with open_desk(GATEWAY_XVERSE__V2="false") as desk:
        yield desk


@st.composite
def v2_rows(draw: st.DrawFn) -> dict[str, Tree]:
    confirmed = draw(units(128))
    incoming = draw(st.integers(0, 2**128 - 1 - confirmed))
    outgoing = draw(st.integers(0, confirmed + incoming))
    net = incoming - outgoing
    return {
        "runeId": draw(RUNE_IDS),
        "runeName": draw(NAMES),
        **draw(optional("divisibility", DIVISIBILITIES)),
        **draw(optional("symbol", SYMBOLS)),
        "confirmedBalance": str(confirmed),
        "availableBalance": str(draw(st.integers(0, confirmed))),
        "projectedBalance": str(confirmed + net),
        "pendingBalance": {"incomingAmount": str(incoming), "outgoingAmount": str(outgoing), "netAmount": str(net)},
    }


@st.composite
def v1_rows(draw: st.DrawFn) -> dict[str, Tree]:
    return {
        "id": draw(RUNE_IDS),
        "runeName": draw(NAMES),
        "amount": str(draw(units(128))),
        **draw(optional("divisibility", DIVISIBILITIES)),
        **draw(optional("symbol", SYMBOLS)),
        **draw(optional("inscriptionId", st.just("ab" * 32 + "i0"))),
    }


def _v2_page(rows: list[dict[str, Tree]], height: Tree) -> Tree:
    return nested({"balances": rows, "indexerHeight": height})


def _v1_page(rows: list[dict[str, Tree]], height: Tree) -> Tree:
    counts = {"limit": len(rows), "offset": 0, "total": len(rows)}
    return nested({**counts, "items": rows, "indexerHeight": height})


V2_PAGES: Final = st.builds(
    _v2_page, st.lists(v2_rows(), max_size=4, unique_by=lambda row: str(row["runeId"])), BLOCK_HEIGHTS
)
V1_PAGES: Final = st.builds(
    _v1_page, st.lists(v1_rows(), max_size=4, unique_by=lambda row: str(row["id"])), BLOCK_HEIGHTS
)
BATCHES: Final = st.builds(
    lambda name, spaced, divisible, symbol: nested(
        [{"runeId": _ASKED, "runeName": name, "spacedRuneName": spaced, "supply": "1", **divisible, **symbol}]
    ),
    NAMES,
    NAMES,
    optional("divisibility", DIVISIBILITIES),
    optional("symbol", SYMBOLS),
)


def _rune(row: dict[str, Tree], name: str, scale: int) -> tuple[str, str, int]:
    return the_text(row.get(name)), optional_text(row, "symbol") or "¤", scale


def _v2_figures(body: bytes) -> dict[str, object]:
    """Read what a v2 payload says; raises `Unusable`."""
    page = the_dict(read(body))
    whole(member(page, "indexerHeight"), 0)
    rows = [the_dict(row) for row in the_list(member(page, "balances"))]
    return all_of([(rune_id(member(row, "runeId")), _v2_figure(row)) for row in rows])


def _v2_figure(row: dict[str, Tree]) -> object:
    told = row.get("divisibility")
    scale = _TOLD_ELSEWHERE if told is None else divisibility(told)
    pending = the_dict(member(row, "pendingBalance"))
    amounts = [atomic(member(row, name), 128) for name in ("confirmedBalance", "availableBalance", "projectedBalance")]
    amounts += [atomic(member(pending, name), 256) for name in ("incomingAmount", "outgoingAmount")]
    amounts.append(difference(member(pending, "netAmount"), 256))
    return _rune(row, "runeName", scale), [exact(amount, scale) for amount in amounts]


def _v1_figures(body: bytes) -> dict[str, object]:
    page = the_dict(read(body))
    whole(member(page, "indexerHeight"), 0)
    rows = [the_dict(row) for row in the_list(member(page, "items"))]
    # More than there is: what is missing must not be left out in silence.
    whole(member(page, "total"), 0, len(rows))
    return all_of([(rune_id(member(row, "id")), _v1_figure(row)) for row in rows])


def _v1_figure(row: dict[str, Tree]) -> object:
    scale = divisibility(row["divisibility"]) if row.get("divisibility") is not None else 0
    optional_text(row, "inscriptionId")
    return _rune(row, "runeName", scale), [exact(atomic(member(row, "amount"), 128), scale), *[None] * 5]


def _batch_figures(body: bytes) -> object:
    rows = [the_dict(row) for row in the_list(read(body))]
    told = all_of([(the_text(row.get("runeId") or row.get("id")), row) for row in rows])
    if not told:
        return None
    row = the_dict(member(told, _ASKED))
    if len(told) > 1:
        raise Unusable
    scale = divisibility(row["divisibility"]) if row.get("divisibility") is not None else 0
    return _rune(row, "spacedRuneName", scale)


def _shown(desk: Desk, body: bytes) -> dict[str, object] | None:
    """Give the figures that callers see of a payload, None where it is refused."""

    def script(path: str, _: bytes) -> bytes:
        return body if path.endswith(("/balance", "/runes")) else _batch(known)

    known = _ids(body)
    reading = desk.ask(_BALANCES, script, address=_HOLDER)["account"]["runes"]
    if is_refused(reading):
        return None
    assert reading["totalCount"] == len(reading["nodes"])
    return {node["rune"]["id"]: _shown_figure(node) for node in reading["nodes"]}


def _shown_figure(node: Mapping[str, Any]) -> object:
    rune = node["rune"]
    pending = node["pending"] or dict.fromkeys(("incoming", "outgoing", "net"))
    amounts = [node[name] for name in ("amount", "spendable", "projected")]
    amounts += [pending[name] for name in ("incoming", "outgoing", "net")]
    return (rune["name"], rune["symbol"], rune["divisibility"]), [shown_amount(amount) for amount in amounts]


def _ids(body: bytes) -> list[str]:
    """Find the runes whose divisibility v2 left out."""
    try:
        rows = [the_dict(row) for row in the_list(the_dict(read(body)).get("balances"))]
    except (NotJson, Unusable):
        return []
    return [str(row.get("runeId")) for row in rows if row.get("divisibility") is None]


def _batch(ids: list[str]) -> bytes:
    rows = [{"runeId": id_, "spacedRuneName": "X", "divisibility": str(_TOLD_ELSEWHERE)} for id_ in ids]
    return written(nested(rows))


@FEW
@given(V2_PAGES)
def test_every_valid_v2_payload_comes_out_exactly(v2: Desk, page: Tree) -> None:
    body = written(page)
    assert _shown(v2, body) == _v2_figures(body)


@FEW
@given(spoilt(V2_PAGES))
def test_a_spoilt_v2_payload_is_refused_or_comes_out_exactly(v2: Desk, body: bytes) -> None:
    shown = _shown(v2, body)
    assert shown is None or shown == _v2_figures(body)


@FEW
@given(v2_rows(), v2_rows(), BLOCK_HEIGHTS)
def test_a_rune_that_v2_lists_twice_is_refused(
    v2: Desk, row: dict[str, Tree], other: dict[str, Tree], height: Tree
) -> None:
    assert _shown(v2, written(_v2_page([row, other | {"runeId": row["runeId"]}], height))) is None


@FEW
@given(V1_PAGES)
def test_every_valid_v1_payload_comes_out_exactly(v1: Desk, page: Tree) -> None:
    body = written(page)
    assert _shown(v1, body) == _v1_figures(body)


@FEW
@given(spoilt(V1_PAGES))
def test_a_spoilt_v1_payload_is_refused_or_comes_out_exactly(v1: Desk, body: bytes) -> None:
    shown = _shown(v1, body)
    assert shown is None or shown == _v1_figures(body)


@FEW
@given(v1_rows(), v1_rows(), BLOCK_HEIGHTS)
def test_a_rune_that_v1_lists_twice_is_refused(
    v1: Desk, row: dict[str, Tree], other: dict[str, Tree], height: Tree
) -> None:
    assert _shown(v1, written(_v1_page([row, other | {"id": row["id"]}], height))) is None


@FEW
@given(BATCHES)
def test_every_valid_answer_about_a_rune_comes_out_exactly(v2: Desk, batch: Tree) -> None:
    assert _shown_rune(v2, written(batch)) == (True, _batch_figures(written(batch)))


@FEW
@given(spoilt(BATCHES))
def test_a_spoilt_answer_about_a_rune_is_refused_or_comes_out_exactly(v2: Desk, body: bytes) -> None:
    is_told, shown = _shown_rune(v2, body)
    assert not is_told or shown == _batch_figures(body)


def _shown_rune(desk: Desk, body: bytes) -> tuple[bool, object]:
    data, codes = desk.ask_with_errors(_RUNE, lambda path, _: body if "batch" in path else b"{}", id=_ASKED)
    rune = data["rune"]
    if rune is None:
        return not codes, None
    return True, (rune["name"], rune["symbol"], rune["divisibility"])
