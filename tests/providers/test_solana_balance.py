"""Solana's getTokenAccountBalance, where a node refuses better: in a batch, or key by key where batches are refused."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.amount import Amount
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import TokenAccountByAddress
from gateway.domain.token import Commitment, TokenAccount
from tests.providers.asking import Settled, open_asking, problem_of, settle
from tests.providers.node import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OWNER,
    SLOT,
    Node,
    Refused,
    Reply,
    accounts,
    balances,
    info,
    key,
    parsed,
    refuse,
    shown,
)
from tests.providers.recorded import Told, told

OPERATION = "getTokenAccountBalance"
THIRD = "Z2iSdbwVQgwCPhPyUrpoxro814FxA8fBUdRJG2rFkoy"
KEYS = [key(ACCOUNT), key(OTHER_ACCOUNT), key(THIRD)]
LARGEST = 2**64 - 1
HELD = balances(
    **{
        ACCOUNT: shown("9864", 2, "98.64", "98.64"),
        OTHER_ACCOUNT: shown(str(LARGEST), 20, "0.18446744073709551615"),
        THIRD: shown("1000000", 6, "2", "2.0"),
    }
)
LIMITED = {"code": 429, "message": "Too many requests for a specific RPC call"}


def amounts(results: Sequence[Settled]) -> list[int | ProblemCode | str]:
    """Say of each result how much, why not, or that there is nothing."""
    told_of: list[int | ProblemCode | str] = []
    for result in results:
        if isinstance(result, Answer):
            told_of.append(result.value.amount.integer)
        else:
            told_of.append(result.code if isinstance(result, UpstreamError) else "absent")
    return told_of


async def settle_with(batch: Callable[[list[Reply]], Told], held: Any = HELD) -> tuple[Sequence[Settled], Node]:
    node = Node(batch, getTokenAccountBalance=held)
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        return await settle(source, KEYS), node


def in_order(*places: int) -> Callable[[list[Reply]], Told]:
    return lambda replies: told([replies[place] for place in places])


def single_error(code: int, message: str, *, id_: Any = None) -> Callable[[list[Reply]], Told]:
    return lambda _: told({"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id_})


@pytest.mark.parametrize(
    ("code", "message", "times"),
    [
        (-32601, "Method not found", 1),
        # Asked once more, for no more than it said, it refuses still.
        (-32602, "Too many inputs provided; max 5", 2),
        (-32602, "Invalid param: WrongSize", 1),
    ],
)
async def test_a_node_that_refuses_many_accounts_is_asked_for_balances_in_one_batch(
    code: int, message: str, times: int
) -> None:
    node = Node(getMultipleAccounts=refuse(code, message), getTokenAccountBalance=HELD)
    async with open_asking(TokenAccountByAddress, node) as (source, _):
        results = await settle(source, KEYS)
    assert dict(node.calls) == {"POST": times + 1, "getMultipleAccounts": times, OPERATION: 3}
    # The commitment must be named: a config without it is refused.
    assert node.params[times:] == [[each.address.text, {"commitment": "finalized"}] for each in KEYS]
    scaled = TokenAccount(KEYS[2].address, Amount.of_atomic(1000000, 6), Decimal(2))
    assert results[2] == Answer(scaled, OPERATION, Position(PositionKind.SLOT, SLOT))
    assert amounts(results) == [9864, LARGEST, 1000000]


async def test_both_ways_give_the_same_figures() -> None:
    sent = [shown("9864", 2, "98.64", "98.64"), shown("0", 255, "0"), shown("7", 0, "inf")]
    together = Node(getMultipleAccounts=accounts(*(parsed(info(each)) for each in sent)))
    by_balance = Node(getTokenAccountBalance=balances(**{ACCOUNT: sent[0], OTHER_ACCOUNT: sent[1], THIRD: sent[2]}))
    figures = []
    for node in (together, by_balance):
        async with open_asking(TokenAccountByAddress, node) as (source, _):
            results = [each for each in await settle(source, KEYS) if isinstance(each, Answer)]
        figures.append([(each.value.address, each.value.amount, each.value.ui_amount) for each in results])
    assert figures[0] == figures[1]
    assert len(figures[0]) == 3


async def test_replies_to_a_batch_are_matched_by_id_whatever_their_order() -> None:
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        results, node = await settle_with(in_order(*order))
        assert amounts(results) == [9864, LARGEST, 1000000]
        assert node.calls["POST"] == 2


async def test_a_reply_that_is_missing_from_a_batch_is_an_error_and_not_a_zero() -> None:
    results, _ = await settle_with(lambda replies: told(replies[:2]))
    assert amounts(results) == [9864, LARGEST, ProblemCode.PROTOCOL]


async def test_an_empty_list_answers_nothing() -> None:
    results, _ = await settle_with(lambda _: told([]))
    assert amounts(results) == [ProblemCode.PROTOCOL] * 3


@pytest.mark.parametrize("change", [{}, {"result": None}], ids=["the same", "another"])
async def test_a_call_answered_twice_is_not_believed_either_time(change: Any) -> None:
    results, _ = await settle_with(lambda replies: told([*replies, {**replies[0], **change}]))
    assert amounts(results) == [ProblemCode.PROTOCOL, LARGEST, 1000000]


async def test_replies_that_nobody_asked_for_are_passed_over() -> None:
    results, _ = await settle_with(
        lambda replies: told([{**replies[0], "id": 99}, {**replies[0], "id": "x"}, *replies])
    )
    assert amounts(results) == [9864, LARGEST, 1000000]


async def test_ids_of_another_type_are_not_the_same_ids() -> None:
    results, _ = await settle_with(lambda replies: told([{**each, "id": str(each["id"])} for each in replies]))
    assert amounts(results) == [ProblemCode.PROTOCOL] * 3


async def test_an_item_that_is_limited_inside_a_200_is_asked_for_again_by_itself() -> None:
    def batch(replies: list[Reply]) -> Told:
        return told([replies[0], {"id": replies[1]["id"], "error": LIMITED}, replies[2]])

    results, node = await settle_with(batch)
    assert amounts(results) == [9864, LARGEST, 1000000]
    assert node.calls["POST"] == 3


@pytest.mark.parametrize(
    "spoilt",
    [
        {"result": None},
        {"result": {"context": {"slot": 1}, "value": None}},
        {"result": {"context": {"slot": 1}, "value": shown("1.5", 2)}},
        {"result": {"context": {"slot": 1}, "value": shown("1", 256)}},
        {"result": {"value": shown("1", 2)}},
        {"error": LIMITED},
    ],
    ids=["null", "no value", "fraction", "decimals", "no slot", "both"],
)
async def test_a_spoilt_item_leaves_the_others_alone(spoilt: Any) -> None:
    results, _ = await settle_with(lambda replies: told([{**replies[0], **spoilt}, *replies[1:]]))
    assert amounts(results) == [ProblemCode.PROTOCOL, LARGEST, 1000000]


async def test_a_missing_account_is_nothing_and_a_wallet_is_rejected() -> None:
    held = balances(
        **{
            ACCOUNT: Refused(-32602, "Invalid param: could not find account"),
            OTHER_ACCOUNT: Refused(-32602, "Invalid param: not a Token account"),
            THIRD: Refused(-32602, "Invalid param: could not find mint"),
        }
    )
    results, _ = await settle_with(told, held)
    assert results[0] == Absent(OPERATION)
    assert amounts(results) == ["absent", ProblemCode.REJECTED, ProblemCode.INTERNAL]


@pytest.mark.parametrize(
    "batch",
    [
        single_error(-32600, "Batch requests are not supported"),
        single_error(-32700, "Parse error"),
        single_error(-32602, "batch too large", id_=1),
        lambda _: told({"jsonrpc": "2.0", "result": None, "id": 2}),
        lambda _: Told(b""),
        lambda _: Told(b"\n"),
        *(lambda _, status=status: Told(b"no batches", status) for status in (400, 404, 405, 413, 422, 501)),
    ],
)
async def test_where_batches_are_refused_each_key_is_asked_for_by_itself(batch: Callable[[list[Reply]], Told]) -> None:
    results, node = await settle_with(batch)
    assert amounts(results) == [9864, LARGEST, 1000000]
    # The first of the POSTs asked for all accounts, the second was the batch.
    assert node.calls["POST"] == 2 + 3


@pytest.mark.parametrize(
    ("batch", "code"),
    [
        (single_error(429, "Too many requests"), ProblemCode.RATE_LIMITED),
        (single_error(-32429, "rate limited"), ProblemCode.RATE_LIMITED),
        (single_error(-32029, "rate limited"), ProblemCode.RATE_LIMITED),
        (single_error(-32005, "Too Many Requests"), ProblemCode.RATE_LIMITED),
        (single_error(-32005, "Node is behind by 42 slots"), ProblemCode.BEHIND),
        (single_error(-32603, "Internal error"), ProblemCode.UNAVAILABLE),
        (lambda _: Told(b"", 401), ProblemCode.UPSTREAM_UNAUTHENTICATED),
        (lambda _: Told(b"", 403), ProblemCode.UPSTREAM_FORBIDDEN),
        (lambda _: Told(b"", 429), ProblemCode.RATE_LIMITED),
        (lambda _: Told(b"", 503), ProblemCode.UNAVAILABLE),
        (lambda _: Told(b"<html>"), ProblemCode.PROTOCOL),
        (lambda _: Told(b'"text"'), ProblemCode.PROTOCOL),
        (lambda replies: told([replies[0], "text"]), ProblemCode.PROTOCOL),
        (lambda replies: told([replies[0], {**replies[1], "id": 1.5}]), ProblemCode.PROTOCOL),
    ],
)
async def test_trouble_that_is_not_about_batches_does_not_multiply_the_calls(
    batch: Callable[[list[Reply]], Told], code: ProblemCode
) -> None:
    results, node = await settle_with(batch)
    assert amounts(results) == [code] * 3
    assert node.calls["POST"] == 2


async def test_keys_asked_for_one_by_one_fail_one_by_one() -> None:
    behind = Refused(-32005, "Node is behind by 9 slots")
    amounts_sent: dict[str, Reply | Refused] = {ACCOUNT: shown("1", 0), OTHER_ACCOUNT: behind, THIRD: shown("2.5", 0)}
    held = balances(**amounts_sent)
    results, _ = await settle_with(lambda _: Told(b"", 400), held)
    assert amounts(results) == [1, ProblemCode.BEHIND, ProblemCode.PROTOCOL]


async def test_a_hundred_keys_asked_for_one_by_one_go_out_ten_at_a_time() -> None:
    alphabet = "23456789ABCDEFGHJKLM"
    keys = [key(f"{OWNER[:-2]}{first}{second}") for first in alphabet[:5] for second in alphabet]
    held = balances(**{each.address.text: shown(str(place), 0) for place, each in enumerate(keys)})
    node = Node(lambda _: Told(b"", 405), getTokenAccountBalance=held)
    async with open_asking(TokenAccountByAddress, node) as (source, recorded):
        assert amounts(await settle(source, keys)) == list(range(100))
        # A connection carries one call at a time.
        assert len({asked.caller for asked in recorded.asked}) == 10
    assert node.calls["POST"] == 2 + 100


async def test_commitments_are_kept_apart_here_as_well() -> None:
    slots = {"processed": 30, "finalized": 10}

    def method(params: list[Any]) -> Any:
        slot = slots[params[1]["commitment"]]
        return {"context": {"slot": slot}, "value": shown(str(slot), 0)}

    keys = [key(ACCOUNT, Commitment.PROCESSED), key(ACCOUNT, Commitment.FINALIZED)]
    async with open_asking(TokenAccountByAddress, Node(getTokenAccountBalance=method)) as (source, _):
        assert amounts(await settle(source, keys)) == [30, 10]


async def test_an_error_that_is_no_refusal_is_not_asked_again_another_way() -> None:
    node = Node(getMultipleAccounts=refuse(-32016, "Minimum context slot has not been reached", {"contextSlot": 5}))
    assert (await problem_of(TokenAccountByAddress, KEYS[0], node)).code is ProblemCode.BEHIND
    assert dict(node.calls) == {"POST": 1, "getMultipleAccounts": 1}
