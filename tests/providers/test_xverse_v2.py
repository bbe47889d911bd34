"""Xverse v2: what a Bitcoin address owns, with the mempool's part in it, as recorded answers have it."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.rune import PendingRuneAmounts, Rune, RuneBalance
from gateway.domain.sources import RunesByAddress
from tests.providers.asking import SECRET, ask, open_asking, problem_of, settle, value_of
from tests.providers.recorded import Asked, Script, Told, always, told

HOLDER = Address.parse("bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt")
LARGEST = 2**128 - 1
TOO_LARGE_OR_UNQUOTED = (str(LARGEST + 1), "9" * 5000, 1, 0, True, ["1"], {"amount": "1"})
# The vendor's documented form, to the byte.
RECORDED = """{"indexerHeight":871204,"balances":[
 {"runeId":"840123:17","runeName":"SANDBOX•ALPHA•COIN","divisibility":5,"symbol":"₳",
  "confirmedBalance":"150000001","availableBalance":"100000001","projectedBalance":"149997501",
  "pendingBalance":{"incomingAmount":"50000000","outgoingAmount":"50002500","netAmount":"-2500"}}]}""".encode()


def row(**changes: Any) -> dict[str, Any]:
    """Give the recorded row with changes; None leaves a field out."""
    fields = {**msgspec.json.decode(RECORDED)["balances"][0], **changes}
    return {name: value for name, value in fields.items() if value is not None}


def page(*rows: Any, **changes: Any) -> Any:
    return {"indexerHeight": 871204, "balances": rows, **changes}


def pending(**changes: str) -> Mapping[str, str]:
    return {"incomingAmount": "0", "outgoingAmount": "0", "netAmount": "0", **changes}


def with_info(tree: Any, **infos: Mapping[str, Any]) -> Script:
    """Answer v2 with a tree, and batch-info with what is known of the runes asked for."""

    def answer(asked: Asked) -> Told:
        if asked.path != "/v1/runes/batch-info":
            return told(tree)
        ids = asked.query["runeIds"].split(",")
        return told([{"runeId": id_, "spacedRuneName": "X", **info} for id_, info in infos.items() if id_ in ids])

    return answer


async def test_the_documented_answer_is_read_to_the_last_digit() -> None:
    async with open_asking(RunesByAddress, always(RECORDED)) as (source, recorded):
        (result,) = await settle(source, [HOLDER])
        (asked,) = recorded.asked
    assert (asked.method, asked.path, asked.query) == ("GET", f"/v2/runes/address/{HOLDER}/balance", {})
    assert asked.headers["x-api-key"] == SECRET
    assert "Authorization" not in asked.headers
    balance = RuneBalance(
        Rune("840123:17", "SANDBOX•ALPHA•COIN", "₳", 5),
        confirmed=Amount.of_atomic(150000001, 5),
        spendable=Amount.of_atomic(100000001, 5),
        projected=Amount.of_atomic(149997501, 5),
        pending=PendingRuneAmounts(
            Amount.of_atomic(50000000, 5), Amount.of_atomic(50002500, 5), Amount.of_atomic(-2500, 5)
        ),
    )
    position = Position(PositionKind.BLOCK_HEIGHT, 871204)
    assert result == Answer((balance,), "GET /v2/runes/address/{address}/balance", position)


async def test_an_address_that_holds_nothing_has_an_empty_list_and_a_height() -> None:
    result = await ask(RunesByAddress, HOLDER, always(page()))
    assert isinstance(result, Answer)
    assert (result.value, result.position) == ((), Position(PositionKind.BLOCK_HEIGHT, 871204))


async def test_what_is_spendable_is_the_providers_word_and_is_not_worked_out() -> None:
    # Chained transactions count at every hop: confirmed - outgoing would be negative here.
    chained = row(availableBalance="60", confirmedBalance="100", pendingBalance=pending(outgoingAmount="300"))
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(chained)))
    assert balance.spendable == Amount.of_atomic(60, 5)


async def test_a_projection_that_does_not_add_up_is_shown_as_it_came() -> None:
    odd = row(confirmedBalance="5", projectedBalance="9", pendingBalance=pending(netAmount="1"))
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(odd)))
    assert (balance.confirmed.integer, balance.projected.integer, balance.pending.net.integer) == (5, 9, 1)


@pytest.mark.parametrize(
    ("sent", "read"),
    [("-2500", -2500), ("-0", 0), ("0", 0), (f"-{LARGEST}", -LARGEST), (str(3 * LARGEST), 3 * LARGEST), ("007", 7)],
)
async def test_a_net_amount_may_be_negative_and_larger_than_any_balance(sent: str, read: int) -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(pendingBalance=pending(netAmount=sent)))))
    assert balance.pending.net == Amount.of_atomic(read, 5)


async def test_the_largest_amount_at_the_most_digits_is_exact() -> None:
    (balance,) = await value_of(
        RunesByAddress, HOLDER, always(page(row(divisibility=38, confirmedBalance=str(LARGEST))))
    )
    assert balance.confirmed.text() == "3.40282366920938463463374607431768211455"


@pytest.mark.parametrize("symbol", ["🐕", "⧉", "\u0301", "\u202e", "$"])
async def test_a_symbol_is_passed_on_as_it_is(symbol: str) -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(symbol=symbol))))
    assert balance.rune.symbol == symbol


async def test_a_rune_without_a_symbol_has_the_default_one() -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(symbol=None))))
    assert balance.rune.symbol == "¤"


@pytest.mark.parametrize("name", ["A", "SANDBOX•ALPHA•COIN", "ABCDEFGHIJKLMNOPQRSTUVWXYZA"])
async def test_a_name_may_have_bullets_and_27_letters(name: str) -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(runeName=name))))
    assert balance.rune.name == name


async def test_the_genesis_rune_has_an_id_like_any_other() -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(runeId="1:0", divisibility=0))))
    assert (balance.rune.id, balance.rune.divisibility) == ("1:0", 0)


@pytest.mark.parametrize(("sent", "read"), [(0, 0), (38, 38), ("0", 0), ("5", 5), ("38", 38), ("05", 5)])
async def test_divisibility_is_a_number_or_a_string_of_digits(sent: int | str, read: int) -> None:
    (balance,) = await value_of(RunesByAddress, HOLDER, always(page(row(divisibility=sent))))
    assert balance.rune.divisibility == balance.confirmed.scale == read


@pytest.mark.parametrize(
    "sent",
    [
        39,
        -1,
        255,
        2**70,
        "39",
        "-1",
        "",
        " 5",
        "5 ",
        "5.0",
        "\u0665",
        "five",
        "0x5",
        "9" * 5000,
        True,
        [5],
        {"value": 5},
    ],
)
async def test_any_other_divisibility_is_refused(sent: Any) -> None:
    assert (await problem_of(RunesByAddress, HOLDER, always(page(row(divisibility=sent))))).code is ProblemCode.PROTOCOL


@pytest.mark.parametrize("field", ["confirmedBalance", "availableBalance", "projectedBalance"])
@pytest.mark.parametrize(
    "sent",
    [
        *("-1", "-0", "+1", "", " 1", "1 ", "1.0", "1e3", "0x10", "1_000", "\u0663", "NaN", "inf"),
        *TOO_LARGE_OR_UNQUOTED,
    ],
)
async def test_a_balance_is_a_string_of_digits_that_fits_or_is_refused(field: str, sent: Any) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(row(**{field: sent}))))
    assert error.code is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    "spoilt",
    [
        pending(incomingAmount="-1"),
        pending(outgoingAmount="-1"),
        pending(netAmount="+5"),
        pending(netAmount="--5"),
        pending(netAmount="-"),
        pending(netAmount="1.5"),
        pending(netAmount=str(2**256)),
        {"incomingAmount": "1", "outgoingAmount": "1"},
        {**pending(), "netAmount": -2500},
        [],
    ],
)
async def test_a_spoilt_pending_balance_is_refused(spoilt: Any) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(row(pendingBalance=spoilt))))
    assert error.code is ProblemCode.PROTOCOL


@pytest.mark.parametrize(
    "id_",
    ["", "840123", "840123:", ":17", "840123:17:1", "840123-17", "-1:0", "\u0663:1", f"{'9' * 21}:0", f"1:{'9' * 11}"],
)
async def test_a_rune_id_of_another_form_is_refused(id_: str) -> None:
    assert (await problem_of(RunesByAddress, HOLDER, always(page(row(runeId=id_))))).code is ProblemCode.PROTOCOL


async def test_a_rune_listed_twice_is_refused_and_neither_added_nor_dropped() -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(row(), row())))
    assert error.code is ProblemCode.PROTOCOL
    assert "twice" in error.detail


@pytest.mark.parametrize("height", [-1, "871204", 871204.5, None, True])
async def test_a_height_is_a_whole_number_or_the_answer_is_refused(height: Any) -> None:
    tree = msgspec.Raw(msgspec.json.encode(page(row(), indexerHeight=height)))
    assert (await problem_of(RunesByAddress, HOLDER, always(tree))).code is ProblemCode.PROTOCOL


@pytest.mark.parametrize("missing", ["runeId", "runeName", "confirmedBalance", "availableBalance", "projectedBalance"])
async def test_each_documented_field_must_be_there(missing: str) -> None:
    error = await problem_of(RunesByAddress, HOLDER, always(page(row(**{missing: None}))))
    assert error.code is ProblemCode.PROTOCOL
    assert missing in error.detail


async def test_divisibilities_that_v2_leaves_out_are_asked_for_ten_at_a_time() -> None:
    ids = [f"840000:{number}" for number in range(23)]
    rows = [row(runeId=id_, divisibility=None) for id_ in ids] + [row(runeId="1:0", divisibility=7)]
    script = with_info(page(*rows), **{id_: {"divisibility": str(place)} for place, id_ in enumerate(ids)})
    async with open_asking(RunesByAddress, script) as (source, recorded):
        (result,) = await settle(source, [HOLDER])
        infos = [asked.query["runeIds"].split(",") for asked in recorded.asked[1:]]
    assert isinstance(result, Answer)
    assert [balance.rune.divisibility for balance in result.value] == [*range(23), 7]
    assert [balance.confirmed.scale for balance in result.value] == [*range(23), 7]
    assert infos == [ids[:10], ids[10:20], ids[20:]]


@pytest.mark.parametrize(
    "info", [{}, {"840123:17": {"divisibility": None}}, {"840123:17": {"divisibility": "39"}}, {"840123:17": {}}]
)
async def test_a_divisibility_that_nobody_tells_is_not_guessed(info: Any) -> None:
    script = with_info(page(row(divisibility=None)), **info)
    assert (await problem_of(RunesByAddress, HOLDER, script)).code is ProblemCode.PROTOCOL


async def test_a_divisibility_that_cannot_be_asked_for_fails_with_its_own_reason() -> None:
    def answer(asked: Asked) -> Told:
        limited = Told(b'"Rate limit exceeded"', 429, {"Retry-After": "2"})
        return limited if "batch-info" in asked.path else told(page(row(divisibility=None)))

    error = await problem_of(RunesByAddress, HOLDER, answer)
    assert (error.code, error.retry_after) == (ProblemCode.RATE_LIMITED, 2)


async def test_without_an_api_key_nobody_is_asked() -> None:
    for key in (None, ""):
        async with open_asking(RunesByAddress, always(RECORDED), GATEWAY_XVERSE__API_KEY=key) as (source, recorded):
            (error,) = await settle(source, [HOLDER])
            assert getattr(error, "code", None) is ProblemCode.NOT_CONFIGURED
            assert recorded.asked == []
