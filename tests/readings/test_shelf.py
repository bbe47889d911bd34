"""The tier that replicas share: answer and mark go in together, none goes back behind the mark, and none stays."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.readings.encoding import VERSION
from gateway.readings.entry import Entry
from gateway.readings.memory import BoundedMemory
from gateway.readings.shelf import Mark, Shelf, answer_key, mark_key
from gateway.readings.store import Store
from gateway.replicas.link import StoreLost
from gateway.replicas.pulse import COUNTS
from tests.readings.clock import StandingClock
from tests.readings.opening import found_shelf
from tests.readings.told import at
from tests.stores.process import StoreProcess

NAMES = [f"XVERSE:words_by_key:mainnet:{number}" for number in range(3)]
NAME = NAMES[0]


def _entry(value: str, height: int, read_at: float = 100.0) -> Entry:
    return Entry(at(value, height), read_at)


@pytest.fixture
async def shelf(store: StoreProcess) -> AsyncIterator[Shelf]:
    async with found_shelf(store.url, StandingClock(), keep_for=60) as opened:
        yield opened


async def _kept(shelf: Shelf, name: str = NAME) -> object:
    (text,) = await shelf.answers([name])
    entry = shelf.decode(text, str)
    return entry and (entry.answer.value if isinstance(entry.answer, Answer) else None)


async def _mark(shelf: Shelf, name: str = NAME) -> Mark | None:
    ((mark,), _) = await shelf.marks([name], [])
    return mark


async def test_what_was_never_put_is_not_there(shelf: Shelf) -> None:
    assert await shelf.marks(NAMES, NAMES) == ([None] * 3, [None] * 3)
    assert await shelf.answers(NAMES) == [None] * 3
    assert shelf.decode(None, str) is None


async def test_marks_and_answers_are_looked_at_in_one_go_and_each_stands_where_it_was_asked_for(shelf: Shelf) -> None:
    entries = {name: _entry(f"of {name}", number) for number, name in enumerate(NAMES)}
    assert await shelf.put(entries) == [True] * 3
    marks, texts = await shelf.marks(NAMES, NAMES[1:])
    assert marks == [Mark.of(entry) for entry in entries.values()]
    assert [shelf.decode(text, str) for text in texts] == list(entries.values())[1:]


async def test_an_answer_from_before_the_mark_is_not_taken_and_the_others_beside_it_are(shelf: Shelf) -> None:
    await shelf.put({NAMES[0]: _entry("newer", 9), NAMES[1]: _entry("older", 1)})
    news = {NAMES[0]: _entry("from before", 8, 200), NAMES[1]: _entry("newest", 2, 200), NAMES[2]: _entry("first", 1)}
    assert await shelf.put(news) == [False, True, True]
    assert [await _kept(shelf, name) for name in NAMES] == ["newer", "newest", "first"]
    assert await _mark(shelf, NAMES[0]) == Mark.of(_entry("newer", 9))


@pytest.mark.parametrize("height", [2**31, 2**53 - 1])
async def test_heights_are_compared_as_numbers_and_not_as_text(shelf: Shelf, height: int) -> None:
    await shelf.put({NAME: _entry("nine", 9)})
    assert await shelf.put({NAME: _entry("high", height)}) == [True]
    assert await shelf.put({NAME: _entry("lower", height - 1)}) == [False]
    assert await shelf.put({NAME: _entry("same", height)}) == [True]


async def test_positions_that_count_different_things_and_none_have_no_order(shelf: Shelf) -> None:
    slot = Entry(Answer("by slot", "ask", Position(PositionKind.SLOT, 1)), 101.0)
    nowhere = Entry(Answer("nowhere", "ask"), 102.0)
    for entry in (_entry("by height", 9), slot, nowhere, _entry("by height again", 3)):
        assert await shelf.put({NAME: entry}) == [True]
        mark = await _mark(shelf)
        assert mark is not None
        assert mark.is_of(entry)


async def test_a_position_is_not_forgotten_over_an_answer_without_one(shelf: Shelf) -> None:
    nowhere = Entry(Answer("nowhere", "ask"), 200.0)
    for entry in (_entry("told", 9), nowhere):
        assert await shelf.put({NAME: entry}, 150.0) == [True]
    assert await shelf.put({NAME: _entry("from before", 8, 300)}) == [False]
    assert await _kept(shelf) == "nowhere"
    mark = await _mark(shelf)
    assert mark is not None
    assert mark.is_of(nowhere)
    assert not mark.is_of(Entry(nowhere.answer, 201.0))


@pytest.mark.parametrize(("asked_at", "is_taken"), [(99.0, False), (101.0, True), (None, True)])
async def test_an_answer_without_a_position_is_not_taken_where_another_came_since_it_was_asked_for(
    asked_at: float | None,
    is_taken: bool,  # noqa: FBT001 - a parameter of the test
    shelf: Shelf,
) -> None:
    await shelf.put({NAME: _entry("told", 9)})
    assert await shelf.put({NAME: Entry(Answer("asked", "ask"), 102.0)}, asked_at) == [is_taken]
    assert await _kept(shelf) == ("asked" if is_taken else "told")


async def test_an_absence_has_a_mark_too(shelf: Shelf) -> None:
    absent = Entry(Absent("ask", Position(PositionKind.SLOT, 7)), 100.0)
    await shelf.put({NAME: absent})
    (text,) = await shelf.answers([NAME])
    assert shelf.decode(text, str) == absent
    mark = await _mark(shelf)
    assert mark is not None
    assert mark.position == absent.answer.position


@given(st.sampled_from(PositionKind), st.integers(0, 2**63), st.floats(0, 2**33))
def test_a_mark_tells_the_position_and_two_answers_of_one_moment_and_place_have_one(
    kind: PositionKind, value: int, read_at: float
) -> None:
    position = Position(kind, value)
    mark = Mark.of(Entry(Answer("one", "ask", position), read_at))
    assert mark.position == position
    assert Mark.read(mark.text.encode()) == mark == Mark.of(Entry(Answer("other", "ask", position), read_at))
    assert mark != Mark.of(Entry(Answer("one", "ask", position), read_at + 2**20))
    assert mark != Mark.of(Entry(Answer("one", "ask", Position(kind, value + 1)), read_at))
    assert Mark.of(Entry(Answer("one", "ask"), read_at)).position is None


@pytest.mark.parametrize("text", [b"", b"SLOT", b"SLOT x 1", b"EPOCH 7 1", b"\xff\xfe", b"SLOT -7 1"])
def test_what_is_no_mark_has_no_position(text: bytes) -> None:
    mark = Mark.read(text)
    assert mark is not None
    assert mark.position is None
    assert Mark.read(None) is None


async def test_nothing_stays_for_longer_than_the_keep_time(shelf: Shelf, store: StoreProcess) -> None:
    await shelf.put({NAME: _entry("one", 1)})
    for key in (mark_key(NAME), answer_key(NAME, VERSION)):
        assert 59_000 < await store.ask("PTTL", key) <= 60_000


async def test_sizes_are_counted_by_capability_over_any_number_of_keys(shelf: Shelf) -> None:
    assert await shelf.sizes() == {}
    for start in range(0, 2500, 500):
        names = [f"XVERSE:words_by_key:mainnet:{number}" for number in range(start, start + 500)]
        await shelf.put({name: _entry("word", 1) for name in names})
    await shelf.put({"SFOX:wallets_by_credential::digest": Entry(Absent("ask"), 1.0)})
    sizes = await shelf.sizes()
    (text,) = await shelf.answers([NAME])
    assert text is not None
    assert sizes["words_by_key"] == (2500, 2500 * len(text))
    assert sizes["wallets_by_credential"][0] == 1


async def test_counts_are_those_of_all_replicas(shelf: Shelf, store: StoreProcess) -> None:
    assert await shelf.counts() == {}
    await store.ask("HSET", COUNTS, "words_by_key:hit", 7)
    assert await shelf.counts() == {"words_by_key:hit": 7}


async def test_dropping_forgets_the_answer_in_every_version_so_far_and_its_mark(
    shelf: Shelf, store: StoreProcess
) -> None:
    await shelf.put({NAMES[0]: _entry("one", 9), NAMES[1]: _entry("other", 9)})
    assert await shelf.drop([NAMES[0], NAMES[2]]) == 1
    assert [await _kept(shelf, name) for name in NAMES] == [None, "other", None]
    # What comes next may be from before: the operator has said so.
    assert await shelf.put({NAMES[0]: _entry("older", 1)}) == [True]
    async with found_shelf(store.url, StandingClock(), version=VERSION + 1) as newer:
        await newer.put({NAMES[1]: _entry("in the next version", 9)})
        assert await newer.drop([NAMES[1]]) == 2
    assert await _kept(shelf, NAMES[1]) is None


async def test_a_lost_store_is_told_by_every_method(shelf: Shelf, store: StoreProcess) -> None:
    store.kill()
    with pytest.raises(StoreLost):
        await shelf.sizes()
    for asking in (shelf.counts(), shelf.answers([NAME]), shelf.marks([NAME], []), shelf.drop([NAME])):
        with pytest.raises(StoreLost):
            await asking
    with pytest.raises(StoreLost):
        await shelf.put({NAME: _entry("one", 1)})


async def _found(store: Store, name: str = NAME) -> object:
    (kept,) = await store.get([name], str)
    if kept.entry is None:
        return None
    return kept.entry.answer.value if isinstance(kept.entry.answer, Answer) else "absent"


async def test_two_versions_side_by_side_lose_nothing_and_show_nothing_that_is_not_theirs(store: StoreProcess) -> None:
    clock = StandingClock()
    async with found_shelf(store.url, clock) as old, found_shelf(store.url, clock, version=VERSION + 1) as new:
        before, after = (Store(BoundedMemory(10, clock), 60, shelf) for shelf in (old, new))
        assert await before.put({NAME: _entry("of the old", 5)}, str) == [None]
        # The new one cannot read it, and does not take it for an absence: it only knows how far others have read.
        (kept,) = await after.get([NAME], str)
        assert (kept.entry, kept.floor) == (None, Position(PositionKind.BLOCK_HEIGHT, 5))
        # Positions are one: the new one does not show less than the old has shown.
        (refused,) = await after.put({NAME: _entry("from before", 4, 150)}, str)
        assert refused is not None
        assert (refused.entry, refused.floor) == (None, Position(PositionKind.BLOCK_HEIGHT, 5))
        assert await after.put({NAME: _entry("of the new", 6, 200)}, str) == [None]
        assert await _found(after) == "of the new"
        # The old one still has its own, and knows that it is not the newest.
        (kept,) = await before.get([NAME], str)
        assert kept.entry == _entry("of the old", 5)
        assert kept.is_behind
        assert await store.keys("balance-gateway:reading:*") == {
            answer_key(NAME, VERSION),
            answer_key(NAME, VERSION + 1),
        }
        assert await before.put({NAME: _entry("of the old again", 7, 300)}, str) == [None]
        (kept,) = await after.get([NAME], str)
        assert kept.is_behind


async def test_what_was_read_while_the_store_was_lost_is_not_given_up_for_what_it_still_has(
    store: StoreProcess,
) -> None:
    clock = StandingClock()
    async with found_shelf(store.url, clock) as shelf, found_shelf(store.url, clock) as other:
        memory = BoundedMemory(10, clock)
        await Store(memory, 60, other).put({NAME: _entry("before the loss", 5)}, str)
        # Without the store, newer answers are kept in memory alone.
        await Store(memory, 60).put({NAME: _entry("since", 7, 200)}, str)
        (kept,) = await Store(memory, 60, shelf).get([NAME], str)
        assert (kept.entry, kept.floor) == (_entry("since", 7, 200), Position(PositionKind.BLOCK_HEIGHT, 7))
        assert not kept.is_behind


async def test_a_full_store_takes_nothing_and_costs_nothing(store: StoreProcess) -> None:
    clock = StandingClock()
    async with found_shelf(store.url, clock) as shelf:
        kept = Store(BoundedMemory(10, clock), 60, shelf)
        await store.fill()
        assert await kept.put({NAME: _entry("one", 1)}, str) == [None]
        assert await _found(kept) == "one"
        assert shelf.link.reason == "its memory is full"
        assert await store.keys("balance-gateway:*") == set()


async def test_nothing_is_asked_for_nothing(shelf: Shelf, store: StoreProcess) -> None:
    store.kill()
    assert await Store(BoundedMemory(10, StandingClock()), 60, shelf).get([], str) == []
    assert shelf.link.is_up
