"""Turns at a real store: one replica asks, the others wait for what it brings, and no longer than it lives."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from gateway.domain.clock import Deadline
from gateway.domain.problem import Problem, ProblemCode
from gateway.domain.reading import Answer, ServedFrom
from gateway.readings.entry import Entry
from gateway.readings.landing import Landing
from gateway.readings.turn import LEASE, Turns
from gateway.replicas.link import Link
from tests.readings.clock import StandingClock
from tests.readings.opening import find, open_shelf_at, parked
from tests.readings.told import trouble
from tests.stores.process import StoreProcess
from tests.stores.until import until

FLIGHTS, ENDS = "balance-gateway:flight:*", "balance-gateway:flight-end:*"


@dataclass
class Shared:
    """What all replicas have read."""

    kept: dict[str, Landing] = field(default_factory=dict)


@dataclass
class Asker:
    """A replica: it reads a name under its own, keeps it for all, and may be held back or fail."""

    who: str
    shared: Shared
    link: Link
    clock: StandingClock
    asked: list[list[str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    failing: dict[str, Problem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.turns = Turns(self.link)
        self.gate.set()

    async def ask(self, names: Sequence[str]) -> Mapping[str, Landing]:
        self.asked.append(list(names))
        await self.gate.wait()
        brought = {name: self._brought(name) for name in names}
        self.shared.kept |= {name: landing for name, landing in brought.items() if landing.entry}
        return brought

    def _brought(self, name: str) -> Landing:
        if name in self.failing:
            return Landing(problem=self.failing[name])
        return Landing(Entry(Answer(f"{name} by {self.who}", "ask"), 1.0))

    async def look(self, names: Sequence[str]) -> Mapping[str, Landing]:
        kept = {name: self.shared.kept[name] for name in names if name in self.shared.kept}
        return {name: Landing(landing.entry, served_from=ServedFrom.CACHE) for name, landing in kept.items()}

    async def run(self, *names: str, within: float = 60) -> dict[str, str | None]:
        """Land these names; gives who brought each, or the code of what kept it from being brought."""
        deadline = Deadline.after(self.clock, within)
        landed = await self.turns.run(names, ask=self.ask, look=self.look, deadline=deadline)
        return {name: _told(landing) for name, landing in landed.items()}

    def start(self, *names: str, within: float = 60) -> "asyncio.Task[dict[str, str | None]]":
        return asyncio.create_task(self.run(*names, within=within))

    async def began(self, times: int = 1) -> None:
        await until(lambda: len(self.asked) == times)


def _told(landing: Landing) -> str | None:
    if landing.problem is not None:
        return landing.problem.code
    assert landing.entry is not None
    assert isinstance(landing.entry.answer, Answer)
    value: str = landing.entry.answer.value
    return value


def _problem(code: ProblemCode = ProblemCode.UNAVAILABLE) -> Problem:
    return Problem.of(trouble(code), "reference")


Pair = tuple[Asker, Asker]


@pytest.fixture
async def pair(store: StoreProcess) -> AsyncIterator[Pair]:
    """Give two replicas that have found one store."""
    clock, shared = StandingClock(), Shared()
    links = [open_shelf_at(store.url, 60, clock).link for _ in range(2)]
    for link in links:
        await find(link)
    with capture_logs():
        yield Asker("one", shared, links[0], clock), Asker("other", shared, links[1], clock)
    for link in links:
        await link.close()


async def test_who_comes_first_asks_and_leaves_nothing_behind(pair: Pair, store: StoreProcess) -> None:
    one, _ = pair
    assert await one.run("a", "b") == {"a": "a by one", "b": "b by one"}
    assert one.asked == [["a", "b"]]
    assert await store.keys("balance-gateway:flight*") == set()


async def test_who_comes_while_another_asks_waits_for_what_that_brings(pair: Pair) -> None:
    one, other = pair
    one.gate.clear()
    asking = one.start("a")
    await one.began()
    waiting = [other.start("a") for _ in range(5)]
    await parked(other.link)
    one.gate.set()
    assert await asking == {"a": "a by one"}
    assert await asyncio.gather(*waiting) == [{"a": "a by one"}] * 5
    assert other.asked == []


async def test_of_many_names_each_is_asked_for_by_who_was_first_at_it(pair: Pair) -> None:
    one, other = pair
    one.gate.clear()
    asking = one.start("a", "b")
    await one.began()
    waiting = other.start("b", "c", "a", "d")
    await other.began()
    one.gate.set()
    assert await asking == {"a": "a by one", "b": "b by one"}
    assert await waiting == {"b": "b by one", "c": "c by other", "a": "a by one", "d": "d by other"}
    assert (one.asked, other.asked) == ([["a", "b"]], [["c", "d"]])


async def test_what_was_brought_between_the_look_and_the_turn_is_not_asked_for_again(pair: Pair) -> None:
    one, other = pair
    await one.run("a")
    assert await other.run("a") == {"a": "a by one"}
    assert await other.run("a", "b") == {"a": "a by one", "b": "b by other"}
    assert other.asked == [["b"]]


async def test_the_trouble_that_a_call_met_is_everyones_who_waited_and_only_for_its_own_name(pair: Pair) -> None:
    one, other = pair
    one.failing = {"a": _problem(ProblemCode.RATE_LIMITED), "c": _problem(ProblemCode.REJECTED)}
    one.gate.clear()
    asking = one.start("a", "b", "c")
    await one.began()
    waiting = other.start("c", "b", "a")
    await parked(other.link)
    one.gate.set()
    brought = {"a": "RATE_LIMITED", "b": "b by one", "c": "REJECTED"}
    assert await asking == brought
    assert await waiting == brought
    assert other.asked == []


async def test_trouble_is_kept_for_nobody_who_comes_later(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    one.failing = {"a": _problem()}
    assert await one.run("a") == {"a": "UNAVAILABLE"}
    (end,) = await store.keys(ENDS)
    assert 0 < await store.ask("PTTL", end) <= 3000
    assert await other.run("a") == {"a": "a by other"}


async def test_a_turn_is_renewed_for_as_long_as_its_call_takes(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    one.gate.clear()
    asking = one.start("a")
    await one.began()
    (flight,) = await store.keys(FLIGHTS)
    waiting = other.start("a")
    # Two times it is made to run out soon, and both times it is given its whole time again.
    for _ in range(2):
        await store.ask("PEXPIRE", flight, int(LEASE * 500))

        async def is_renewed() -> bool:
            left: int = await store.ask("PTTL", flight)
            return left > LEASE * 500

        await until(is_renewed)
    one.gate.set()
    assert (await asking, await waiting) == ({"a": "a by one"}, {"a": "a by one"})
    assert other.asked == []


async def test_where_the_asker_dies_one_of_those_who_wait_asks_in_its_place(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    # One that has died: its turn stands until its lease has run out.
    await store.ask("SET", "balance-gateway:flight:a", "the-dead", "PX", 200)
    found = await asyncio.gather(one.run("a", "b"), other.run("a", "c"))
    assert [one.asked, other.asked].count([["b"], ["a"]]) + [one.asked, other.asked].count([["c"], ["a"]]) == 1
    assert found[0]["a"] == found[1]["a"]
    assert (found[0]["b"], found[1]["c"]) == ("b by one", "c by other")


async def test_where_the_askers_call_is_ended_the_next_asks(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    one.gate.clear()
    asking = one.start("a")
    await one.began()
    waiting = other.start("a")
    await parked(other.link)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await waiting == {"a": "a by other"}
    assert await store.keys(FLIGHTS) == set()


async def test_who_lost_its_lease_does_not_end_the_turn_of_who_took_it(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    one.gate.clear()
    other.gate.clear()
    asking = one.start("a")
    await one.began()
    # As if it had not been renewed in time.
    await store.ask("DEL", "balance-gateway:flight:a")
    taking = other.start("a")
    await other.began()
    one.gate.set()
    assert await asking == {"a": "a by one"}
    assert await store.keys(FLIGHTS) == {"balance-gateway:flight:a"}
    other.gate.set()
    assert await taking == {"a": "a by other"}
    assert await store.keys(FLIGHTS) == set()


async def test_nobody_waits_past_the_deadline(pair: Pair, store: StoreProcess) -> None:
    one, _ = pair
    await store.ask("SET", "balance-gateway:flight:a", "someone")
    waiting = one.start("a", "b", within=5)
    await one.began()
    one.clock.advance(6)
    assert await waiting == {"b": "b by one"}
    assert one.asked == [["b"]]


async def test_without_the_store_each_asks_for_itself(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    store.kill()
    assert await one.run("a") == {"a": "a by one"}
    assert await other.run("a") == {"a": "a by other"}


async def test_who_waits_when_the_store_is_lost_asks_for_itself(pair: Pair, store: StoreProcess) -> None:
    one, other = pair
    one.gate.clear()
    asking = one.start("a", "b")
    await one.began()
    waiting = other.start("a", "c")
    await other.began()
    store.kill()
    assert await waiting == {"a": "a by other", "c": "c by other"}
    assert other.asked == [["c"], ["a"]]
    one.gate.set()
    assert await asking == {"a": "a by one", "b": "b by one"}


async def test_a_renewal_that_finds_no_store_ends_no_call(pair: Pair, store: StoreProcess) -> None:
    one, _ = pair
    one.gate.clear()
    asking = one.start("a")
    await one.began()
    store.kill()
    await until(lambda: not one.link.is_up)
    one.gate.set()
    assert await asking == {"a": "a by one"}


@pytest.mark.parametrize("planted", ["", "{}", "[]", '{"a": 7}', "\x80\x04."])
async def test_an_end_that_nobody_wrote_is_no_trouble_and_the_next_asks(
    pair: Pair, store: StoreProcess, planted: str
) -> None:
    one, _ = pair
    await store.ask("SET", "balance-gateway:flight:a", "someone")
    await store.ask("SET", "balance-gateway:flight-end:someone", planted)
    waiting = one.start("a", "b")
    await one.began()
    await store.ask("DEL", "balance-gateway:flight:a")
    assert await waiting == {"a": "a by one", "b": "b by one"}


async def test_no_task_is_left_however_a_turn_ends(pair: Pair) -> None:
    one, other = pair
    before = asyncio.all_tasks()
    one.gate.clear()
    asking = one.start("a")
    await one.began()
    waiting = other.start("a")
    await parked(other.link)
    waiting.cancel()
    one.gate.set()
    await asking
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: asyncio.all_tasks() == before)
