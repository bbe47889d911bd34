"""Each thing that may happen to what is kept, after each question that is known by heart."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from tests.execution import figures
from tests.execution.life import ACCOUNTS, ASKED, CALLERS, ENTRIES, HOLDERS, OWNERS, Event, Life, text_of
from tests.execution.source import Fate
from tests.execution.twins import Question, same_references
from tests.execution.wire import Servers, body, request
from tests.execution.world import KEEP_FOR, World
from tests.readings.clock import StandingClock

pytestmark = pytest.mark.asyncio(loop_scope="module")
_NAMES = ("holder", "owner", "account")
_PLACES = dict(zip(_NAMES, (each[0].text for each in (HOLDERS, OWNERS, ACCOUNTS)), strict=True))

# The numbers of all keys that a question can be about.
_KEYS = range(4)
EVENTS: tuple[tuple[str, list[Event]], ...] = (
    ("a moment passes", [("wait", 0.25), ("wait", 0.25), ("wait", 0.25)]),
    ("a second passes", [("wait", 1), ("wait", 1)]),
    ("it is nearly too old", [("wait", 7.5), ("wait", 0.25)]),
    ("it is too old", [("wait", 10.25)]),
    ("the clock is put back a little", [("put_the_clock_back", 0.5), ("put_the_clock_back", 1)]),
    ("the clock is put back", [("put_the_clock_back", 100), ("wait", 100)]),
    ("others ask", [("let_another_ask", number) for number in range(len(CALLERS))]),
    ("it fails when it is read again", [*(("change_a_fate", (key, Fate.DOWN)) for key in _KEYS), ("wait", 11)]),
    ("it is gone", [*(("change_a_fate", (key, Fate.ABSENT)) for key in _KEYS), ("wait", 11), ("wait", 1)]),
    ("it is less", [*(("change_a_fate", (key, Fate.BARE)) for key in _KEYS), ("wait", 11)]),
    ("a node is behind", [*(("change_positions", (key, False, 1000)) for key in _KEYS), ("wait", 8), ("wait", 4)]),
    ("the position stands", [*(("change_positions", (key, True, 0)) for key in _KEYS), ("wait", 11)]),
    ("a feed tells", [("let_a_feed_tell", (key, 6.0)) for key in _KEYS]),
    (
        "a feed tells, and goes",
        [*(("let_a_feed_tell", (key, 6.0)) for key in _KEYS), ("wait", 5), ("let_a_feed_go", 0)],
    ),
    ("a feed tells, and is silent", [*(("let_a_feed_tell", (key, 6.0)) for key in _KEYS), ("wait", 6.25), ("wait", 5)]),
    ("it is read behind it", [("let_a_feed_tell", (key, None)) for key in _KEYS]),
    ("it is dropped", [("drop", key) for key in _KEYS]),
    ("its caller goes", [("connect_anew", 0)]),
)


def _questions(asked: str) -> list[Question]:
    """Ask in several manners of one reading, and as several callers."""
    manners = [{"first": first, "order": order, "age": age} for first, order, age in _MANNERS]
    found = []
    for manner in manners:
        sent = {name: each for name, each in {**_PLACES, **manner}.items() if f"${name}" in asked}
        found += [Question(text_of(asked), sent, caller) for caller in (figures.ANONYMOUS, figures.HOLDING[Fate.READ])]
    return [each for number, each in enumerate(found) if each not in found[:number]]


_MANNERS = ((None, None, None), (1, None, None), (2, "AMOUNT_DESC", 3), (2, "NAME", 100))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def servers() -> AsyncIterator[Servers]:
    with same_references(), capture_logs():
        yield Servers()


@pytest.mark.parametrize("by_heart", [True, False], ids=["repeated", "new each time"])
@pytest.mark.parametrize("asked", ASKED, ids=range(len(ASKED)))
async def test_whatever_happens_an_answer_at_once_is_of_the_present_state(
    servers: Servers,
    asked: str,
    by_heart: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    seen: Counter[str] = Counter()
    questions = _questions(asked)
    for number, (_, events) in enumerate(EVENTS):
        async with servers.over(World(StandingClock(), max_entries=ENTRIES)) as server:
            life = Life(server, questions, seen, by_heart=by_heart)
            for question in questions[number % 2 :: 2]:
                await life.live(question, 0, events)
            for question in questions:
                await life.ask(question, life.wires[0], None, 2)
    assert seen["at once"] > 100


async def test_an_answer_is_not_shown_when_what_it_was_made_of_has_left_the_memory(servers: Servers) -> None:
    question = Question(text_of(ASKED[0]), {"holder": _PLACES["holder"], "age": 100_000})
    async with servers.over(World(StandingClock())) as server:
        life = Life(server, [question], Counter())
        await life.ask(question, life.wires[0], None, 2)
        await life.wait(KEEP_FOR - 0.25)
        await life.live(question, 0, [("wait", 0.5)])


async def test_an_answer_is_shown_again_only_to_those_who_accept_its_age(servers: Servers) -> None:
    world = World(StandingClock())
    content = body(text_of(ASKED[0]), {"holder": _PLACES["holder"]})
    async with servers.over(world) as server:
        wires = {age: server.connect() for age in ("", "5", "2", "0")}

        async def ask(age: str) -> tuple[bool, bytes | None]:
            (answer,) = await wires[age].send(request(content, x_max_age=age))
            await world.landed()
            return answer.at_once, answer.header(b"age")

        for age in ("", "", "5", "5", "2", "2"):
            await ask(age)
        # Known by heart, and shown again.
        assert [await ask(age) for age in ("", "5", "2", "")] == [(True, b"0")] * 4
        world.clock.advance(3)
        assert [await ask(age) for age in ("5", "", "5")] == [(True, b"3")] * 3
        # What is too old for one is read anew, and new for the others.
        assert await ask("2") == (False, b"0")
        assert [await ask(age) for age in ("5", "", "2")] == [(True, b"0")] * 3
        for _ in range(3):
            assert await ask("0") == (False, b"0")
