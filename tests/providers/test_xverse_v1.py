"""Xverse v1, alone and for inscriptions: optional fields that are truly absent, and paging that may be honoured."""

from typing import Any

import pytest

from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.rune import Rune, RuneBalance
from gateway.domain.sources import InscriptionsByAddress, RunesByAddress
from tests.providers.asking import open_asking, problem_of, settle, value_of
from tests.providers.recorded import Asked, Script, Told, always, told

HOLDER = Address.parse("bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch")
INSCRIPTION = "9f3c0d6c2a4b1e5f7788990011223344556677889900aabbccddeeff00112233i0"
V1 = {"GATEWAY_XVERSE__V2": "false"}
RECORDED = f"""{{"limit":2,"offset":0,"total":2,"indexerHeight":871204,"items":[
 {{"id":"840123:17","runeName":"SANDBOX•ALPHA•COIN","amount":"150000001","divisibility":5,"symbol":"₳",
  "inscriptionId":"{INSCRIPTION}"}},
 {{"id":"871000:1","runeName":"BAREMINIMUM","amount":"7"}}]}}""".encode()


def item(number: int, **fields: Any) -> dict[str, Any]:
    return {"id": f"840000:{number}", "runeName": "A•B", "amount": str(number), **fields}


def page(*items: Any, total: int | None = None, height: int = 871204) -> Any:
    count = len(items)
    total = count if total is None else total
    return {"limit": count, "offset": 0, "total": total, "items": items, "indexerHeight": height}


def pages_of(items: list[Any], heights: tuple[int, ...] = (871204,)) -> Script:
    """Honour limit and offset."""

    def answer(asked: Asked) -> Told:
        offset, limit = int(asked.query["offset"]), int(asked.query["limit"])
        height = heights[min(offset // limit, len(heights) - 1)]
        return told(page(*items[offset : offset + limit], total=len(items), height=height))

    return answer


async def ask_v1(script: Script) -> tuple[Answer[Any] | UpstreamError, list[Asked]]:
    async with open_asking(RunesByAddress, script, **V1) as (source, recorded):
        (result,) = await settle(source, [HOLDER])
        assert isinstance(result, Answer | UpstreamError)
        return result, recorded.asked


async def test_the_documented_answer_is_read_and_absent_fields_have_their_defaults() -> None:
    result, (asked,) = await ask_v1(always(RECORDED))
    assert asked.path == f"/v1/ordinals/address/{HOLDER}/runes"
    # The server refuses a limit outside 25 to 60.
    assert asked.query == {"offset": "0", "limit": "60"}
    balances = (
        RuneBalance(Rune("840123:17", "SANDBOX•ALPHA•COIN", "₳", 5, INSCRIPTION), Amount.of_atomic(150000001, 5)),
        RuneBalance(Rune("871000:1", "BAREMINIMUM", "¤", 0), Amount.of_atomic(7, 0)),
    )
    position = Position(PositionKind.BLOCK_HEIGHT, 871204)
    assert result == Answer(balances, "GET /v1/ordinals/address/{address}/runes", position)


async def test_v1_does_not_tell_what_is_spendable_and_nothing_stands_in_for_it() -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(item(1))), **V1)
    assert (balance.spendable, balance.projected, balance.pending) == (None, None, None)


async def test_null_counts_as_absent() -> None:
    empty = item(1, divisibility=None, symbol=None, inscriptionId=None)
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(empty)), **V1)
    assert balance.rune == Rune("840000:1", "A•B", "¤", 0, None)


async def test_divisibility_may_come_as_a_string_here_as_well() -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(item(1, divisibility="5"))), **V1)
    assert balance.confirmed == Amount.of_atomic(1, 5)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"divisibility": 39},
        {"divisibility": ""},
        {"divisibility": 5.5},
        {"amount": "-1"},
        {"amount": 7},
        {"amount": str(2**128)},
        {"id": "17"},
        {"runeName": None},
    ],
)
async def test_a_spoilt_row_spoils_the_answer(spoilt: Any) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(item(1), item(2, **spoilt))), **V1)
    assert error.code is ProblemCode.PROTOCOL


async def test_an_address_that_holds_nothing_has_an_empty_list() -> None:
    result, asked = await ask_v1(always(page()))
    assert isinstance(result, Answer)
    assert result.value == ()
    assert len(asked) == 1


async def test_a_server_that_ignores_paging_is_asked_once_however_much_it_sends() -> None:
    result, asked = await ask_v1(always(page(*map(item, range(700)))))
    assert isinstance(result, Answer)
    assert [balance.confirmed.integer for balance in result.value] == list(range(700))
    assert len(asked) == 1


@pytest.mark.parametrize(("count", "calls"), [(59, 1), (60, 1), (61, 2), (120, 2), (130, 3)])
async def test_a_server_that_honours_paging_is_asked_for_every_page(count: int, calls: int) -> None:
    result, asked = await ask_v1(pages_of([item(number) for number in range(count)]))
    assert isinstance(result, Answer)
    assert [balance.confirmed.integer for balance in result.value] == list(range(count))
    assert [each.query["offset"] for each in asked] == [str(60 * number) for number in range(calls)]


async def test_pages_of_several_heights_are_no_newer_than_the_oldest() -> None:
    result, _ = await ask_v1(pages_of([item(number) for number in range(130)], heights=(871206, 871204, 871205)))
    assert isinstance(result, Answer)
    assert result.position == Position(PositionKind.BLOCK_HEIGHT, 871204)


async def test_pages_that_overlap_are_read_once() -> None:
    def answer(asked: Asked) -> Told:
        start = 0 if asked.query["offset"] == "0" else 3
        return told(page(*(item(number) for number in range(start, start + 5)), total=8))

    result, asked = await ask_v1(answer)
    assert isinstance(result, Answer)
    assert [balance.confirmed.integer for balance in result.value] == list(range(8))
    assert len(asked) == 2


async def test_a_total_below_what_was_sent_takes_nothing_away() -> None:
    result, asked = await ask_v1(always(page(item(1), item(2), item(3), total=1)))
    assert isinstance(result, Answer)
    assert len(result.value) == 3
    assert len(asked) == 1


async def test_a_total_that_the_same_page_never_reaches_is_an_error_and_not_a_shorter_list() -> None:
    result, asked = await ask_v1(always(page(item(1), item(2), total=3)))
    assert isinstance(result, UpstreamError)
    assert result.code is ProblemCode.PROTOCOL
    assert len(asked) == 2


async def test_a_total_that_empty_pages_never_reach_is_an_error() -> None:
    result, asked = await ask_v1(always(page(total=1)))
    assert isinstance(result, UpstreamError)
    assert result.code is ProblemCode.PROTOCOL
    assert len(asked) == 1


async def test_a_total_that_runs_away_comes_to_an_end() -> None:
    result, asked = await ask_v1(lambda asked: told(page(item(int(asked.query["offset"])), total=10**9)))
    assert isinstance(result, UpstreamError)
    assert result.code is ProblemCode.PROTOCOL
    assert len(asked) == 200


async def test_a_page_that_fails_fails_the_whole_list() -> None:
    first = pages_of([item(number) for number in range(61)])
    result, _ = await ask_v1(lambda asked: first(asked) if asked.query["offset"] == "0" else Told(b"", 503))
    assert isinstance(result, UpstreamError)
    assert result.code is ProblemCode.UNAVAILABLE


@pytest.mark.parametrize("spoilt", [{"total": -1}, {"total": "2"}, {"total": None}, {"indexerHeight": -1}])
async def test_a_count_that_is_no_whole_number_is_refused(spoilt: Any) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always({**page(item(1)), **spoilt}), **V1)
    assert error.code is ProblemCode.PROTOCOL


@pytest.mark.parametrize("total", [1, 2])
async def test_a_rune_listed_twice_on_one_page_is_refused(total: int) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(item(1), item(1, amount="5"), total=total)), **V1)
    assert error.code is ProblemCode.PROTOCOL
    assert "twice" in error.detail


async def test_inscriptions_are_named_by_rune_and_only_where_there_is_one() -> None:
    items = [item(1, inscriptionId=INSCRIPTION), item(2), item(3, inscriptionId=None), item(4, inscriptionId="")]
    assert await value_of(InscriptionsByAddress, HOLDER, always(page(*items))) == {"840000:1": INSCRIPTION}


async def test_inscriptions_of_every_page_are_found() -> None:
    items = [item(number, inscriptionId=f"{INSCRIPTION[:-1]}{number}") for number in range(130)]
    found = await value_of(InscriptionsByAddress, HOLDER, pages_of(items))
    assert len(found) == 130
    assert found["840000:129"] == f"{INSCRIPTION[:-1]}129"
