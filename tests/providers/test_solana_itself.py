"""Whether an address is a token account: both answers are answers, and what cannot be told is neither."""

from typing import Any

import pytest

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import TokenAccountByAddress, TokenAccountItself
from tests.providers.asking import ask, open_asking, problem_of, settle, value_of
from tests.providers.node import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OWNER,
    SLOT,
    SYSTEM_PROGRAM,
    TOKEN_2022_PROGRAM,
    TOKEN_PROGRAM,
    Node,
    Refused,
    account,
    accounts,
    balances,
    by_address,
    info,
    key,
    parsed,
    refuse,
    shown,
)

PLAIN = shown("9864", 2, "98.64")
WALLET = account(["", "base64"], SYSTEM_PROGRAM)
NOT_SO = Refused(-32602, "Invalid param: not a Token account")


async def test_a_token_account_is_one_and_an_owner_and_an_unused_key_are_none() -> None:
    node = Node(getMultipleAccounts=by_address({ACCOUNT: parsed(info(PLAIN)), OWNER: WALLET}))
    async with open_asking(TokenAccountItself, node) as (source, _):
        results = await settle(source, [key(ACCOUNT), key(OWNER), key(OTHER_ACCOUNT)])
    assert node.calls == {"POST": 1, "getMultipleAccounts": 1}
    found = [result.value for result in results if isinstance(result, Answer)]
    assert [[account.amount.text() for account in each] for each in found] == [["98.64"], [], []]


async def test_an_unused_key_is_none_at_a_slot() -> None:
    unused = await ask(TokenAccountItself, key(ACCOUNT), Node(getMultipleAccounts=accounts(None)))
    assert unused == Answer((), "getMultipleAccounts", Position(PositionKind.SLOT, SLOT))


@pytest.mark.parametrize("kind", ["mint", "multisig"])
@pytest.mark.parametrize("program", [TOKEN_PROGRAM, TOKEN_2022_PROGRAM])
async def test_what_else_a_token_program_owns_is_none(kind: str, program: str) -> None:
    node = Node(getMultipleAccounts=accounts(parsed({}, type_=kind, program=program)))
    assert await value_of(TokenAccountItself, key(ACCOUNT), node) == ()


async def test_what_a_token_program_owns_and_the_node_cannot_parse_is_not_called_none() -> None:
    node = Node(getMultipleAccounts=accounts(account(["AAAA", "base64"], TOKEN_PROGRAM)))
    assert (await problem_of(TokenAccountItself, key(ACCOUNT), node)).code is ProblemCode.REJECTED
    assert (await problem_of(TokenAccountByAddress, key(ACCOUNT), node)).code is ProblemCode.REJECTED


@pytest.mark.parametrize(("known", "value"), [({OWNER: NOT_SO}, ()), ({}, ())])
async def test_a_node_that_tells_balances_alone_still_tells_what_is_none(known: dict[str, Any], value: Any) -> None:
    node = Node(getTokenAccountBalance=balances(**known))
    assert await value_of(TokenAccountItself, key(OWNER), node) == value


async def test_a_balance_of_no_known_mint_is_a_problem_and_not_none() -> None:
    node = Node(getTokenAccountBalance=balances(**{ACCOUNT: PLAIN}))
    error = await problem_of(TokenAccountItself, key(ACCOUNT), node)
    assert error.code is ProblemCode.REJECTED
    assert "mint" in error.message
    assert not isinstance(await ask(TokenAccountByAddress, key(ACCOUNT), node), Absent)


async def test_trouble_is_trouble() -> None:
    node = Node(getMultipleAccounts=refuse(-32005, "Node is behind"))
    assert (await problem_of(TokenAccountItself, key(ACCOUNT), node)).code is ProblemCode.BEHIND
