"""Who listens hears the present state first, then every change, and nothing else; trouble is no end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Outcome, Reading, ServedFrom
from gateway.domain.sources import Result
from gateway.readings.live import HOLDS, Live
from tests.readings.told import Stand, at, terms, trouble

_SOON = 5


class ToldFeed:
    """Tells what it is told to tell; `followed` counts those who began to follow it."""

    heartbeat = 15.0

    def __init__(self) -> None:
        self.terms = terms()
        self.followed = 0
        self.open = 0
        self.left = asyncio.Event()
        self._told: asyncio.Queue[Result[str] | Exception] = asyncio.Queue()

    def tell(self, result: Result[str] | Exception) -> None:
        self._told.put_nowait(result)

    async def follow(self, key: str) -> AsyncIterator[Result[str]]:
        assert key == "k"
        self.followed += 1
        self.open += 1
        try:
            while True:
                told = await self._told.get()
                if isinstance(told, Exception) and not isinstance(told, UpstreamError):
                    raise told
                yield told
                self._told.task_done()
        finally:
            self.open -= 1
            self.left.set()

    async def settled(self) -> None:
        """Wait until all that was told has been dealt with."""
        await self._told.join()


Listen = Callable[[], AsyncGenerator[Reading[str], None]]


@asynccontextmanager
async def _live(stand: Stand, feed: ToldFeed | None = None, **pace: float) -> AsyncIterator[Live[str, str]]:
    live = Live(stand.readings, stand.plane, feed, **pace)
    try:
        yield live
    finally:
        await live.close()


async def _next(listener: AsyncGenerator[Reading[str], None]) -> Reading[str]:
    return await asyncio.wait_for(anext(listener), _SOON)


async def _said_nothing(listener: AsyncGenerator[Reading[str], None], feed: ToldFeed) -> "asyncio.Task[Reading[str]]":
    """Let everything that was told be dealt with, and see that it made no event."""
    task = asyncio.ensure_future(anext(listener))
    await feed.settled()
    for _ in range(20):
        await asyncio.sleep(0)
    assert not task.done()
    return task


async def test_the_present_state_comes_first_and_then_every_change_in_order() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        for height, value in enumerate(("one", "two", "three")):
            feed.tell(at(value, height))
        heard = [await _next(listener) for _ in range(3)]
        assert [(each.outcome, each.value) for each in heard] == [
            (Outcome.FRESH, "one"),
            (Outcome.FRESH, "two"),
            (Outcome.FRESH, "three"),
        ]
        assert all(each.provenance and each.provenance.served_from is ServedFrom.FEED for each in heard)


async def test_what_is_told_again_unchanged_is_no_event_until_a_heartbeat_is_due() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed, heartbeat=60) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("same", 1))
        await _next(listener)
        feed.tell(at("same", 2))
        waiting = await _said_nothing(listener, feed)
        stand.clock.advance(60)
        feed.tell(at("same", 3))
        beat = await asyncio.wait_for(waiting, _SOON)
        assert (beat.value, beat.provenance and beat.provenance.position) == ("same", at("", 3).position)


async def test_trouble_is_an_event_with_an_outcome_and_the_subscription_goes_on() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(trouble(ProblemCode.UNAVAILABLE))
        first = await _next(listener)
        assert (first.outcome, first.problem and first.problem.code) == (Outcome.UNAVAILABLE, ProblemCode.UNAVAILABLE)
        feed.tell(at("well", 1))
        assert (await _next(listener)).outcome is Outcome.FRESH
        feed.tell(trouble(ProblemCode.TIMEOUT))
        stale = await _next(listener)
        assert (stale.outcome, stale.value) == (Outcome.STALE, "well")
        feed.tell(at("well", 2))
        again = await _next(listener)
        assert (again.outcome, again.value, again.problem) == (Outcome.FRESH, "well", None)


async def test_what_is_closed_becomes_absent_and_never_zero() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("open", 1))
        await _next(listener)
        feed.tell(Absent("ask", at("", 2).position))
        assert (await _next(listener)).outcome is Outcome.ABSENT


async def test_many_who_listen_share_one_feed_and_a_newcomer_hears_the_present_state_at_once() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live:
        listeners = [live.listen("k") for _ in range(100)]
        waiting = [asyncio.ensure_future(anext(each)) for each in listeners]
        await asyncio.sleep(0)
        feed.tell(at("now", 1))
        assert {each.value for each in await asyncio.gather(*waiting)} == {"now"}
        late = live.listen("k")
        assert (await _next(late)).value == "now"
        assert feed.followed == 1
        assert len(live) == 101
        for each in (*listeners, late):
            await each.aclose()
        assert len(live) == 0


async def test_a_query_right_after_an_event_shows_no_less_and_asks_nobody_while_the_feed_is_well() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("told", 5))
        await _next(listener)
        reading = await stand.one()
        assert (reading.outcome, reading.value) == (Outcome.FRESH, "told")
        assert reading.provenance is not None
        assert reading.provenance.served_from is ServedFrom.FEED
        stand.clock.advance(HOLDS)
        assert (await stand.one()).value == "told"
        assert stand.told.asked == []
        stand.told.results["k"] = at("now", 6)
        assert (await stand.one(max_age=0)).value == "now"


async def test_an_answer_that_an_event_has_overtaken_is_neither_shown_nor_kept() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("before", 1))
        await _next(listener)
        # Like an exchange, the source does not say of when its answers are.
        stand.told.results["k"] = Answer("before", "ask")
        stand.told.gate.clear()
        stand.clock.advance(1)
        asking = asyncio.ensure_future(stand.one(max_age=0))
        await stand.told.begun.wait()
        stand.clock.advance(1)
        feed.tell(at("after", 2))
        assert (await _next(listener)).value == "after"
        stand.told.gate.set()
        overtaken = await asking
        assert (overtaken.outcome, overtaken.value) == (Outcome.FRESH, "after")
        assert (await stand.one()).value == "after"


async def test_what_a_query_has_read_is_not_taken_back_by_a_feed_that_only_says_the_same_again() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("told", 1))
        await _next(listener)
        stand.clock.advance(1)
        stand.told.results["k"] = Answer("read", "ask")
        assert (await stand.one(max_age=0)).value == "read"
        stand.clock.advance(1)
        feed.tell(at("told", 1))
        await feed.settled()
        assert (await stand.one()).value == "read"
        feed.tell(at("told anew", 2))
        assert (await _next(listener)).value == "told anew"
        assert (await stand.one()).value == "told anew"


async def test_a_feed_stands_behind_what_a_query_has_read_as_well_where_both_say_the_same() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("same", 1))
        await _next(listener)
        stand.clock.advance(1)
        stand.told.results["k"] = Answer("same", "ask")
        await stand.one(max_age=0)
        feed.tell(at("same", 1))
        await feed.settled()
        reading = await stand.one()
        assert (reading.value, reading.provenance and reading.provenance.served_from) == ("same", ServedFrom.FEED)


async def test_once_the_feed_is_in_trouble_queries_ask_again() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("told", 5))
        await _next(listener)
        feed.tell(trouble())
        await _next(listener)
        stand.clock.advance(11)
        stand.told.results["k"] = at("asked", 6)
        reading = await stand.one()
        assert (reading.value, reading.provenance and reading.provenance.served_from) == ("asked", ServedFrom.UPSTREAM)


async def test_a_position_before_one_that_is_known_is_not_told() -> None:
    stand, feed = Stand(), ToldFeed()
    stand.told.results["k"] = at("newer", 9)
    await stand.one()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(at("older", 3))
        assert (await _next(listener)).value == "newer"


async def test_a_listener_who_is_slow_hears_the_latest_and_holds_no_growing_queue() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live:
        slow, quick = live.listen("k"), live.listen("k")
        feed.tell(at("0", 0))
        assert (await _next(slow)).value == "0"
        assert (await _next(quick)).value == "0"
        for number in range(1, 50):
            feed.tell(at(str(number), number))
            assert (await _next(quick)).value == str(number)
        behind = [(await _next(slow)).value]
        while behind[-1] != "49":
            behind.append((await _next(slow)).value)
        assert len(behind) <= 8
        assert behind == sorted(behind, key=lambda each: int(each or ""))
        await slow.aclose()
        await quick.aclose()


async def test_a_feed_is_let_go_some_time_after_its_last_listener() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed, lingers=0.05) as live:
        async with aclosing(live.listen("k")) as listener:
            feed.tell(at("one", 1))
            await _next(listener)
        async with aclosing(live.listen("k")) as again:
            assert (await _next(again)).value == "one"
        assert feed.followed == 1
        await asyncio.wait_for(feed.left.wait(), _SOON)
        # Without a feed behind it, what it told grows old like any other answer.
        (kept,) = await stand.plane.store.get([stand.name()], str)
        assert kept.entry is not None
        assert kept.entry.fed_until is None


async def test_a_feed_that_breaks_is_told_as_trouble_and_does_not_take_its_listeners_along() -> None:
    stand, feed = Stand(), ToldFeed()
    async with _live(stand, feed) as live, aclosing(live.listen("k")) as listener:
        feed.tell(RuntimeError("broken"))
        reading = await _next(listener)
        assert (reading.outcome, reading.problem and reading.problem.code) == (
            Outcome.UNAVAILABLE,
            ProblemCode.INTERNAL,
        )


@pytest.mark.parametrize("moved", [True, False])
async def test_without_a_feed_it_is_asked_at_its_pace_and_sooner_when_the_chain_moves(*, moved: bool) -> None:
    stand = Stand()
    stand.told.results |= {"k": at("one", 100), "other": at("elsewhere", 100)}
    async with _live(stand) as live, aclosing(live.listen("k")) as listener:
        assert (await _next(listener)).value == "one"
        stand.told.results |= {"k": at("two", 101), "other": at("elsewhere", 101 if moved else 100)}
        waiting = asyncio.ensure_future(anext(listener))
        await stand.one("other", max_age=0)
        if moved:
            assert (await asyncio.wait_for(waiting, _SOON)).value == "two"
        else:
            for _ in range(50):
                await asyncio.sleep(0)
            assert not waiting.done()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)


async def test_the_reading_that_finds_the_chain_moved_is_not_asked_for_again() -> None:
    stand = Stand()
    stand.told.results |= {"k": at("one", 100), "other": at("elsewhere", 101)}
    async with _live(stand) as live, aclosing(live.listen("k")) as listener:
        assert (await _next(listener)).value == "one"
        stand.told.results["k"] = at("two", 101)
        await stand.one("other", max_age=0)
        assert (await _next(listener)).value == "two"
        for _ in range(50):
            await asyncio.sleep(0)
        assert stand.told.asked == [["k"], ["other"], ["k"]]


async def test_closing_dismisses_everyone_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    stand, feed = Stand(), ToldFeed()
    live: Live[Any, Any] = Live(stand.readings, stand.plane, feed)
    listener = live.listen("k")
    feed.tell(at("one", 1))
    assert (await _next(listener)).value == "one"
    await live.close()
    with pytest.raises(StopAsyncIteration):
        await _next(listener)
    assert feed.open == 0
    assert asyncio.all_tasks() == before
    assert Provider.XVERSE is feed.terms.provider
