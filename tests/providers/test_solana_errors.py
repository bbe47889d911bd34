"""Solana's errors: HTTP 200 throughout, one code with many meanings, and never the node's own words."""

import pytest

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.sources import TokenAccountByAddress, TokenAccountsByOwner
from tests.providers.asking import open_asking, problem_of, settle
from tests.providers.node import ACCOUNT, OTHER_ACCOUNT, Node, key, refuse
from tests.providers.recorded import told

# Each is told apart by its code, and -32602 and -32005 by their messages as well.
ROWS = [
    (-32602, "Invalid param: WrongSize", ProblemCode.REJECTED),
    (-32602, "Invalid param: Invalid", ProblemCode.REJECTED),
    (-32602, "Invalid param: not a Token account", ProblemCode.REJECTED),
    (-32602, "Invalid param: could not find mint", ProblemCode.INTERNAL),
    (-32602, "Invalid param: Token mint could not be unpacked", ProblemCode.INTERNAL),
    (-32602, "`params` should have at least 1 argument(s)", ProblemCode.REJECTED),
    (-32602, "Expected from 1 to 2 parameters.", ProblemCode.REJECTED),
    (-32602, "Invalid params: missing field `commitment`.", ProblemCode.REJECTED),
    (-32601, "Method not found", ProblemCode.PROTOCOL),
    (-32600, "Invalid request", ProblemCode.PROTOCOL),
    (-32700, "Parse error", ProblemCode.PROTOCOL),
    (-32005, "Node is behind by 42 slots", ProblemCode.BEHIND),
    (-32005, "Node is unhealthy", ProblemCode.BEHIND),
    (-32005, "Too Many Requests", ProblemCode.RATE_LIMITED),
    (-32005, "Rate limit exceeded", ProblemCode.RATE_LIMITED),
    (-32003, "Unauthorized", ProblemCode.UPSTREAM_UNAUTHENTICATED),
    (-32004, "Block not available for slot 5", ProblemCode.UNAVAILABLE),
    (-32010, "excluded from account secondary indexes", ProblemCode.REJECTED),
    (-32012, "scan aborted", ProblemCode.UNAVAILABLE),
    (-32016, "Minimum context slot has not been reached", ProblemCode.BEHIND),
    (-32019, "Failed to query long-term storage", ProblemCode.UNAVAILABLE),
    (-32603, "Internal error", ProblemCode.UNAVAILABLE),
    (429, "Too many requests for a specific RPC call", ProblemCode.RATE_LIMITED),
    (-32429, "rate limited", ProblemCode.RATE_LIMITED),
    (-32029, "rate limited", ProblemCode.RATE_LIMITED),
    (-31999, "something new", ProblemCode.INTERNAL),
]


@pytest.mark.parametrize(("code", "message", "meaning"), ROWS)
async def test_each_error_of_an_owners_accounts_has_its_meaning(code: int, message: str, meaning: ProblemCode) -> None:
    node = Node(getTokenAccountsByOwner=refuse(code, message, {"numSlotsBehind": 42}))
    error = await problem_of(TokenAccountsByOwner, key(ACCOUNT), node)
    assert error.code is meaning


@pytest.mark.parametrize(("code", "message", "meaning"), ROWS)
async def test_each_error_of_one_balance_has_its_meaning(code: int, message: str, meaning: ProblemCode) -> None:
    node = Node(getTokenAccountBalance=refuse(code, message))
    error = await problem_of(TokenAccountByAddress, key(ACCOUNT), node)
    assert error.code is meaning


@pytest.mark.parametrize(("code", "message", "meaning"), [row for row in ROWS if row[0] not in (-32601, -32602)])
async def test_each_error_of_many_accounts_is_every_keys_error(code: int, message: str, meaning: ProblemCode) -> None:
    node = Node(getMultipleAccounts=refuse(code, message))
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        results = await settle(source, [key(ACCOUNT), key(OTHER_ACCOUNT)])
    assert [getattr(result, "code", None) for result in results] == [meaning] * 2


@pytest.mark.parametrize(("code", "message", "_meaning"), ROWS)
async def test_the_nodes_own_words_go_no_further(code: int, message: str, _meaning: ProblemCode) -> None:
    said = f"{message} canary-message"
    for capability in (TokenAccountByAddress, TokenAccountsByOwner):
        node = Node(
            getTokenAccountBalance=refuse(code, said, "canary-data"),
            getTokenAccountsByOwner=refuse(code, said, "canary-data"),
        )
        error = await problem_of(capability, key(ACCOUNT), node)
        assert "canary" not in f"{error} {error!r} {error.detail} {error.message}"


async def test_an_error_without_words_is_told_by_its_code() -> None:
    error = await problem_of(TokenAccountsByOwner, key(ACCOUNT), lambda asked: told(_wordless(asked.tree["id"])))
    assert error.code is ProblemCode.RATE_LIMITED


async def test_an_error_may_answer_a_call_whose_id_the_node_could_not_read() -> None:
    error = await problem_of(TokenAccountsByOwner, key(ACCOUNT), lambda _: told(_wordless(None)))
    assert isinstance(error, UpstreamError)
    assert error.code is ProblemCode.RATE_LIMITED


def _wordless(id_: int | None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": {"code": 429}, "id": id_}
