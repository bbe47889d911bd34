"""The memory is bounded: what was used least recently goes first, and nothing outlives its time."""

from collections import OrderedDict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reading import Answer, Outcome
from gateway.readings.entry import Entry
from gateway.readings.memory import BoundedMemory
from gateway.readings.store import Kept, Store
from tests.readings.clock import StandingClock
from tests.readings.told import KEEP_FOR, Stand

NAMES = st.sampled_from("abcdefgh")
STEPS = st.lists(st.tuples(st.sampled_from(["put", "get"]), NAMES), max_size=60)


@given(steps=STEPS, most=st.integers(1, 5))
async def test_it_holds_exactly_what_was_used_last(steps: Sequence[tuple[str, str]], most: int) -> None:
    memory = BoundedMemory(most, StandingClock())
    expected: OrderedDict[str, int] = OrderedDict()
    for number, (step, name) in enumerate(steps):
        if step == "put":
            await memory.set(name, number, ttl=KEEP_FOR)
            expected[name] = number
            expected.move_to_end(name)
            if len(expected) > most:
                expected.popitem(last=False)
        else:
            assert await memory.multi_get([name]) == [expected.get(name)]
            if name in expected:
                expected.move_to_end(name)
        assert len(memory) == len(expected) <= most


async def test_readings_that_made_room_are_read_anew_and_the_others_are_not() -> None:
    stand = Stand(max_entries=2)
    await stand.read("a", "b")
    await stand.read("a")
    await stand.read("c")
    await stand.read("a", "c")
    assert stand.told.asked == [["a", "b"], ["c"]]
    await stand.read("b")
    assert stand.told.asked[-1] == ["b"]


async def test_more_keys_than_fit_are_still_all_answered() -> None:
    stand = Stand(max_entries=1)
    readings = await stand.read("a", "b", "c")
    assert [reading.outcome for reading in readings] == [Outcome.FRESH] * 3


async def test_an_entry_is_gone_when_its_time_is_over_whatever_the_time_of_day_says() -> None:
    clock = StandingClock()
    memory = BoundedMemory(10, clock)
    await memory.set("k", "kept", ttl=60)
    clock.advance(59)
    clock.put_back(1000)
    assert await memory.multi_get(["k"]) == ["kept"]
    clock.advance(1)
    assert await memory.multi_get(["k"]) == [None]
    assert len(memory) == 0


async def test_a_deleted_entry_is_gone_and_says_whether_it_was_there() -> None:
    memory = BoundedMemory(10, StandingClock())
    await memory.set("k", "kept", ttl=60)
    assert await memory.delete("k") == 1
    assert await memory.delete("k") == 0
    assert await memory.multi_get(["k"]) == [None]


async def test_the_store_gives_entries_in_the_order_they_are_asked_for() -> None:
    store = Store(BoundedMemory(10, StandingClock()), KEEP_FOR)
    first, second = Entry(Answer("one", "ask"), 1), Entry(Answer("two", "ask"), 2)
    assert await store.put({"1": first, "2": second}, str) == [None, None]
    found = await store.get(["2", "none", "1", "2"], str)
    assert [each.entry for each in found] == [second, None, first, second]
    assert await store.get([], str) == []


@pytest.mark.parametrize("foreign", ["text", 0, {"answer": 1}])
async def test_what_is_no_entry_is_never_taken_for_one(foreign: object) -> None:
    memory = BoundedMemory(10, StandingClock())
    await memory.set("k", foreign, ttl=60)
    assert await Store(memory, KEEP_FOR).get(["k"], str) == [Kept()]
