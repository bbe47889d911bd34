"""Loaders gather what one request asks in one tick, and keep what it was told until its answer is made."""

import asyncio
from typing import Any

from gateway.domain.clock import Deadline
from gateway.domain.reading import Answer, ServedFrom
from gateway.loaders.loaders import Ask, Loaders, Questions
from tests.readings.told import FRESH_FOR, Stand


def _loaders(stand: Stand) -> Loaders:
    # Loaders do not look into what they load: one source of words stands in for every question.
    readings: Any = stand.readings
    questions = Questions(*(readings for _ in Questions.__slots__))
    return Loaders(questions, Deadline.after(stand.clock, 5))


def _ask(key: str, max_age: float | None = None) -> Ask[Any]:
    return Ask(key, max_age)


async def test_all_that_is_asked_in_one_tick_is_one_call() -> None:
    stand = Stand()
    loader = _loaders(stand).rune_by_id
    readings = await asyncio.gather(*(loader.load(_ask(key)) for key in "abca"))
    assert stand.told.asked == [["a", "b", "c"]]
    assert readings[0] == readings[3]


async def test_keys_of_different_ages_find_their_own_answers() -> None:
    stand = Stand()
    await stand.read("a", "b")
    stand.clock.advance(FRESH_FOR + 1)
    stand.told.results = {key: Answer(f"new {key}", "ask") for key in "ab"}
    loader: Any = _loaders(stand).rune_by_id
    old, new, newest = await loader.load_many([_ask("a", 60), _ask("b"), _ask("a", 0)])
    assert (old.value, new.value, newest.value) == ("nothing special", "new b", "new a")
    assert old.provenance.served_from is ServedFrom.CACHE


async def test_within_one_request_a_figure_does_not_change() -> None:
    stand = Stand()
    loader = _loaders(stand).rune_by_id
    first = await loader.load(_ask("a", 0))
    stand.told.results["a"] = Answer("changed meanwhile", "ask")
    assert await loader.load(_ask("a", 0)) == first
    assert await _loaders(stand).rune_by_id.load(_ask("a", 0)) != first


async def test_many_keys_and_single_ones_of_one_tick_are_one_call_and_find_their_own_answers() -> None:
    stand = Stand()
    stand.told.results = {key: Answer(f"of {key}", "ask") for key in "abc"}
    loader: Any = _loaders(stand).rune_by_id
    many, one, again = await asyncio.gather(loader.load_all("ab"), loader.load(_ask("c")), loader.load_all("ca"))
    assert stand.told.asked == [["a", "b", "c"]]
    assert [reading.value for reading in (*many, one, *again)] == ["of a", "of b", "of c", "of c", "of a"]


async def test_what_many_were_told_is_not_asked_again_in_the_same_request() -> None:
    stand = Stand()
    loader: Any = _loaders(stand).rune_by_id
    first = await loader.load_all("ab", 0)
    stand.told.results["a"] = Answer("changed meanwhile", "ask")
    assert [await loader.load(_ask("a", 0)), *await loader.load_all("b", 0)] == first
    assert stand.told.asked == [["a", "b"]]


async def test_who_wants_what_another_asked_for_and_gave_up_on_is_told_all_the_same() -> None:
    stand = Stand()
    stand.told.gate.clear()
    loader: Any = _loaders(stand).rune_by_id
    given_up = asyncio.ensure_future(loader.load_all("ab", 0))
    for _ in range(10):
        await asyncio.sleep(0)
    waiting = asyncio.ensure_future(loader.load_all("bc", 0))
    for _ in range(10):
        await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    stand.told.gate.set()
    assert [reading.value for reading in await waiting] == ["nothing special", "nothing special"]
