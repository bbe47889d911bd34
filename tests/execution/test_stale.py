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
_moves = st.sampled_from([0.25, 0.5, 1, 1.25, 2.5, 6, 7.5, 10, 10.25, 75, 3600])


class AnswersOverTime(RuleBasedStateMachine):
    """A server on its short way, and the reference executor over the same world."""

    servers: Servers
    runner: asyncio.Runner
    seen: Counter[str]

    @initialize()
    def open(self) -> None:
        self.world = World(StandingClock(), max_entries=_ENTRIES)
        self.reference = Side(self.world, Documents(SCHEMA, World.limits), None)
        self.opened = self.servers.over(self.world)
        self.server: Server = self.runner.run(self.opened.__aenter__())
        self.wires = [self.server.connect() for _ in range(2)]

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            self.runner.run(self.opened.__aexit__(None, None, None))

    @rule(
        question=_asked,
        caller=st.sampled_from(_CALLERS),
        place=st.integers(0, 1),
        cut=st.one_of(st.none(), st.floats(0, 1)),
        times=st.integers(1, 4),
    )
    def ask(self, question: Question, caller: Caller, place: int, cut: float | None, times: int) -> None:
        self.runner.run(self._ask(question, caller, self.wires[place], cut, times))

    async def _ask(self, question: Question, caller: Caller, wire: Wire, cut: float | None, times: int) -> None:
        asked = Question(question.text, question.variables, caller)
        sent = request(body(question.text, question.variables), caller)
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

    @rule(questions=st.lists(st.tuples(_asked, st.sampled_from(_CALLERS)), min_size=2, max_size=3))
    def ask_in_one_go(self, questions: list[tuple[Question, Caller]]) -> None:
        self.runner.run(self._ask_in_one_go(questions))

    async def _ask_in_one_go(self, questions: list[tuple[Question, Caller]]) -> None:
        """Send several requests before the first is answered: each has its answer, in their order."""
        sent = [request(body(each.text, each.variables), caller) for each, caller in questions]
        found = await self.wires[0].send(b"".join(sent), answers=len(sent))
        await self.world.landed()
        for (question, caller), response in zip(questions, found, strict=True):
            names = list(msgspec.json.decode(response.body).get("data") or {})
            expected, _ = await self.reference.ask(Question(question.text, question.variables, caller))
            assert names == list(msgspec.json.decode(expected.body).get("data") or {})

    @rule(seconds=_moves)
    def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    @rule(seconds=st.sampled_from([0.5, 1, 5, 100]))
    def put_the_clock_back(self, seconds: float) -> None:
        self.world.clock.put_back(seconds)

    @rule(place=st.sampled_from(_KEYS), fate=st.sampled_from(Fate))
    def change_a_fate(self, place: tuple[str, Any], fate: Fate) -> None:
        name, key = place
        self.world.sources[name].fates[getattr(key, "address", key)] = fate

    @rule(name=st.sampled_from([name for name, _ in _KEYS]), stands=st.booleans(), behind=st.sampled_from([0, 0, 1000]))
    def change_the_positions(self, name: str, stands: bool, behind: int) -> None:  # noqa: FBT001 - drawn by name
        source = self.world.sources[name]
        source.stands, source.behind = stands, behind

    @rule(place=st.sampled_from(_KEYS), holds=st.sampled_from([None, 6.0]))
    def let_a_feed_tell(self, place: tuple[str, Any], holds: float | None) -> None:
        name, key = place
        now = self.world.clock.time()
        told = self.world.sources[name].answer(key)
        if not isinstance(told, UpstreamError):
            entry = Entry(told, now, None if holds is None else now + holds)
            self.runner.run(self.world.readings[name].keep(key, entry))

    @rule(place=st.sampled_from(_KEYS))
    def let_a_feed_go(self, place: tuple[str, Any]) -> None:
        name, key = place
        self.runner.run(self._withdraw(name, key))

    async def _withdraw(self, name: str, key: Any) -> None:
        known = await self.world.readings[name].known(key)
        if known is not None:
            await self.world.readings[name].keep(key, Entry(known.answer, known.read_at))

    @rule(place=st.sampled_from(_KEYS))
    def drop(self, place: tuple[str, Any]) -> None:
        name, key = place
        terms = self.world.sources[name].terms
        self.runner.run(self.world.plane.store.drop([self.world.plane.names.of(terms, key)]))

    @rule(place=st.integers(0, 1))
    def connect_anew(self, place: int) -> None:
        self.wires[place] = self.server.connect()


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
                max_examples=40,
                stateful_step_count=50,
                derandomize=True,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert AnswersOverTime.seen["at once"] > 200, AnswersOverTime.seen
