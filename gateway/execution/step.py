"""One field that something has to be asked for, resolved for all objects of its place together."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from inspect import CORO_CREATED, getcoroutinestate, isawaitable, iscoroutine
from typing import Any, Protocol, TypeAlias, TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    is_list_type,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable
from graphql.type import get_nullable_type

from gateway.execution.declaration import Ahead, Arguments, Hit
from gateway.execution.unhandled import Reason, Unhandled

A = TypeVar("A")
T = TypeVar("T")

# From the values of a field to the objects that a field below it is asked of.
Descent: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Run:
    """One execution: who asks, and each step's arguments, by its index; the steps leave their values in `columns`."""

    context: Any
    variables: VariableValues
    arguments: Sequence[Arguments]
    columns: list[Sequence[Any]]
    # All that may be left without anybody who waits for it.
    _opened: list[Any] = field(default_factory=list)

    def opens(self, each: A) -> A:
        """Take note of what has to be waited for, and give it back."""
        self._opened.append(each)
        return each

    def close(self) -> None:
        """End what was opened and never begun: what came before it has failed."""
        for each in self._opened:
            if iscoroutine(each) and getcoroutinestate(each) == CORO_CREATED:
                each.close()


class Lost(Unhandled):
    """What failed may not be null, nor anything that it lies in: the whole answer is lost."""


class Resolve(Protocol):
    """Gives one value for each source, in order."""

    def __call__(self, run: Run, sources: Sequence[Any], arguments: Arguments, ahead: Ahead | None, /) -> Any: ...


@dataclass(slots=True)
class Step:
    """A field at one place of an operation, and the steps below it."""

    index: int
    definition: GraphQLField
    node: FieldNode
    resolve: Resolve
    hit: Hit | None
    # Whether the whole answer is lost when this fails.
    is_vital: bool
    # None where nothing of its values can be written ahead.
    ahead: Ahead | None = None
    below: list[tuple[Descent, "Step"]] = field(default_factory=list)

    @property
    def has_hits(self) -> bool:
        """Say whether this and all below it may be at hand."""
        return self.hit is not None and all(step.has_hits for _, step in self.below)

    def take(self, run: Run, sources: Sequence[Any]) -> bool:
        """Find all values, here and below, where they are at hand; says whether they are."""
        values = self.hit(sources, run.context, run.arguments[self.index]) if self.hit else None
        if values is None:
            return False
        run.columns[self.index] = values
        return all(step.take(run, descend(values)) for descend, step in self.below)

    def begin(self, run: Run, sources: Sequence[Any]) -> Awaitable[None] | None:
        """Resolve as far as nothing is waited for; give what is left to wait for."""
        try:
            values = self.resolve(run, sources, run.arguments[self.index], self.ahead) if sources else ()
        except Exception as fault:
            if self.is_vital:
                raise Lost(Reason.RAISED) from fault
            raise
        if isinstance(values, _Lists) and self.below:
            return run.opens(self._one_by_one(run, values.values))
        if isinstance(values, _Lists):
            values = _settled(values.values)
        if isawaitable(values):
            return run.opens(self._end(run, run.opens(values)))
        return self._go_on(run, values)

    async def _one_by_one(self, run: Run, values: Sequence[Any]) -> None:
        """Go on below each item as it comes: one that is slow holds up none beside it."""
        items = [item for value in values for item in _items(value)]
        ended = await asyncio.gather(*(self._item(run, item) for item in items), return_exceptions=True)
        found = [_unless_failed(each) for each in ended]
        rest = iter([value for value, _ in found])
        run.columns[self.index] = [
            [next(rest) for _ in value] if isinstance(value, list) else next(rest) for value in values
        ]
        for index in self._beneath():
            run.columns[index] = [value for _, columns in found for value in columns[index]]

    async def _item(self, run: Run, item: Any) -> tuple[Any, Sequence[Sequence[Any]]]:
        """Give an item, and what the steps below it come to."""
        value = await item if is_awaitable(item) else item
        own = replace(run, columns=[()] * len(run.columns))
        rest = begin_all(own, [(step, descend([[value]])) for descend, step in self.below])
        if rest is not None:
            await rest
        return value, own.columns

    def _beneath(self) -> Iterator[int]:
        for _, step in self.below:
            yield step.index
            yield from step._beneath()  # noqa: SLF001 - another of the same

    async def _end(self, run: Run, values: Awaitable[Sequence[Any]]) -> None:
        try:
            came = await values
        except Exception as fault:
            if self.is_vital:
                raise Lost(Reason.RAISED) from fault
            raise
        rest = self._go_on(run, came)
        if rest is not None:
            await rest

    def _go_on(self, run: Run, values: Sequence[Any]) -> Awaitable[None] | None:
        run.columns[self.index] = values
        return begin_all(run, [(step, descend(values)) for descend, step in self.below])


def begin_all(run: Run, due: Iterable[tuple[Step, Sequence[Any]]]) -> Awaitable[None] | None:
    """Begin steps of one moment, so that what they ask for is asked together."""
    waiting = [rest for step, sources in due if (rest := step.begin(run, sources)) is not None]
    if len(waiting) < 2:  # noqa: PLR2004 - one is waited for as it is
        return waiting[0] if waiting else None
    return run.opens(_all(waiting))


async def _all(waiting: Sequence[Awaitable[None]]) -> None:
    """Wait for all, as the reference executor does: what failed beside them spoils them only where all is lost."""
    tasks = [asyncio.ensure_future(each) for each in waiting]
    left: set[asyncio.Future[None]] = set(tasks)
    try:
        while left and not any(map(_is_lost, tasks)):
            _, left = await asyncio.wait(left, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        for each in left:
            each.cancel()
        if left:
            await asyncio.wait(left)
    for each in sorted(tasks, key=_is_lost, reverse=True):
        if not each.cancelled():
            each.result()


def _is_lost(task: asyncio.Future[None]) -> bool:
    return task.done() and not task.cancelled() and isinstance(task.exception(), Lost)


def _unless_failed(ended: T | BaseException) -> T:
    if isinstance(ended, BaseException):
        raise ended
    return ended


@dataclass(frozen=True, slots=True)
class _Lists:
    """Values of which some are lists with items that have to be waited for."""

    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Resolvers:
    """Calls a field's own resolver for each object, where nothing is declared of all of them together."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]

    def of(self, kind: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode]) -> Resolve:
        resolver: Any = definition.resolve
        may_hold_awaitables = is_list_type(get_nullable_type(definition.type))

        def resolve(run: Run, sources: Sequence[Any], arguments: Arguments, _: Ahead | None) -> Any:
            info = self._info(kind, definition, nodes, run)
            values = [_opened(run, resolver(source, info, **arguments)) for source in sources]
            if any(map(is_awaitable, values)):
                return _settled(values)
            return _Lists(values) if may_hold_awaitables and any(map(_holds_awaitables, values)) else values

        return resolve

    def _info(
        self, kind: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], run: Run
    ) -> GraphQLResolveInfo[Any]:
        node = nodes[0]
        return GraphQLResolveInfo(
            field_name=node.name.value,
            field_nodes=nodes,
            return_type=definition.type,
            parent_type=kind,
            # Where it stands among its siblings is not known to a step; only errors tell, and those are not told here.
            path=Path(None, (node.alias or node.name).value, kind.name),
            schema=self.schema,
            fragments=self.fragments,
            root_value=None,
            operation=self.operation,
            # As Strawberry hands it to resolvers.
            variable_values=run.variables.coerced,  # type: ignore[arg-type]  # the same
            context=run.context,
            is_awaitable=is_awaitable,
            abort_signal=None,
            async_helpers=None,  # type: ignore[arg-type]  # no resolver is given the executor's own
        )


def _opened(run: Run, value: Any) -> Any:
    for each in _items(value):
        if is_awaitable(each):
            run.opens(each)
    return value


def _holds_awaitables(value: Any) -> bool:
    return isinstance(value, list) and any(map(is_awaitable, value))


async def _settled(values: Sequence[Any]) -> Sequence[Any]:
    """Wait for values and for the items of those that are lists, all at once: what they ask for is asked together."""
    waited = [each for value in values for each in _items(value) if is_awaitable(each)]
    # One alone needs no task of its own, and fails as soon as it fails for the reference executor.
    ended = [await waited[0]] if len(waited) == 1 else await asyncio.gather(*waited, return_exceptions=True)
    rest = iter([_unless_failed(each) for each in ended])
    found = [_with_ended(value, rest) for value in values]
    return await _settled(found) if any(map(_holds_awaitables, found)) else found


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else (value,)


def _with_ended(value: Any, ended: Iterator[Any]) -> Any:
    """Put what came in the place of what was waited for."""
    if isinstance(value, list):
        return [next(ended) if is_awaitable(each) else each for each in value]
    return next(ended) if is_awaitable(value) else value


def quietly(write: Ahead) -> Ahead:
    """Let nothing come of what cannot be written ahead: it is met again when the answer is."""

    def ahead(value: Any) -> None:
        with suppress(Exception):
            write(value)

    return ahead


def checked(values: Sequence[Any], sources: Sequence[Any]) -> Sequence[Any]:
    """Hold a resolver of many to one value for each; raises `Unhandled`."""
    if len(values) != len(sources):
        raise Unhandled(Reason.VALUE)
    return values
