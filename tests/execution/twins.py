"""Two worlds that live through the same: one answers as compiled, the other by the reference executor."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast
from unittest import mock

import msgspec
from cross_web import HTTPException
from graphql import GraphQLError, parse
from strawberry.extensions import SchemaExtension
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType
from structlog.testing import capture_logs

from gateway.domain.caller import Caller
from gateway.execution.compiler import Compiler
from gateway.execution.fragment import Fragments
from gateway.execution.plans import Plans, Prepared
from gateway.execution.unhandled import Unhandled
from gateway.schema.compiled import DECLARATIONS
from gateway.schema.context import Context
from gateway.schema.schema import create_schema
from gateway.server.answer import answer_of
from gateway.server.compiled import Compiled
from gateway.server.guard import Documents, Guard
from gateway.server.masking import SealedSchema
from gateway.server.operation import execute
from gateway.server.refusal import json_response
from gateway.server.wallet_rows import WalletRows
from tests.execution.figures import ANONYMOUS
from tests.execution.world import World
from tests.readings.clock import StandingClock

# As many bytes of pieces as make some go now and then.
ROOM: Final = 200_000


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

    def __init__(self, clock: StandingClock, *, kind: type[Compiler] | None = None) -> None:
        """`kind` compiles; without it the reference executor answers."""
        self.world = World(clock)
        self.hows: list[str] = []
        self.plans: Plans | None = None
        self.fragments = Fragments(ROOM)
        documents: list[Documents] = []
        limits = self.world.parts.limits
        extensions: list[Callable[[], SchemaExtension]] = [lambda: Guard(documents[0], limits), WalletRows]
        if kind is not None:
            extensions.append(lambda: Compiled(cast("Plans", self.plans), explains=False))
        self.schema = cast("SealedSchema", create_schema(extensions, SealedSchema))
        documents.append(Documents(self.schema.graphql, limits))
        if kind is not None:
            self.plans = Plans(kind(self.schema.graphql, DECLARATIONS, self.fragments))

    async def ask(self, question: Question) -> tuple[Told, Context]:
        before = self.world.asked
        context = self.world.parts.context(question.caller, max_age=question.max_age)
        asked = GraphQLRequestData(
            query=question.text, variables=dict(question.variables), operation_name=question.name, extensions=None
        )
        try:
            result = await execute(self.schema, asked, context, {OperationType.QUERY})
        except (HTTPException, InvalidOperationTypeError) as refused:
            return Told(repr(refused).encode(), {}, {}), context
        answer = answer_of(result)
        headers = context.loaders.freshness.headers(context.now, whole="errors" not in answer)
        body = _in_order(bytes(json_response(answer).body))
        await self.world.landed()
        asked_now = {name: counted - before[name] for name, counted in self.world.asked.items()}
        return Told(body, headers, asked_now), context

    def sight(self, question: Question) -> None:
        """Let a text be compiled at once, as if it had been seen before."""
        with suppress(Unhandled, GraphQLError):
            cast("Plans", self.plans).prepare(question.text, parse(question.text), question.name, {})


def _in_order(body: bytes) -> bytes:
    """Put errors in the order of their places.

    The language knows no order of errors: the reference executor tells them as they come, and what was loaded before
    an operation was left to it comes at once.
    """
    answer = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    if "errors" in answer:
        errors = msgspec.json.decode(answer["errors"])
        errors.sort(key=lambda error: [str(each) for each in error.get("path", ())])
        answer["errors"] = msgspec.Raw(msgspec.json.encode(errors))
    return msgspec.json.encode(answer)


class Differs(AssertionError):
    """The two sides told different things."""


class Twins:
    """Both sides; `hows` counts how the compiled side answered."""

    def __init__(self, kind: type[Compiler] = Compiler) -> None:
        self.clock = StandingClock()
        self.compiled = Side(self.clock, kind=kind)
        self.reference = Side(self.clock)
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
        self.compiled.sight(question)
        told, context = await self.compiled.ask(question)
        expected, _ = await self.reference.ask(question)
        self.hows.update(self._new_hows())
        if told != expected:
            raise Differs(f"{question}\ncompiled:  {told}\nreference: {expected}")
        if context.weighed.prepared is not None:
            await self._walk_both(question, context.weighed.prepared)
        return told

    def _new_hows(self) -> Mapping[str, int]:
        counts = self.compiled.world.runs._counts  # noqa: SLF001 - told to metrics alone, and reset by whoever reads them
        new = {how: count for how, count in counts.items() if count}
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


@asynccontextmanager
async def open_twins(kind: type[Compiler] = Compiler) -> AsyncIterator[Twins]:
    """Give twins whose problems have one reference: it is drawn at random, and alone may differ."""
    # What the log says is not held against each other, and there is much of it.
    with mock.patch.object(secrets, "token_hex", lambda size: "0" * 2 * size), capture_logs():
        yield Twins(kind)
