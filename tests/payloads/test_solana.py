"""Solana's payloads: accounts together, one by one and by owner, by their schemas and spoilt."""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sandbox import addresses
from tests.payloads import solana
from tests.payloads.reading import Unusable, need, the_list
from tests.payloads.solana import ABSENT, REFUSED, usable
from tests.payloads.spoiling import spoilt
from tests.payloads.teller import FEW, Desk, is_refused, open_desk
from tests.payloads.tree import THE_ID, NotJson, Tree, read, written

_ASKED: Final = (addresses.TOKEN_ACCOUNT, addresses.USDC_ACCOUNT, addresses.SCALED_ACCOUNT)
_HELD: Final = """fragment held on TokenAccount {
  address outcome problem { code } provenance { position { value } } amount { atomic scale display precision } uiAmount
  token { mint } owner { address } state isNative
}"""
_ACCOUNTS: Final = (
    f"query ($addresses: [Address!]!) {{ tokenAccounts(addresses: $addresses, maxAge: 0) {{ ...held }} }} {_HELD}"
)
_OWNED: Final = f"""query ($owner: Address!) {{ account(address: $owner) {{ tokenAccounts(maxAge: 0, first: 1000) {{
  outcome problem {{ code }} totalCount nodes {{ ...held }}
}} }} }} {_HELD}"""


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


def _about(body: bytes, call_id: Any) -> bytes:
    """Put a question's id where an answer repeats it."""
    return body.replace(json.dumps(THE_ID).encode(), json.dumps(call_id).encode())


def _read(body: bytes, call_id: int) -> Tree:
    try:
        return read(_about(body, call_id))
    except NotJson:
        raise Unusable from None


def _together(body: bytes, call_id: int) -> list[object]:
    """Read accounts that were asked for together; raises `Unusable`."""
    _, value = solana.result_of(_read(body, call_id), call_id)
    need(holds=len(the_list(value)) == len(_ASKED))
    return [usable(solana.account_figure, account) for account in value]


def _ask(desk: Desk, body: bytes) -> tuple[list[object], list[object]]:
    """Give what callers see of each account, and what the payload says of it."""
    ids: list[int] = []

    def script(_path: str, request: bytes) -> bytes:
        ids.append(json.loads(request)["id"])
        return _about(body, ids[-1])

    accounts = desk.ask(_ACCOUNTS, script, addresses=_ASKED)["tokenAccounts"]
    assert [account["address"] for account in accounts] == [*_ASKED]
    figures = usable(_together, body, ids[0])
    return [_shown(account) for account in accounts], [REFUSED] * len(_ASKED) if figures == REFUSED else figures


def _shown(account: dict[str, Any]) -> object:
    if account["outcome"] == ABSENT:
        assert account["amount"] is None
        return ABSENT
    return REFUSED if is_refused(account) else solana.shown_account(account)


@FEW
@given(solana.multiple_accounts(len(_ASKED)))
def test_every_valid_answer_for_many_accounts_comes_out_exactly(desk: Desk, answer: Tree) -> None:
    shown, figures = _ask(desk, written(answer))
    assert shown == figures


@FEW
@given(spoilt(solana.multiple_accounts(len(_ASKED))))
def test_a_spoilt_answer_for_many_accounts_is_refused_or_comes_out_exactly(desk: Desk, body: bytes) -> None:
    shown, figures = _ask(desk, body)
    assert all(each in (REFUSED, figure) for each, figure in zip(shown, figures, strict=True))


def _ask_by_balance(desk: Desk, bodies: list[bytes]) -> tuple[list[object], list[object]]:
    """Ask where a node knows no better method: a batch with one answer for each account."""
    ids: list[int] = []

    def script(_path: str, request: bytes) -> bytes:
        asked = json.loads(request)
        if isinstance(asked, dict):
            error = {"code": -32601, "message": "Method not found"}
            return json.dumps({"jsonrpc": "2.0", "error": error, "id": asked["id"]}).encode()
        ids.extend(each["id"] for each in asked)
        answers = [_about(body, call_id) for body, call_id in zip(bodies, ids, strict=True)]
        return b"[" + b",".join(reversed(answers)) + b"]"

    accounts = desk.ask(_ACCOUNTS, script, addresses=_ASKED)["tokenAccounts"]
    figures = [usable(_alone, body, call_id) for body, call_id in zip(bodies, ids, strict=True)]
    return [_shown(account) for account in accounts], figures


def _alone(body: bytes, call_id: int) -> object:
    _, value = solana.result_of(_read(body, call_id), call_id)
    return *solana.amount_figure(value), None, None, None, None


@FEW
@given(st.lists(solana.balances().map(written), min_size=len(_ASKED), max_size=len(_ASKED)))
def test_every_valid_batch_of_balances_comes_out_exactly_in_any_order(desk: Desk, bodies: list[bytes]) -> None:
    shown, figures = _ask_by_balance(desk, bodies)
    assert shown == figures


@FEW
@given(solana.balances().map(written), spoilt(solana.balances()), solana.balances().map(written))
def test_a_spoilt_balance_in_a_batch_never_becomes_another_figure(
    desk: Desk, before: bytes, spoiled: bytes, after: bytes
) -> None:
    shown, figures = _ask_by_balance(desk, [before, spoiled, after])
    assert all(each in (REFUSED, figure) for each, figure in zip(shown, figures, strict=True))


def _ask_owner(desk: Desk, body: bytes) -> tuple[object, object]:
    """Answer with accounts for one token program, and with none for the other."""
    nothing = written(solana.nothing())
    ids: list[int] = []

    def script(_path: str, request: bytes) -> bytes:
        asked = json.loads(request)
        if asked["params"][1] != {"programId": addresses.TOKEN_PROGRAM}:
            return _about(nothing, asked["id"])
        ids.append(asked["id"])
        return _about(body, asked["id"])

    reading = desk.ask(_OWNED, script, owner=addresses.OWNER)["account"]["tokenAccounts"]
    figures = usable(_owned, body, ids[0])
    if is_refused(reading):
        return REFUSED, figures
    assert reading["totalCount"] == len(reading["nodes"])
    return {node["address"]: solana.shown_account(node) for node in reading["nodes"]}, figures


def _owned(body: bytes, call_id: int) -> object:
    return solana.owned_figures(_read(body, call_id), call_id, addresses.OWNER)


@FEW
@given(solana.owned_accounts(addresses.OWNER))
def test_every_valid_list_of_an_owners_accounts_comes_out_exactly(desk: Desk, answer: Tree) -> None:
    shown, figures = _ask_owner(desk, written(answer))
    assert shown == figures


@FEW
@given(spoilt(solana.owned_accounts(addresses.OWNER)))
def test_a_spoilt_list_of_an_owners_accounts_is_refused_or_comes_out_exactly(desk: Desk, body: bytes) -> None:
    shown, figures = _ask_owner(desk, body)
    assert shown in (REFUSED, figures)


@FEW
@given(st.one_of(solana.with_a_strangers(addresses.OWNER), solana.with_one_twice(addresses.OWNER)))
def test_a_strangers_account_in_an_owners_list_and_one_that_stands_there_twice_are_refused(
    desk: Desk, answer: Tree
) -> None:
    assert _ask_owner(desk, written(answer)) == (REFUSED, REFUSED)


@FEW
@given(solana.multiple_accounts(len(_ASKED)), st.sampled_from((None, "as text", 1, -1)))
def test_an_answer_to_another_question_is_refused(desk: Desk, answer: Tree, other: Any) -> None:
    def script(_path: str, request: bytes) -> bytes:
        own = json.loads(request)["id"]
        return _about(written(answer), own + other if isinstance(other, int) else other and str(own))

    accounts = desk.ask(_ACCOUNTS, script, addresses=_ASKED)["tokenAccounts"]
    assert [_shown(account) for account in accounts] == [REFUSED] * len(_ASKED)
