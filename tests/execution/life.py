"""A server on its short way, and what may happen to what it has kept, held to the reference executor all the time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import msgspec

from gateway.domain.problem import UpstreamError
from gateway.domain.token import AccountKey, Commitment
from gateway.readings.entry import Entry
from gateway.server.documents import Documents
from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import SCHEMA, Question, Side
from tests.execution.wire import Bodies, Response, Server, Wire, body, request
from tests.execution.world import World

# The name of something that may happen, and what is told of it.
Event: TypeAlias = tuple[str, Any]

# So few that what is read, and what is written of it, make room for each other.
ENTRIES: Final = 6
ROOM: Final = 2500

HOLDERS = [figures.HOLDERS[each] for each in (Fate.READ, Fate.BARE, Fate.STALE)]
OWNERS = [figures.OWNERS[each] for each in (Fate.READ, Fate.STALE)]
ACCOUNTS = [figures.ACCOUNTS[each] for each in (Fate.READ, Fate.BARE)]
CALLERS = (
    figures.ANONYMOUS,
    figures.ANONYMOUS,
    figures.HOLDING[Fate.READ],
    figures.HOLDING[Fate.BARE],
    figures.PENNILESS,
    figures.NOBODY,
)
# Each key with the name of the question that it is asked of.
_KEYS: Final[list[tuple[str, Any]]] = [
    *(("runes_by_address", each) for each in HOLDERS),
    *(("inscriptions_by_address", each) for each in HOLDERS),
    *(("tokens_by_owner", each) for each in OWNERS),
    *(("token_accounts_by_owner", AccountKey(each, Commitment.FINALIZED)) for each in OWNERS),
    *(("token_account_by_address", AccountKey(each, Commitment.FINALIZED)) for each in ACCOUNTS),
    *(("wallets_by_credential", figures.CREDENTIALS[each]) for each in (Fate.READ, Fate.BARE)),
]

_LIST = "outcome totalCount pageInfo { endCursor hasNextPage } problem { code retryAfter }"
_RUNES = f"{_LIST} nodes {{ rune {{ id name }} amount {{ display }} pending {{ net {{ atomic }} }} }}"
_MOMENT = "provenance { age servedFrom readAt position { value } }"
ASKED: Final = (
    "account(address: $holder) { runes(first: $first, orderBy: $order, maxAge: $age) { " + _RUNES + " } }",
    "account(address: $holder) { runes(first: $first, orderBy: $order, maxAge: $age) { " + _RUNES + _MOMENT + " } }",
    "account(address: $holder) { a: runes(first: 1) { " + _RUNES + " } b: runes(first: 2) { " + _RUNES + " } }",
    "account(address: $holder) { runes { nodes { rune { inscriptionId name } amount { display } } outcome } }",
    "account(address: $owner) { tokens(first: $first, maxAge: $age) { " + _LIST + " edges { cursor node { settled "
    "{ display } token { mint symbol } } } } }",
    (
        "account(address: $owner) { tokenAccounts(first: $first, maxAge: $age) { outcome nodes { address outcome "
        "amount { display } uiAmount token { symbol } owner { address } } } }"
    ),
    "tokenAccount(address: $account, maxAge: $age) { outcome amount { display } token { symbol } owner { address } }",
    "tokenAccount(address: $account, maxAge: $age) { amount { display } token { symbol } " + _MOMENT + " state }",
    "exchangeWallets(first: $first, maxAge: $age) { outcome totalCount nodes { id balance { display } } }",
    # One reading cut in many ways.
    (
        "account(address: $holder) { a: runes(first: 1) { nodes { rune { id } } totalCount } "
        'b: runes(first: 1, filter: {ids: ["840003:3"]}) { nodes { rune { id } } totalCount } '
        'c: runes(first: 1, filter: {ids: ["840002:2"]}) { nodes { rune { id } } totalCount } '
        "d: runes(first: 1, orderBy: AMOUNT_DESC) { nodes { rune { id } } totalCount } "
        "e: runes { nodes { rune { id } } totalCount } }"
    ),
    "exchangeWallets(maxAge: $age) { outcome } account(address: $holder) { runes(first: $first) { " + _RUNES + " } }",
)
_USED = ("holder", "owner", "account", "first", "order", "age")
_TYPES = dict(
    zip(_USED, ("Address!", "Address!", "Address!", "Int", "RuneOrder", "Int"), strict=True),
)


def text_of(asked: str) -> str:
    names = [name for name in _USED if f"${name}" in asked]
    return f"query ({', '.join(f'${name}: {_TYPES[name]}' for name in names)}) {{ {asked} }}"


def _is_asked(name: str, key: Any, named: set[Any], questions: Sequence[Question]) -> bool:
    """Say whether any of the questions is about a key."""
    if name == "wallets_by_credential":
        return any("exchangeWallets" in each.text for each in questions)
    place = key.address if isinstance(key, AccountKey) else key
    return place.text in named


# Askings after which an answer is shown again: seen, compiled, made at once, kept.
BY_HEART: Final = 4


class Life:
    """One world, a server over it with two connections, and the questions that are asked of it again and again."""

    def __init__(
        self, server: Server, questions: Sequence[Question], seen: Counter[str], *, by_heart: bool = True
    ) -> None:
        """`seen` counts answers by the way that they took. Not `by_heart`, no body is ever sent again."""
        self._bodies = None if by_heart else Bodies()
        self.world = server.world
        self.server = server
        self.asked = list(questions)
        self.seen = seen
        named = {text for each in questions for text in each.variables.values()}
        self.keys = [(name, key) for name, key in _KEYS if _is_asked(name, key, named, questions)]
        self.reference = Side(self.world, Documents(SCHEMA, World.limits), None)
        self.wires = [server.connect() for _ in range(2)]

    async def live(self, asked: Question, place: int, events: Sequence[Event], cut: float | None = None) -> None:
        """Ask until it is known by heart, let something happen, and ask again."""
        await self.ask(asked, self.wires[place], cut, BY_HEART)
        for name, what in events:
            await getattr(self, name)(what)
            await self.ask(asked, self.wires[place], None, 1)
        await self.ask(asked, self.wires[1 - place], None, 2)

    async def ask(self, asked: Question, wire: Wire, cut: float | None, times: int) -> None:
        for number in range(times):
            sent = self._request(asked)
            at = round(len(sent) * cut) if cut is not None and not number else 0
            before = self._state
            (response,) = await wire.send(*(each for each in (sent[:at], sent[at:]) if each))
            if response.at_once or self._state == before:
                await self.check(response, asked)
            # Behind it something may still be read, and then the state is another.
            await self.world.landed()

    def _request(self, asked: Question) -> bytes:
        write = self._bodies.body if self._bodies else body
        age = "" if asked.max_age is None else str(asked.max_age)
        return request(write(asked.text, asked.variables), asked.caller, x_max_age=age)

    @property
    def _state(self) -> tuple[int, Mapping[str, Counter[Any]]]:
        return self.world.plane.store.version(), self.world.asked

    async def check(self, response: Response, asked: Question) -> None:
        """Hold an answer for which nobody was asked to what the reference executor says now."""
        self.seen["at once" if response.at_once else "whole"] += 1
        expected = await self.reference.ask(asked)
        told = response.body
        assert told == expected.body, f"{asked}\n{told!r}\n{expected.body!r}"
        ages = {name: value.encode() for name, value in expected.headers.items()}
        assert response.header(b"age") == ages.get("Age")
        assert response.header(b"cache-control") == ages["Cache-Control"]

    async def ask_in_one_go(self, questions: list[Question]) -> None:
        """Send several requests before the first is answered: each has its answer, in their order."""
        sent = [self._request(each) for each in questions]
        found = await self.wires[0].send(b"".join(sent), answers=len(sent))
        await self.world.landed()
        for question, response in zip(questions, found, strict=True):
            names = list(msgspec.json.decode(response.body).get("data") or {})
            expected = await self.reference.ask(question)
            assert names == list(msgspec.json.decode(expected.body).get("data") or {})

    async def wait(self, seconds: float) -> None:
        self.world.clock.advance(seconds)

    async def put_the_clock_back(self, seconds: float) -> None:
        self.world.clock.put_back(seconds)

    async def let_another_ask(self, number: int) -> None:
        """Ask the same as another caller, until that one's head is known as well."""
        wire = self.server.connect()
        for each in self.asked:
            other = replace(each, caller=CALLERS[number % len(CALLERS)])
            await self.ask(other, wire, None, 2)

    async def change_a_fate(self, told: tuple[int, Fate]) -> None:
        name, key = self._key(told[0])
        self.world.sources[name].fates[getattr(key, "address", key)] = told[1]

    async def change_positions(self, told: tuple[int, bool, int]) -> None:
        source = self.world.sources[self._key(told[0])[0]]
        _, source.stands, source.behind = told

    async def let_a_feed_tell(self, number_and_time: tuple[int, float | None]) -> None:
        number, holds = number_and_time
        name, key = self._key(number)
        now = self.world.clock.time()
        told = self.world.sources[name].answer(key)
        if not isinstance(told, UpstreamError):
            await self.world.readings[name].keep(key, Entry(told, now, None if holds is None else now + holds))

    async def let_a_feed_go(self, number: int) -> None:
        name, key = self._key(number)
        known = await self.world.readings[name].known(key)
        if known is not None:
            await self.world.readings[name].keep(key, Entry(known.answer, known.read_at))

    async def drop(self, number: int) -> None:
        name, key = self._key(number)
        terms = self.world.sources[name].terms
        await self.world.plane.store.drop([self.world.plane.names.of(terms, key)])

    async def connect_anew(self, place: int) -> None:
        self.wires[place] = self.server.connect()

    def _key(self, number: int) -> tuple[str, Any]:
        return self.keys[number % len(self.keys)]
