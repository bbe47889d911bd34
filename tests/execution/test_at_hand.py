"""What is at hand is what a read would take from memory, the same reading, and asked for again at the same age."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.reading import Absent, Position, PositionKind, ServedFrom
from gateway.readings.entry import Entry
from tests.readings.told import Stand, at

_AGES = [-100, -1.25, -1, -0.25, 0, 0.25, 0.5, 0.75, 1, 1.5, 1.75, 2, 2.25, 6, 7.5, 7.75, 10, 10.25, 3599, 3600, 4000]
_LIMITS = [None, 0, 0.25, 1, 2, 10, 60, 10_000, 1e12]
_answers = st.sampled_from([at("kept", 5), Absent("ask"), Absent("ask", Position(PositionKind.SLOT, 1))])
_feeds = st.one_of(st.none(), st.sampled_from([-1.0, 0.0, 0.25, 6.0, 20.0]))


class _Kept:
    """One of two stands with the same in memory."""

    def __init__(self) -> None:
        self.stand = Stand()

    async def keep(self, key: str, answer: Any, age: float, fed_for: float | None) -> None:
        now = self.stand.clock.time()
        fed_until = None if fed_for is None else now + fed_for
        await self.stand.readings.keep(key, Entry(answer, now - age, fed_until))

    async def asked(self) -> list[list[str]]:
        while self.stand.plane.flights:  # noqa: ASYNC110 - whatever lands, nobody tells
            await asyncio.sleep(0)
        return self.stand.told.asked


async def _compare(kept: list[tuple[Any, float, float | None]], limits: list[float | None]) -> None:
    for limit in limits:
        one, other = _Kept(), _Kept()
        keys = [f"key {number}" for number in range(len(kept))]
        for side in (one, other):
            for key, each in zip(keys, kept, strict=True):
                await side.keep(key, *each)
        # Again with another age in between: what is remembered of an entry is of the age that was asked last.
        other.stand.readings.at_hand(keys, 3)
        await other.asked()
        if other.stand.told.asked:
            other = _Kept()
            for key, each in zip(keys, kept, strict=True):
                await other.keep(key, *each)
        hits = other.stand.readings.at_hand(keys, limit)
        read = await one.stand.read(*keys, max_age=limit)
        from_memory = [each.provenance and each.provenance.served_from is not ServedFrom.UPSTREAM for each in read]
        assert (hits is not None) is all(from_memory)
        if hits is not None:
            assert hits.readings == read
            assert await one.asked() == await other.asked()
        else:
            assert not await other.asked()


@given(st.lists(st.tuples(_answers, st.sampled_from(_AGES), _feeds), min_size=1, max_size=3), st.sampled_from(_LIMITS))
@settings(max_examples=150, deadline=None)
def test_at_hand_is_what_a_read_would_take_from_memory(
    kept: list[tuple[Any, float, float | None]], limit: float | None
) -> None:
    asyncio.run(_compare(kept, [limit]))


@pytest.mark.parametrize("limit", _LIMITS)
@pytest.mark.parametrize("age", _AGES)
async def test_every_age_is_judged_at_hand_as_by_a_read(age: float, limit: float | None) -> None:
    await _compare([(at("kept", 5), age, None)], [limit])


async def test_what_is_not_kept_is_not_at_hand() -> None:
    stand = Stand()
    assert stand.readings.at_hand(["never read"]) is None
    assert stand.told.asked == []


@given(st.sampled_from(_AGES), st.sampled_from(_LIMITS), _answers, st.floats(0, 30))
@settings(max_examples=150, deadline=None)
def test_until_it_is_no_longer_steady_the_same_is_at_hand_and_nothing_is_read_behind_it(
    age: float, limit: float | None, answer: Any, later: float
) -> None:
    async def run() -> None:
        kept = _Kept()
        await kept.keep("key", answer, age, None)
        first = kept.stand.readings.at_hand(["key"], limit)
        if first is None or kept.stand.clock.time() + later >= first.steady:
            await kept.asked()
            return
        kept.stand.clock.advance(later)
        again = kept.stand.readings.at_hand(["key"], limit)
        assert again is not None
        assert again.readings == first.readings
        assert await kept.asked() == []

    asyncio.run(run())
