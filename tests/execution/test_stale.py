"""Whatever happens to what is kept, an answer at once is what the reference executor says of the same state."""

import asyncio
from collections import Counter
from typing import Any, Final
from unittest import mock

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from structlog.testing import capture_logs

from gateway.domain.caller import Caller
from gateway.domain.problem import UpstreamError
from gateway.domain.token import AccountKey, Commitment
from gateway.readings.entry import Entry
from gateway.server import server as serving
from gateway.server.guard import Documents
from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import SCHEMA, Question, Side, Told, same_references
from tests.execution.wire import Response, Server, Servers, Wire, body, request
from tests.execution.world import World
from tests.readings.clock import StandingClock

# So few that what is read, and what is written of it, make room for each other.
_ENTRIES: Final = 6
_ROOM: Final = 2500

_HOLDERS = [figures.HOLDERS[each] for each in (Fate.READ, Fate.BARE, Fate.STALE)]
_OWNERS = [figures.OWNERS[each] for each in (Fate.READ, Fate.STALE)]
_ACCOUNTS = [figures.ACCOUNTS[each] for each in (Fate.READ, Fate.BARE)]
_CALLERS = (
    figures.ANONYMOUS,
    figures.ANONYMOUS,
    figures.HOLDING[Fate.READ],
    figures.HOLDING[Fate.BARE],
    figures.PENNILESS,
    figures.NOBODY,
)
# Each key with the name of the question that it is asked of.
_KEYS: Final[list[tuple[str, Any]]] = [
    *(("runes_by_address", each) for each in _HOLDERS),
    *(("inscriptions_by_address", each) for each in _HOLDERS),
    *(("tokens_by_owner", each) for each in _OWNERS),
    *(("token_accounts_by_owner", AccountKey(each, Commitment.FINALIZED)) for each in _OWNERS),
    *(("token_account_by_address", AccountKey(each, Commitment.FINALIZED)) for each in _ACCOUNTS),
    *(("wallets_by_credential", figures.CREDENTIALS[each]) for each in (Fate.READ, Fate.BARE)),
]

_LIST = "outcome totalCount pageInfo { endCursor hasNextPage } problem { code retryAfter }"
_RUNES = f"{_LIST} nodes {{ rune {{ id name }} amount {{ display }} pending {{ net {{ atomic }} }} }}"
_MOMENT = "provenance { age servedFrom readAt position { value } }"
_HEAD = "query ($holder: Address!, $owner: Address!, $account: Address!, $first: Int, $order: RuneOrder, $age: Int)"
_UNUSED = "x: account(address: $holder) { id } y: account(address: $owner) { tokens(first: $first, maxAge: $age) "
_REST = _UNUSED + "{ totalCount } } z: tokenAccount(address: $account) { state } w: account(address: $holder) "
_ASKED: Final = (
    "account(address: $holder) { runes(first: $first, orderBy: $order, maxAge: $age) { " + _RUNES + " } }",
    "account(address: $holder) { runes(first: $first, orderBy: $order, maxAge: $age) { " + _RUNES + _MOMENT + " } }",
    "account(address: $holder) { a: runes(first: 1) { " + _RUNES + " } b: runes(first: 2) { " + _RUNES + " } }",
    "account(address: $holder) { runes { nodes { rune { inscriptionId name } amount { display } } outcome } }",
    "account(address: $owner) { tokens(first: $first, maxAge: $age) { " + _LIST + " edges { cursor node { settled "
    "{ display } token { mint symbol } } } } }",
    "account(address: $owner) { tokenAccounts(first: $first, maxAge: $age) { outcome nodes { address outcome amount "
    "{ display } uiAmount token { symbol } owner { address } } } }",
    "tokenAccount(address: $account, maxAge: $age) { outcome amount { display } token { symbol } owner { address } }",
    "tokenAccount(address: $account, maxAge: $age) { amount { display } token { symbol } " + _MOMENT + " state }",
    "exchangeWallets(first: $first, maxAge: $age) { outcome totalCount nodes { id balance { display } } }",
    "exchangeWallets(maxAge: $age) { outcome } account(address: $holder) { runes(first: $first) { " + _RUNES + " } }",
)
_USED = ("holder", "owner", "account", "first", "order", "age")
_TYPES = dict(
    zip(_USED, ("Address!", "Address!", "Address!", "Int", "RuneOrder", "Int"), strict=True),
)


def _text(asked: str) -> str:
    names = [name for name in _USED if f"${name}" in asked]
    return f"query ({', '.join(f'${name}: {_TYPES[name]}' for name in names)}) {{ {asked} }}"


_asked = st.builds(
    lambda asked, **sent: Question(_text(asked), {name: each for name, each in sent.items() if f"${name}" in asked}),
    st.sampled_from(_ASKED),
    holder=st.sampled_from([each.text for each in _HOLDERS[:2]]),
    owner=st.sampled_from([each.text for each in _OWNERS]),
    account=st.sampled_from([each.text for each in _ACCOUNTS]),
    first=st.sampled_from([None, 1, 2]),
    order=st.sampled_from([None, "AMOUNT_DESC"]),
    age=st.sampled_from([None, None, 1, 3, 100]),
)
# Among them the ends of ages and of their last quarters, and of what a feed's word holds.
_moves = st.sampled_from([0.25, 0.25, 0.5, 0.5, 1, 1.25, 2.5, 6, 7.5, 10.25, 75, 3600])


_numbers = st.integers(0, 11)
_cuts = st.one_of(st.none(), st.floats(0, 1))
# Askings after which an answer is shown again: seen, compiled, made at once, kept.
_BY_HEART: Final = 4


def _event(name: str, what: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, Any]]:
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


def _is_asked(name: str, key: Any, named: set[Any], questions: list[Question]) -> bool:
    """Say whether any of the questions is about a key."""
    if name == "wallets_by_credential":
        return any("exchangeWallets" in each.text for each in questions)
    place = key.address if isinstance(key, AccountKey) else key
    return place.text in named


class AnswersOverTime(RuleBasedStateMachine):
    """A server on its short way, and the reference executor over the same world."""

    servers: Servers
    runner: asyncio.Runner
    seen: Counter[str]

    @initialize(
        questions=st.lists(_asked, min_size=1, max_size=3),
        callers=st.lists(st.sampled_from(_CALLERS), min_size=1, max_size=2),
    )
    def open(self, questions: list[Question], callers: list[Caller]) -> None:
        # So few that each is asked again and again.
        self.asked = [Question(each.text, each.variables, caller) for each in questions for caller in callers]
        named = {text for each in questions for text in each.variables.values()}
        self.keys = [(name, key) for name, key in _KEYS if _is_asked(name, key, named, questions)]
        self.world = World(StandingClock(), max_entries=_ENTRIES)
        self.reference = Side(self.world, Documents(SCHEMA, World.limits), None)
        self.opened = self.servers.over(self.world)
        self.server: Server = self.runner.run(self.opened.__aenter__())
        self.wires = [self.server.connect() for _ in range(2)]

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.runner.run(self.opened.__aexit__(None, None, None))

    @rule(
        number=st.integers(0, 5), place=st.integers(0, 1), events=st.lists(_events, min_size=1, max_size=3), cut=_cuts
    )
    def live(self, number: int, place: int, events: list[tuple[str, Any]], cut: float | None) -> None:
        """Ask until it is known by heart, let something happen, and ask again."""
        asked = self.asked[number % len(self.asked)]
        self.runner.run(self._ask(asked, self.wires[place], cut, _BY_HEART))
        for name, what in events:
            self.runner.run(getattr(self, f"_{name}")(what))
            self.runner.run(self._ask(asked, self.wires[place], None, 1))
        self.runner.run(self._ask(asked, self.wires[1 - place], None, 2))

    async def _ask(self, asked: Question, wire: Wire, cut: float | None, times: int) -> None:
        sent = request(body(asked.text, asked.variables), asked.caller)
        for number in range(times):
            at = round(len(sent) * cut) if cut is not None and not number else 0
            (response,) = await wire.send(*(each for each in (sent[:at], sent[at:]) if each))
            await self._check(response, asked)

    async def _check(self, response: Response, asked: Question) -> None:
        self.seen["at once" if response.at_once else "whole"] += 1
        if not response.at_once:
            # Behind it something may still be read, and then the state is another.
            await self.world.landed()
            return
        expected, _ = await self.reference.ask(asked)
        self.seen["kept"] += any(each.last for each in self.server.known)
        assert response.body == expected.body, f"{asked}\n{response.body!r}\n{expected.body!r}"
        ages = {name: value.encode() for name, value in expected.headers.items()}
        assert response.header(b"age") == ages.get("Age")
        assert response.header(b"cache-control") == ages["Cache-Control"]

    @rule(numbers=st.lists(st.integers(0, 5), min_size=2, max_size=3))
    def ask_in_one_go(self, numbers: list[int]) -> None:
        self.runner.run(self._ask_in_one_go([self.asked[number % len(self.asked)] for number in numbers]))

    async def _ask_in_one_go(self, questions: list[Question]) -> None:
        """Send several requests before the first is answered: each has its answer, in their order."""
        sent = [request(body(each.text, each.variables), each.caller) for each in questions]
        found = await self.wires[0].send(b"".join(sent), answers=len(sent))
        await self.world.landed()
        for question, response in zip(questions, found, strict=True):
            names = list(msgspec.json.decode(response.body).get("data") or {})
            expected, _ = await self.reference.ask(question)
            assert names == list(msgspec.json.decode(expected.body).get("data") or {})

    async def _wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    async def _put_the_clock_back(self, seconds: float) -> None:
        self.world.clock.put_back(seconds)

    async def _let_another_ask(self, number: int) -> None:
        """Ask the same as another caller, until that one's head is known as well."""
        wire = self.server.connect()
        for each in self.asked:
            other = Question(each.text, each.variables, _CALLERS[number % len(_CALLERS)])
            await self._ask(other, wire, None, 2)

    async def _change_a_fate(self, told: tuple[int, Fate]) -> None:
        name, key = self._key(told[0])
        self.world.sources[name].fates[getattr(key, "address", key)] = told[1]

    async def _change_positions(self, told: tuple[int, bool, int]) -> None:
        source = self.world.sources[self._key(told[0])[0]]
        _, source.stands, source.behind = told

    async def _let_a_feed_tell(self, number_and_time: tuple[int, float | None]) -> None:
        number, holds = number_and_time
        name, key = self._key(number)
        now = self.world.clock.time()
        told = self.world.sources[name].answer(key)
        if not isinstance(told, UpstreamError):
            await self.world.readings[name].keep(key, Entry(told, now, None if holds is None else now + holds))

    async def _let_a_feed_go(self, number: int) -> None:
        name, key = self._key(number)
        known = await self.world.readings[name].known(key)
        if known is not None:
            await self.world.readings[name].keep(key, Entry(known.answer, known.read_at))

    async def _drop(self, number: int) -> None:
        name, key = self._key(number)
        terms = self.world.sources[name].terms
        await self.world.plane.store.drop([self.world.plane.names.of(terms, key)])

    async def _connect_anew(self, place: int) -> None:
        self.wires[place] = self.server.connect()

    def _key(self, number: int) -> tuple[str, Any]:
        return self.keys[number % len(self.keys)]


def test_an_answer_at_once_is_never_of_another_state_than_the_present_one() -> None:
    with (
        mock.patch.object(serving, "_FRAGMENTS", _ROOM),
        same_references(),
        capture_logs(),
        asyncio.Runner() as runner,
    ):
        AnswersOverTime.servers = Servers()
        AnswersOverTime.runner = runner
        AnswersOverTime.seen = Counter()
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
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
    print(AnswersOverTime.seen)
    assert AnswersOverTime.seen["at once"] > 200, AnswersOverTime.seen
