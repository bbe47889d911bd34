"""Two worlds that live through the same: one answers as compiled, the other by the reference executor."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast
from unittest import mock

from cross_web import HTTPException
from graphql import GraphQLError, GraphQLSchema
from strawberry.extensions import SchemaExtension
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType
from structlog.testing import capture_logs

from gateway.domain.caller import Caller
from gateway.execution.compiler import Compiler
from gateway.execution.event import Events
from gateway.execution.fragment import Fragments
from gateway.execution.plans import Plans, Prepared
from gateway.execution.unhandled import Unhandled
from gateway.schema.compiled import DECLARATIONS
from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.answer import answer_of
from gateway.server.compiled import AT_HAND, COMPILED, Compiled
from gateway.server.documents import Documents
from gateway.server.guard import Guard
from gateway.server.masking import SealedSchema
from gateway.server.operation import execute
from gateway.server.refusal import json_response
from gateway.server.wallet_rows import WalletRows
from tests.execution.figures import ANONYMOUS
from tests.execution.world import World
from tests.readings.clock import StandingClock

SCHEMA: Final = create_schema().graphql
# As many bytes of pieces as make some go now and then.
ROOM: Final = 200_000


# Makes what finds the plans of a schema's operations.
Make: TypeAlias = Callable[[GraphQLSchema], Plans]


def made(schema: GraphQLSchema) -> Plans:
    return Plans(Compiler(schema, DECLARATIONS, Fragments(ROOM)))


@dataclass(frozen=True, slots=True)
class Question:
    """An operation, who asks, and the age that it accepts where a field names none."""

    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    caller: Caller = ANONYMOUS
    max_age: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What came back, to the byte, and what had to be asked for it."""

    body: bytes
    headers: Mapping[str, str]
    asked: Mapping[str, Counter[Any]]


class Side:
    """One of the two worlds, and the schema that answers in it."""

    def __init__(self, world: World, documents: Documents, plans: Plans | None) -> None:
        """Without `plans` the reference executor answers."""
        self.world = world
        self.plans = plans
        limits = world.parts.limits
        extensions: list[Callable[[], SchemaExtension]] = [lambda: Guard(documents, limits), WalletRows]
        if plans is not None:
            events = Events()
            extensions.append(lambda: Compiled(plans, events, explains=False))
        self.schema = cast("SealedSchema", create_schema(extensions, SealedSchema))

    async def ask(self, question: Question) -> Told:
        before = self.world.asked
        context = self.world.parts.context(question.caller, max_age=question.max_age)
        asked = GraphQLRequestData(
            query=question.text, variables=dict(question.variables), operation_name=question.name, extensions=None
        )
        try:
            result = await execute(self.schema, asked, context, {OperationType.QUERY})
        except (HTTPException, InvalidOperationTypeError) as refused:
            return Told(repr(refused).encode(), {}, {})
        answer = answer_of(result)
        headers = context.loaders.freshness.headers(context.now, whole="errors" not in answer)
        body = bytes(json_response(answer).body)
        await self.world.landed()
        asked_now = {name: +(counted - before[name]) for name, counted in self.world.asked.items()}
        return Told(body, headers, asked_now)


def _more_asked(one: Told, other: Told) -> str:
    """Write what only one of two asked, or asked more often."""
    names = one.asked.keys() & other.asked.keys()
    more = [(name, one.asked[name] - other.asked[name], other.asked[name] - one.asked[name]) for name in names]
    return "\n".join(f"{name}: {counted} and not {missing}" for name, counted, missing in more if counted or missing)


class Differs(AssertionError):
    """The two sides told different things."""


class Twins:
    """Both sides; `hows` counts how the compiled side answered.

    Errors are compared in their order: all sources take as long to answer, so the order in which they do is one.
    """

    def __init__(self, make: Make) -> None:
        self.clock = StandingClock()
        # Read once for both: what is held against each other begins where a document is valid.
        self._documents = Documents(SCHEMA, RequestLimits())
        self._plans = make(SCHEMA)
        self.compiled = Side(World(self.clock), self._documents, self._plans)
        self.reference = Side(World(self.clock), self._documents, None)
        self.hows: Counter[str] = Counter()
        # Both paths of a plan tell the same, so each is walked where both are open.
        self.walked_twice = 0

    async def warm(self, questions: Sequence[Question], seconds: float) -> None:
        """Let what is asked be read, and then grow old."""
        for question in questions:
            await self.agree(question)
        self.clock.advance(seconds)

    async def agree(self, question: Question) -> Told:
        """Ask both, and hold them to one answer; raises `Differs`."""
        self._sight(question)
        told = await self.compiled.ask(question)
        expected = await self.reference.ask(question)
        hows = self.new_hows()
        self.hows.update(hows)
        if told != expected:
            raise Differs(f"{question}\ncompiled:  {told}\nreference: {expected}\n{_more_asked(told, expected)}")
        is_compiled = bool(hows.keys() & {AT_HAND, COMPILED})
        prepared = self._prepared(question, question.variables) if is_compiled else None
        if prepared is not None:
            await self._walk_both(question, prepared)
        return told

    def _sight(self, question: Question) -> None:
        """Let a text be compiled at once, as if it had been seen before."""
        self._prepared(question, {})

    def _prepared(self, question: Question, sent: Mapping[str, Any]) -> Prepared | None:
        """Give what runs a question, where that is a valid one and can be run so."""
        with suppress(Unhandled, GraphQLError):
            known = self._documents.get(question.text)
            if not self._documents.validated(known):
                return self._plans.prepare(question.text, known.document, question.name, sent)
        return None

    def is_valid(self, question: Question) -> bool:
        return not self._documents.validated(self._documents.get(question.text))

    def new_hows(self) -> Counter[str]:
        """Give how the compiled side has run operations since this was asked."""
        counts = self.compiled.world.runs._counts  # noqa: SLF001 - told to metrics alone, and reset by whoever reads them
        new = Counter({how: count for how, count in counts.items() if count})
        for how in new:
            counts[how] = 0
        return new

    async def _walk_both(self, question: Question, prepared: Prepared) -> None:
        """Hold the way that waits to the one that does not, where nothing has to be asked."""
        parts = self.compiled.world.parts
        at_once, waiting = (parts.context(question.caller, max_age=question.max_age) for _ in range(2))
        found = prepared.plan.at_hand(prepared.given, at_once, at_once.moment)
        if found is None:
            return
        waited = await prepared.plan.answer(prepared.given, waiting, waiting.moment)
        ages = [context.loaders.freshness.headers(context.now) for context in (at_once, waiting)]
        if b"".join(found) != b"".join(waited) or ages[0] != ages[1]:
            raise Differs(f"{question}\nat hand: {found!r} {ages[0]}\nwaiting: {waited!r} {ages[1]}")
        self.walked_twice += 1
        # What was nearly too old has been read again on this side alone, unless the question itself had that done.
        await self.compiled.world.landed()


@contextmanager
def same_references() -> Iterator[None]:
    """Let all problems have one reference: it is drawn at random, and alone may differ."""
    with mock.patch.object(secrets, "token_hex", lambda size: "0" * 2 * size):
        yield


@asynccontextmanager
async def open_twins(make: Make = made) -> AsyncIterator[Twins]:
    """Give twins; what the log says is not held against each other, and there is much of it."""
    with same_references(), capture_logs():
        yield Twins(make)
