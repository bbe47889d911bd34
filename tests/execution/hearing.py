"""Several listeners to one subscription in each of two worlds, which are told the same."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import msgspec
from strawberry.http import GraphQLRequestData

from gateway.domain.caller import Caller
from gateway.domain.exchange import Exchange
from gateway.domain.problem import Problem, ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Outcome, Position, PositionKind, Reading, ServedFrom
from gateway.readings.entry import Entry
from gateway.server.answer import answer_of
from gateway.server.operation import subscribe
from tests.execution import figures
from tests.execution.source import Fate
from tests.execution.twins import Differs, Question, Side, Twins

# The third has the same account at the exchange, and is another caller.
_ALIKE: Final = figures.HOLDING[Fate.READ]
CALLERS: Final = (_ALIKE, _ALIKE, Caller("other", _ALIKE.scopes, {Exchange.SFOX: figures.CREDENTIALS[Fate.READ]}))
# Seconds after which it is taken that nothing will be heard any more.
_PATIENCE: Final = 20
# The end of what can be heard.
_OVER: Final = b""

# Makes what is told of a present entry, in one world at one moment.
News: TypeAlias = Callable[[Any, Entry, float], Reading[Any]]


def _problem(code: ProblemCode) -> Problem:
    return Problem(code, Provider.SOLANA_RPC, "As fated.", retryable=True, retry_after=7, reference="0" * 12)


def _told(entry: Entry, outcome: Outcome, problem: Problem | None, live: Any) -> Reading[Any]:
    provenance = live._readings.provenance(entry, ServedFrom.CACHE)  # noqa: SLF001 - as a feed's trouble is told
    answer = cast("Answer[Any]", entry.answer)
    return Reading(outcome, answer.value, problem, provenance, keeps=entry.keeps)


def _anew(live: Any, entry: Entry, now: float) -> Reading[Any]:
    """Tell a figure as it was read just now, at a later position."""
    answer = cast("Answer[Any]", entry.answer)
    again = Entry(Answer(answer.value, "feed", Position(PositionKind.SLOT, int(now))), now)
    return cast("Reading[Any]", live._readings.reading(again, ServedFrom.FEED))  # noqa: SLF001 - as a feed's figure is told


NEWS: Final[Sequence[News]] = (
    _anew,
    lambda live, entry, _: _told(entry, Outcome.FRESH, None, live),
    # The same value, of which everything settled is kept in its written form, as something else.
    lambda live, entry, _: _told(entry, Outcome.STALE, _problem(ProblemCode.TIMEOUT), live),
    lambda live, entry, _: _told(entry, Outcome.STALE, _problem(ProblemCode.RATE_LIMITED), live),
    lambda *_: Reading(Outcome.UNAVAILABLE, problem=_problem(ProblemCode.REJECTED)),
    lambda live, _, now: live._readings.reading(Entry(Absent("ask"), now), ServedFrom.UPSTREAM),  # noqa: SLF001 - likewise
    _anew,
)


# What no source tells: null where the schema has none, and no member of an enumeration.
BROKEN: Final[Sequence[News]] = (
    lambda live, entry, _: _told(entry, cast("Outcome", None), None, live),
    lambda live, entry, _: _told(entry, cast("Outcome", "NONE"), None, live),
    _anew,
)


@dataclass(slots=True)
class _Ear:
    """One listener, and what it has been told but nobody has looked at."""

    side: Side
    question: Question
    heard: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    async def listen(self) -> None:
        context = self.side.world.parts.context(self.question.caller)
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
        # What each world keeps of what is listened to, as it was at first.
        self._entries: dict[tuple[int, str], Entry] = {}
        self._sides = (twins.compiled, twins.reference)
        self._ears = [
            [_Ear(side, Question(question.text, question.variables, caller)) for caller in CALLERS]
            for side in self._sides
        ]

    async def agree(self, news: Sequence[News]) -> int:
        """Tell each of both worlds the same, and hold all that is heard of it to each other; raises `Differs`.

        What is asked for it is the same too, but for what is broken: the compiled side finds that out when it writes,
        with all that it asks for at hand. Gives how many events were heard by each listener.
        """
        async with self._listening():
            events, is_over = 0, await self._hear_one(is_broken=False)
            for each in news:
                if is_over:
                    return events
                events += 1
                self._twins.clock.advance(0.5)
                for side in self._sides:
                    self._tell(side, each)
                is_over = await self._hear_one(is_broken=news is BROKEN)
            return events

    @asynccontextmanager
    async def _listening(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(ear.listen()) for ears in self._ears for ear in ears]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for side in self._sides:
                await side.world.parts.listening.close()
                await side.world.landed()

    def _tell(self, side: Side, news: News) -> None:
        listening = side.world.parts.listening
        for live in (listening.runes_by_address, listening.token_account_by_address, listening.wallets_by_credential):
            for watch in live._watches.values():  # noqa: SLF001 - told as by a feed
                entry = self._entries.setdefault((id(side), watch.name), _entry(watch.audience.latest))
                watch.audience.tell(news(live, entry, self._twins.clock.time()), heartbeat=True)

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


def _entry(first: Reading[Any] | None) -> Entry:
    assert first is not None
    answer: Answer[Any] = Answer(first.value, "feed", Position(PositionKind.SLOT, 7))
    return Entry(answer, 0, keeps={} if first.keeps is None else first.keeps)
