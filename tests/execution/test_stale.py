"""Whatever happens to what is kept, an answer at once is what the reference executor says of the same state."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any
from unittest import mock

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from gateway.domain.caller import Caller
from gateway.server import server as serving
from tests.execution.life import ACCOUNTS, ASKED, CALLERS, ENTRIES, HOLDERS, OWNERS, ROOM, Event, Life, text_of
from tests.execution.source import Fate
from tests.execution.twins import Question, same_references
from tests.execution.wire import Servers
from tests.execution.world import World
from tests.readings.clock import StandingClock

_asked = st.builds(
    lambda asked, max_age, **sent: Question(
        text_of(asked), {name: each for name, each in sent.items() if f"${name}" in asked}, max_age=max_age
    ),
    st.sampled_from(ASKED),
    st.sampled_from([None, None, None, 0, 2, 1000]),
    holder=st.sampled_from([each.text for each in HOLDERS[:2]]),
    owner=st.sampled_from([each.text for each in OWNERS]),
    account=st.sampled_from([each.text for each in ACCOUNTS]),
    first=st.sampled_from([None, 1, 2]),
    order=st.sampled_from([None, "AMOUNT_DESC"]),
    age=st.sampled_from([None, None, 1, 3, 100]),
)
# Among them the ends of ages and of their last quarters, and of what a feed's word holds.
_moves = st.sampled_from([0.25, 0.25, 0.5, 0.5, 1, 1.25, 2.5, 6, 7.5, 10.25, 75, 3600])


_numbers = st.integers(0, 11)
_cuts = st.one_of(st.none(), st.floats(0, 1))


def _event(name: str, what: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    return st.tuples(st.just(name), what)


_events = st.one_of(
    _event("wait", _moves),
    _event("put_the_clock_back", st.sampled_from([0.5, 1, 5, 100])),
    _event("let_another_ask", _numbers),
    _event("change_a_fate", st.tuples(_numbers, st.sampled_from(Fate))),
    _event("change_positions", st.tuples(_numbers, st.booleans(), st.sampled_from([0, 0, 1000]))),
    _event("let_a_feed_tell", st.tuples(_numbers, st.sampled_from([None, 6.0]))),
    _event("let_a_feed_go", _numbers),
    _event("drop", _numbers),
    _event("connect_anew", st.integers(0, 1)),
)


class AnswersOverTime(RuleBasedStateMachine):
    """A life of any events in any order."""

    servers: Servers
    runner: asyncio.Runner
    seen: Counter[str]

    @initialize(
        questions=st.lists(_asked, min_size=1, max_size=3),
        callers=st.lists(st.sampled_from(CALLERS), min_size=1, max_size=2),
        by_heart=st.booleans(),
    )
    def open(self, questions: list[Question], callers: list[Caller], *, by_heart: bool) -> None:
        # So few that each is asked again and again.
        asked = [replace(each, caller=caller) for each in questions for caller in callers]
        self.opened = self.servers.over(World(StandingClock(), max_entries=ENTRIES))
        self.life = Life(self.runner.run(self.opened.__aenter__()), asked, self.seen, by_heart=by_heart)

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.runner.run(self.opened.__aexit__(None, None, None))

    @rule(
        number=st.integers(0, 5), place=st.integers(0, 1), events=st.lists(_events, min_size=1, max_size=3), cut=_cuts
    )
    def live(self, number: int, place: int, events: list[Event], cut: float | None) -> None:
        asked = self.life.asked[number % len(self.life.asked)]
        self.runner.run(self.life.live(asked, place, events, cut))

    @rule(numbers=st.lists(st.integers(0, 5), min_size=2, max_size=3))
    def ask_in_one_go(self, numbers: list[int]) -> None:
        asked = [self.life.asked[number % len(self.life.asked)] for number in numbers]
        self.runner.run(self.life.ask_in_one_go(asked))


def test_an_answer_at_once_is_never_of_another_state_than_the_present_one() -> None:
    with (
        mock.patch.object(serving, "_FRAGMENTS", ROOM),
        same_references(),
        capture_logs(),
        asyncio.Runner() as runner,
    ):
        AnswersOverTime.servers = Servers()
        AnswersOverTime.runner = runner
        AnswersOverTime.seen = Counter()
        run_state_machine_as_test(
            AnswersOverTime,
            settings=settings(
                max_examples=60,
                stateful_step_count=15,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert AnswersOverTime.seen["at once"] > 200
