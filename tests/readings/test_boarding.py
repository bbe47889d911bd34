"""What is asked for in one turn of the loop leaves together, whoever asks, and as many keys to a call as may be."""

import asyncio

from gateway.domain.reading import Outcome
from tests.readings.told import Stand, ToldSource, terms


async def test_misses_of_one_turn_are_one_call_whichever_request_asks() -> None:
    stand = Stand()
    found = await asyncio.gather(stand.read("a", "b"), stand.read("b", "c"), stand.read("d"))
    assert stand.told.asked == [["a", "b", "c", "d"]]
    assert [[reading.outcome for reading in readings] for readings in found] == [
        [Outcome.FRESH] * 2,
        [Outcome.FRESH] * 2,
        [Outcome.FRESH],
    ]


async def test_calls_are_filled_across_requests_and_no_call_is_larger_than_it_may_be() -> None:
    told = ToldSource(terms(max_keys=3))
    stand = Stand(told)
    await asyncio.gather(stand.read("a", "b"), stand.read("c", "d"), stand.read("e", "f", "g"))
    assert told.asked == [["a", "b", "c"], ["d", "e", "f"], ["g"]]


async def test_a_source_that_takes_one_key_at_a_time_is_asked_for_each_by_itself() -> None:
    told = ToldSource(terms(max_keys=1))
    stand = Stand(told)
    await asyncio.gather(stand.read("a", "b"), stand.read("b"))
    assert told.asked == [["a"], ["b"]]


async def test_what_is_asked_for_in_a_later_turn_is_a_call_of_its_own() -> None:
    stand = Stand()
    stand.told.gate.clear()
    first = asyncio.create_task(stand.read("a"))
    await stand.told.begun.wait()
    second = asyncio.create_task(stand.read("a", "b"))
    await asyncio.sleep(0)
    stand.told.gate.set()
    await asyncio.gather(first, second)
    assert stand.told.asked == [["a"], ["b"]]


async def test_one_who_leaves_before_the_turn_ends_takes_nothing_from_the_others() -> None:
    stand = Stand()
    leaving, staying = asyncio.create_task(stand.read("a")), asyncio.create_task(stand.read("b"))
    await asyncio.sleep(0)
    leaving.cancel()
    (reading,) = await staying
    assert reading.outcome is Outcome.FRESH
    assert [key for keys in stand.told.asked for key in keys] == ["a", "b"]


async def test_closing_in_the_same_turn_asks_nobody_and_leaves_nobody_waiting() -> None:
    stand = Stand()
    waiting = asyncio.create_task(stand.read("a"))
    await asyncio.sleep(0)
    await stand.plane.flights.close()
    (reading,) = await waiting
    assert reading.outcome is Outcome.UNAVAILABLE
    assert stand.told.asked == []
