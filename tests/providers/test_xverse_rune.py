"""Xverse batch-info: what runes are, ten to a call, with its own names and types for the same fields."""

from typing import Any

import pytest

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Absent, Answer
from gateway.domain.rune import Rune
from gateway.domain.sources import RuneById
from tests.providers.asking import ask, open_asking, problem_of, settle, value_of
from tests.providers.recorded import always, told

OPERATION = "GET /v1/runes/batch-info"
ID = "840123:17"
# Everything but the figures is a string here, and the price block comes unasked.
RECORDED = """[{"chain":"mainnet","runeId":"840123:17","runeName":"SANDBOXALPHACOIN","spacedRuneName":
 "SANDBOX•ALPHA•COIN","symbol":"₳","divisibility":"5","amount":"1000","cap":"0","premine":"0","supply":"21000000",
 "holders":"52","turbo":false,"prices":{"floorPrice":{"marketplace":"x","valueInSats":"12.5","valueInUsd":"0.0125",
 "percentageChange24h":{"valueInSats":"-1.5","valueInUsd":"-1.25"}}}}]""".encode()


def info(**fields: Any) -> dict[str, Any]:
    return {"runeId": ID, "spacedRuneName": "A•B", "divisibility": "5", **fields}


async def test_the_recorded_answer_gives_the_spaced_name_and_the_divisibility() -> None:
    async with open_asking(RuneById, always(RECORDED)) as (source, recorded):
        results = await settle(source, [ID])
        (asked,) = recorded.asked
    assert (asked.path, asked.query) == ("/v1/runes/batch-info", {"runeIds": ID})
    assert results == [Answer(Rune(ID, "SANDBOX•ALPHA•COIN", "₳", 5), OPERATION)]


async def test_ten_runes_cost_one_call() -> None:
    ids = [f"840000:{number}" for number in range(10)]
    rows = [info(runeId=id_, divisibility=str(place)) for place, id_ in enumerate(ids)]
    async with open_asking(RuneById, lambda _: told(rows[::-1])) as (source, recorded):
        assert source.terms.max_keys == 10
        results = await settle(source, ids)
        assert [asked.query["runeIds"] for asked in recorded.asked] == [",".join(ids)]
    assert [result.value.divisibility for result in results if isinstance(result, Answer)] == list(range(10))


async def test_a_rune_is_found_by_its_name_without_spacers_as_well() -> None:
    rows = [info(runeId="1:0", spacedRuneName="C•D"), info(spacedRuneName="A•B")]
    async with open_asking(RuneById, always(rows)) as (source, recorded):
        results = await settle(source, ["AB", "1:0", "NEVER"])
        assert [asked.query["runeIds"] for asked in recorded.asked] == ["AB,1:0,NEVER"]
    assert [result.value.id for result in results if isinstance(result, Answer)] == [ID, "1:0"]
    assert results[2] == Absent(OPERATION)


async def test_a_rune_that_is_not_in_the_answer_was_never_etched() -> None:
    async with open_asking(RuneById, always([info()])) as (source, _):
        results = await settle(source, ["1:0", ID, "2:0"])
    assert results[0] == results[2] == Absent(OPERATION)
    assert isinstance(results[1], Answer)


@pytest.mark.parametrize(("sent", "read"), [("5", 5), (5, 5), ("0", 0), (0, 0), ("38", 38), (None, 0)])
async def test_divisibility_is_a_string_a_number_or_null(sent: Any, read: int) -> None:
    assert (await value_of(RuneById, ID, always([info(divisibility=sent)]))).divisibility == read


@pytest.mark.parametrize("sent", ["", "39", "-1", "5.0", 39, -1, 5.5, False, "null"])
async def test_any_other_divisibility_is_refused_and_is_not_zero(sent: Any) -> None:
    assert (await problem_of(RuneById, ID, always([info(divisibility=sent)]))).code is ProblemCode.PROTOCOL


async def test_one_spoilt_rune_leaves_the_others_alone() -> None:
    rows = [info(), info(runeId="1:0", divisibility="39")]
    async with open_asking(RuneById, always(rows)) as (source, _):
        good, bad = await settle(source, [ID, "1:0"])
    assert isinstance(good, Answer)
    assert getattr(bad, "code", None) is ProblemCode.PROTOCOL


async def test_the_id_may_stand_under_its_other_name() -> None:
    row = info(id=ID)
    del row["runeId"]
    assert (await value_of(RuneById, ID, always([row]))).id == ID


async def test_a_missing_symbol_is_the_default_one_and_an_inscription_is_kept() -> None:
    found = await value_of(RuneById, ID, always([info(inscriptionId=f"{'0' * 64}i0")]))
    assert (found.symbol, found.inscription_id) == ("¤", f"{'0' * 64}i0")


@pytest.mark.parametrize(
    "rows",
    [
        [info(), info()],
        [info(runeId="9:9")],
        [info(), info(runeId="9:9")],
        [{"spacedRuneName": "A•B", "divisibility": "5"}],
        [{"runeId": ID, "runeName": "AB", "divisibility": "5"}],
        [info(spacedRuneName=None)],
        {"items": [info()]},
    ],
)
async def test_rows_that_do_not_answer_the_question_are_refused(rows: Any) -> None:
    assert (await problem_of(RuneById, ID, always(rows))).code is ProblemCode.PROTOCOL


async def test_an_empty_answer_means_that_there_is_no_such_rune() -> None:
    assert await ask(RuneById, ID, always([])) == Absent(OPERATION)
