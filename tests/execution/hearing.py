"""Several listeners to one subscription in each of two worlds, which are told the same."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, cast

import msgspec
from strawberry.http import GraphQLRequestData

from gateway.domain.caller import Caller
from gateway.domain.clock import Clock, Deadline
from gateway.domain.exchange import Exchange
from gateway.domain.problem import Problem, ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Outcome, Position, PositionKind, Reading, ServedFrom
from gateway.loaders.listening import Listening
from gateway.readings.audience import Audience
from gateway.readings.entry import Entry
from gateway.readings.readings import Readings
from gateway.server.answer import answer_of
from gateway.server.operation import subscribe
from gateway.server.parts import Parts
from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import Differs, Question, Side, Twins

# The third has the same account at the exchange, and is another caller.
_ALIKE: Final = figures.HOLDING[Fate.READ]
CALLERS: Final = (_ALIKE, _ALIKE, Caller("other", _ALIKE.scopes, {Exchange.SFOX: figures.CREDENTIALS[Fate.READ]}))
# Seconds after which it is taken that nothing will be heard any more.
_PATIENCE: Final = 20
# Seconds after which another listener comes.
_LATER: Final = 11
# The end of what can be heard.
_OVER: Final = b""

# Makes what is told of a present entry, by one world's readings at one moment.
News: TypeAlias = Callable[[Readings[Any, Any], Entry, float], Reading[Any]]


def _problem(code: ProblemCode) -> Problem:
    return Problem(code, Provider.SOLANA_RPC, "As fated.", retryable=True, retry_after=7, reference="0" * 12)


def _told(readings: Readings[Any, Any], entry: Entry, outcome: Outcome, problem: Problem | None) -> Reading[Any]:
    provenance = readings.reading(entry, ServedFrom.CACHE).provenance
    answer = cast("Answer[Any]", entry.answer)
    return Reading(outcome, answer.value, problem, provenance, keeps=entry.keeps)


def _anew(readings: Readings[Any, Any], entry: Entry, now: float) -> Reading[Any]:
    """Tell a figure as it was read just now, at a later position."""
    answer = cast("Answer[Any]", entry.answer)
    again = Entry(Answer(answer.value, "feed", Position(PositionKind.SLOT, int(now))), now)
    return readings.reading(again, ServedFrom.FEED)


NEWS: Final[Sequence[News]] = (
    _anew,
    lambda readings, entry, _: _told(readings, entry, Outcome.FRESH, None),
    # The same value, of which everything settled is kept in its written form, as something else.
    lambda readings, entry, _: _told(readings, entry, Outcome.STALE, _problem(ProblemCode.TIMEOUT)),
    lambda readings, entry, _: _told(readings, entry, Outcome.STALE, _problem(ProblemCode.RATE_LIMITED)),
    lambda *_: Reading(Outcome.UNAVAILABLE, problem=_problem(ProblemCode.REJECTED)),
    lambda readings, _, now: readings.reading(Entry(Absent("ask"), now), ServedFrom.UPSTREAM),
    _anew,
)


# What no source tells: null where the schema has none, and no member of an enumeration.
BROKEN: Final[Sequence[News]] = (
    lambda readings, entry, _: _told(readings, entry, cast("Outcome", None), None),
    lambda readings, entry, _: _told(readings, entry, cast("Outcome", "NONE"), None),
    _anew,
)


class _Told:
    """Stands in for live readings, which also read by themselves after a while: it tells the present, and news."""

    def __init__(self, readings: Readings[Any, Any], clock: Clock) -> None:
        self._readings = readings
        self._clock = clock
        self._audiences: dict[Any, Audience[Any]] = {}
        # What was told first, by keys.
        self._entries: dict[Any, Entry] = {}

    async def listen(self, key: Any) -> AsyncGenerator[Reading[Any], None]:
        audience = self._audiences.setdefault(key, Audience())
        listener = audience.admit()
        try:
            if audience.latest is None and len(audience) == 1:
                (first,) = await self._readings.read([key], Deadline.after(self._clock, 5))
                self._entries[key] = _entry(first)
                audience.tell(first, heartbeat=False)
            async for reading in listener.hear():
                yield reading
        finally:
            audience.leave(listener)

    def tell(self, news: News) -> None:
        now = self._clock.time()
        for key, audience in self._audiences.items():
            audience.tell(news(self._readings, self._entries[key], now), heartbeat=True)


@dataclass(slots=True)
class _Ear:
    """One listener, and what it has been told but nobody has looked at."""

    side: Side
    parts: Parts
    question: Question
    heard: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def listen(self) -> None:
        context = self.parts.context(self.question.caller)
        asked = GraphQLRequestData(
            query=self.question.text,
            variables=dict(self.question.variables),
            operation_name=None,
            extensions=None,
        )
        try:
            async with aclosing(await subscribe(self.side.schema, asked, context)) as results:
                async for result in results:
                    self.heard.put_nowait(msgspec.json.encode(answer_of(result)))
        finally:
            self.heard.put_nowait(_OVER)

    async def hear(self) -> bytes:
        async with asyncio.timeout(_PATIENCE):
            return await self.heard.get()


class Hearing:
    """All who listen to one subscription."""

    def __init__(self, twins: Twins, question: Question) -> None:
        self._twins = twins
        self._question = question
        self._sides = (twins.compiled, twins.reference)
        self._told = [
            [_Told(side.world.readings[name], twins.clock) for name in Listening.__slots__] for side in self._sides
        ]
        self._parts = [
            replace(side.world.parts, listening=Listening(*cast("Any", told)))
            for side, told in zip(self._sides, self._told, strict=True)
        ]
        self._ears = self._seated(CALLERS)

    def _seated(self, callers: Sequence[Caller]) -> list[list[_Ear]]:
        return [
            [_Ear(side, parts, replace(self._question, caller=caller)) for caller in callers]
            for side, parts in zip(self._sides, self._parts, strict=True)
        ]

    async def agree(self, news: Sequence[News]) -> int:
        """Tell each of both worlds the same, and hold all that is heard of it to each other; raises `Differs`.

        What is asked for it is the same too, but for what is broken: the compiled side finds that out when it writes,
        with all that it asks for at hand. Gives how many events were heard by each listener.
        """
        async with self._listening() as listen:
            events, is_over = 0, await self._hear_one(is_broken=False)
            for each in news:
                if is_over:
                    return events
                events += 1
                self._twins.clock.advance(0.5)
                for told in itertools.chain(*self._told):
                    told.tell(each)
                is_over = await self._hear_one(is_broken=news is BROKEN)
            # Whoever comes later hears what others have heard, when what is asked further has grown too old.
            self._twins.clock.advance(_LATER)
            self._ears = self._seated([_ALIKE])
            listen()
            await self._hear_one(is_broken=news is BROKEN)
            return events

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[Callable[[], None]]:
        tasks: list[asyncio.Task[None]] = []

        def listen() -> None:
            tasks.extend(asyncio.create_task(ear.listen()) for ears in self._ears for ear in ears)

        listen()
        try:
            yield listen
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for side in self._sides:
                await side.world.landed()

    async def _hear_one(self, *, is_broken: bool) -> bool:
        """Compare one event of each listener; says whether it was the last."""
        asked: list[Mapping[str, Counter[Any]]] = []
        heard = []
        for side, ears in zip(self._sides, self._ears, strict=True):
            heard.append([await ear.hear() for ear in ears])
            await side.world.landed()
            asked.append(side.world.asked)
        if heard[0] != heard[1] or (asked[0] != asked[1] and not is_broken):
            raise Differs(f"{self._question}\ncompiled:  {heard[0]}\nreference: {heard[1]}\n{asked}")
        return heard[0][0] == _OVER


def _entry(first: Reading[Any]) -> Entry:
    answer: Answer[Any] = Answer(first.value, "feed", Position(PositionKind.SLOT, 7))
    return Entry(answer, 0, keeps={} if first.keeps is None else first.keeps)
