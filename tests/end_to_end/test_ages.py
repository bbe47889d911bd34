"""How old a figure may be: repeated within its age, read now where asked, and older where that will do."""

import pytest

from tests.end_to_end.asking import QUESTIONS, RUNES, Question
from tests.readings.clock import StandingClock
from tests.running import running_gateway

EVERY_QUESTION = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.route)
_CALLS = {"getTokenAccountsByOwner": 2}


@EVERY_QUESTION
async def test_asked_twice_within_its_age_it_costs_nothing_more(question: Question) -> None:
    clock = StandingClock()
    cost = _CALLS.get(question.route, 1)
    async with running_gateway(clock=clock) as gateway:
        first = await question.ask(gateway)
        assert first["provenance"]["servedFrom"] == "UPSTREAM"
        assert first["provenance"]["age"] == "0"
        clock.advance(2)
        again = await question.ask(gateway)
        assert gateway.calls(question.provider, question.route) == cost
        assert (again["outcome"], again["provenance"]["servedFrom"]) == ("FRESH", "CACHE")
        assert again["provenance"]["age"] == "2"
        assert again["provenance"]["readAt"] == first["provenance"]["readAt"]
        assert question.figure_of(again) == question.figure_of(first)


@EVERY_QUESTION
async def test_max_age_0_reads_now_and_a_larger_one_accepts_older(question: Question) -> None:
    clock = StandingClock()
    cost = _CALLS.get(question.route, 1)
    async with running_gateway(clock=clock) as gateway:
        await question.ask(gateway)
        now = await question.ask(gateway, max_age=0)
        assert now["provenance"]["servedFrom"] == "UPSTREAM"
        assert gateway.calls(question.provider, question.route) == 2 * cost
        clock.advance(1000)
        older = await question.ask(gateway, max_age=1800)
        assert (older["outcome"], older["provenance"]["servedFrom"]) == ("FRESH", "CACHE")
        assert older["provenance"]["age"] == "1000"
        assert gateway.calls(question.provider, question.route) == 2 * cost
        newer = await question.ask(gateway)
        assert newer["provenance"]["servedFrom"] == "UPSTREAM"
        assert gateway.calls(question.provider, question.route) == 3 * cost


async def test_a_figure_changes_for_callers_once_its_age_has_passed() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        assert RUNES.figure_of(await RUNES.ask(gateway)) == "3"
        rune = {"address": "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt", "rune": "1:0"}
        await gateway.control("xverse", balance={**rune, "confirmed": "77"})
        clock.advance(9)
        assert RUNES.figure_of(await RUNES.ask(gateway)) == "3"
        clock.advance(2)
        assert RUNES.figure_of(await RUNES.ask(gateway)) == "77"


async def test_the_operator_sets_how_long_figures_are_repeated() -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock, GATEWAY_XVERSE__FRESH_FOR="0") as gateway:
        await RUNES.ask(gateway)
        await RUNES.ask(gateway)
        assert gateway.calls("xverse", RUNES.route) == 2


async def test_an_age_below_zero_is_refused_by_name() -> None:
    async with running_gateway() as gateway:
        answer = await gateway.ask(RUNES.query, {"maxAge": -1})
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.body["errors"][0]["message"] == "maxAge is in seconds, 0 or more; 0 means read now."
        assert gateway.calls("xverse", RUNES.route) == 0


async def test_the_memory_is_as_large_as_the_operator_says() -> None:
    async with running_gateway(GATEWAY_CACHE__MAX_ENTRIES="1") as gateway:
        await RUNES.ask(gateway)
        await RUNES.ask(gateway)
        assert gateway.calls("xverse", RUNES.route) == 1
        await QUESTIONS[1].ask(gateway)
        await RUNES.ask(gateway)
        assert gateway.calls("xverse", RUNES.route) == 2
