"""Solana's getTokenAccountsByOwner: one call for each token program, joined at the older slot."""

from typing import Any

import pytest

from gateway.domain.amount import Amount
from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.sources import TokenAccountsByOwner
from gateway.domain.token import Commitment
from tests.providers.asking import ask, problem_of, value_of
from tests.providers.node import (
    ACCOUNT,
    MINT,
    OTHER_ACCOUNT,
    OWNER,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    Method,
    Node,
    Refused,
    account,
    at,
    info,
    key,
    parsed,
    shown,
)

THIRD = "Z2iSdbwVQgwCPhPyUrpoxro814FxA8fBUdRJG2rFkoy"
EMPTY: list[Any] = []


def owned(address: str, amount: str, *, program: str = TOKEN_PROGRAM, **fields: Any) -> Any:
    return {"pubkey": address, "account": parsed(info(shown(amount, 2), **fields), program=program)}


def by_program(old: Any, new: Any, slots: tuple[int, int] = (10, 10)) -> Method:
    """Answer each program's call with its own list, or its own error."""

    def method(params: list[Any]) -> Any:
        is_old = params[1] == {"programId": TOKEN_PROGRAM}
        found = old if is_old else new
        if isinstance(found, Refused):
            raise found
        return at(found, slots[not is_old])

    return method


async def test_accounts_under_both_programs_are_listed_together() -> None:
    old = [owned(ACCOUNT, "9864"), owned(OTHER_ACCOUNT, "0")]
    node = Node(getTokenAccountsByOwner=by_program(old, [owned(THIRD, "7", program=TOKEN_2022_PROGRAM)]))
    found = await value_of(TokenAccountsByOwner, key(OWNER, Commitment.CONFIRMED), node)
    assert [(each.address.text, each.amount, each.owner.text, each.token.mint.text) for each in found] == [
        (ACCOUNT, Amount.of_atomic(9864, 2), OWNER, MINT),
        (OTHER_ACCOUNT, Amount.of_atomic(0, 2), OWNER, MINT),
        (THIRD, Amount.of_atomic(7, 2), OWNER, MINT),
    ]
    config = {"encoding": "jsonParsed", "commitment": "confirmed"}
    programs = (TOKEN_PROGRAM, TOKEN_2022_PROGRAM)
    assert sorted(node.params, key=str) == [[OWNER, {"programId": program}, config] for program in programs]


@pytest.mark.parametrize("slots", [(301, 299), (299, 301), (299, 299)])
async def test_a_list_from_two_slots_is_no_newer_than_the_older(slots: tuple[int, int]) -> None:
    result = await ask(TokenAccountsByOwner, key(OWNER), Node(getTokenAccountsByOwner=by_program(EMPTY, EMPTY, slots)))
    assert result == Answer((), "getTokenAccountsByOwner", Position(PositionKind.SLOT, 299))


async def test_a_program_that_fails_fails_the_list_and_is_not_left_out() -> None:
    refused = Refused(-32010, "excluded from account secondary indexes")
    for pair in ((refused, [owned(ACCOUNT, "1")]), ([owned(ACCOUNT, "1")], refused)):
        node = Node(getTokenAccountsByOwner=by_program(*pair))
        assert (await problem_of(TokenAccountsByOwner, key(OWNER), node)).code is ProblemCode.REJECTED


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([owned(ACCOUNT, "1", owner=THIRD)], ProblemCode.PROTOCOL),
        ([owned(ACCOUNT, "1"), owned(OTHER_ACCOUNT, "2", owner=THIRD)], ProblemCode.PROTOCOL),
        ([owned(ACCOUNT, "1"), owned(ACCOUNT, "1")], ProblemCode.PROTOCOL),
        ([owned("JEKNVnkbo3jma5nREBBJCDoXFVeKkD56V3xKrvRmWxFH", "1")], ProblemCode.PROTOCOL),
        ([owned(ACCOUNT, "-1")], ProblemCode.PROTOCOL),
        ([owned(ACCOUNT, "1", state="odd")], ProblemCode.PROTOCOL),
        ([{"pubkey": ACCOUNT}], ProblemCode.PROTOCOL),
        ([{"account": owned(ACCOUNT, "1")["account"]}], ProblemCode.PROTOCOL),
        ([None], ProblemCode.PROTOCOL),
        (None, ProblemCode.PROTOCOL),
        ([{"pubkey": ACCOUNT, "account": account(["AAAA", "base64"], TOKEN_PROGRAM)}], ProblemCode.REJECTED),
        ([{"pubkey": ACCOUNT, "account": account("AAAA", TOKEN_PROGRAM)}], ProblemCode.REJECTED),
    ],
    ids=[
        "a stranger's account",
        "a stranger's account among others",
        "one account twice",
        "an account of 33 bytes",
        "a negative amount",
        "an odd state",
        "no account",
        "no address",
        "null",
        "no list",
        "unparsed",
        "legacy encoding",
    ],
)
async def test_a_list_with_something_wrong_in_it_is_refused_as_a_whole(rows: Any, code: ProblemCode) -> None:
    node = Node(getTokenAccountsByOwner=by_program(rows, EMPTY))
    assert (await problem_of(TokenAccountsByOwner, key(OWNER), node)).code is code


async def test_one_account_under_both_programs_is_refused() -> None:
    rows = [owned(ACCOUNT, "1")]
    node = Node(getTokenAccountsByOwner=by_program(rows, rows))
    assert (await problem_of(TokenAccountsByOwner, key(OWNER), node)).code is ProblemCode.PROTOCOL
