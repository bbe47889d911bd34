"""One operation on its way to a plan: walked once with the schema, it becomes the source of what answers it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from gateway.execution import leaf
from gateway.execution.code import Code, descent, written_ahead
from gateway.execution.declaration import Ahead, Arguments, Column
from gateway.execution.place import SKIPS_NULL, TAKES_ITEMS, Place
from gateway.execution.plan import Plan
from gateway.execution.records import Records, runs
from gateway.execution.selection import Selections
from gateway.execution.step import Resolve, Resolvers, Run, Step, checked, quietly
from gateway.execution.unhandled import Reason, Unhandled
from gateway.execution.vocabulary import Vocabulary, attribute, has_resolver

# A subscription's own field is what the operation is asked of.
_EVENT: Final = Column(lambda sources, *_: list(sources), lambda sources, *_: sources)
_META: Final = ("__schema", "__type")
# Fields in one function, each type that an object may have counted apart.
_MOST_FIELDS: Final = 2000


def _is_never_null(kind: GraphQLOutputType) -> bool:
    """Say whether neither a value nor an item in it may be null."""
    inner = get_nullable_type(kind)
    return is_non_null_type(kind) and (not is_list_type(inner) or _is_never_null(inner.of_type))


def _of_many(column: Column) -> Resolve:
    def resolve(run: Run, sources: Sequence[Any], arguments: Arguments, ahead: Ahead | None) -> Any:
        values = column.load(sources, run.context, arguments, ahead)
        return checked(values, sources) if isinstance(values, list) else _checked_later(values, sources)

    return resolve


async def _checked_later(values: Any, sources: Sequence[Any]) -> Sequence[Any]:
    return checked(await values, sources)


@dataclass(slots=True)
class _Written:
    """A function's code, and how many names it has given out."""

    code: Code = field(default_factory=Code)
    given: int = 0

    def name(self) -> str:
        self.given += 1
        return f"v{self.given}"


class Compilation:
    """One operation on its way to a plan."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        selections: Selections,
    ) -> None:
        self._vocabulary = vocabulary
        self._operation = operation
        self._selections = selections
        self._records = Records(vocabulary.declarations.records, selections)
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._resolvers = Resolvers(vocabulary.schema, operation, fragments)
        self._steps: list[Step] = []
        self._descents: list[tuple[Step, Step, str]] = []
        self._functions: dict[str, str] = {}
        # By step: what can be written of its values as soon as they are known, and where it is kept.
        self._ahead: dict[int, list[tuple[str, str]]] = {}
        self._fields = 0
        self._moves = False

    def plan(self, root: GraphQLObjectType) -> Plan:
        main = _Written()
        self._object(main, "None", root, [self._operation.selection_set], Place())
        for step in self._steps:
            main.code.lines.insert(0, f"    c{step.index} = iter(columns[{step.index}])")
        ahead = {index: written_ahead(index, pieces) for index, pieces in self._ahead.items()}
        sources = [*self._functions.values(), *(source for _, _, source in self._descents), *ahead.values()]
        source = "\n".join([*sources, main.code.function("write(columns, now)", "out")])
        names = self._vocabulary.names()
        try:
            exec(compile(source, "<operation>", "exec"), names)  # noqa: S102 - the source is the compiler's own
        except (SyntaxError, RecursionError, MemoryError):
            # Nested deeper than Python reads.
            raise Unhandled(Reason.TOO_LARGE) from None
        for above, step, _ in self._descents:
            above.below.append((names[f"descend_{step.index}"], step))
        for index in ahead:
            self._steps[index].ahead = quietly(names[f"ahead_{index}"])
        return Plan(self._steps, names["write"], source, moves=self._moves, tells=self._tells())

    def _tells(self) -> Callable[[Any], object] | None:
        """Find what an event's text depends on, where that is neither the moment nor anything else that is asked."""
        if self._operation.operation is not OperationType.SUBSCRIPTION or self._moves or len(self._steps) != 1:
            return None
        return self._vocabulary.declarations.tells.get(self._steps[0].node.name.value)

    def _object(
        self, to: _Written, var: str, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode], place: Place
    ) -> None:
        fields = self._selections.fields(kind, sets)
        self._fields += len(fields)
        if self._fields > _MOST_FIELDS:
            raise Unhandled(Reason.TOO_LARGE)
        kept = self._records.kept(kind, fields, place)
        to.code.literal(b"{")
        comma = b""
        for names in runs(fields, kept):
            to.code.literal(comma)
            comma = b","
            some = {name: fields[name] for name in names}
            if any(name in kept for name in names) and self._records.is_worth_keeping(kind, some):
                self._keep(to, var, kind, some, place)
            else:
                self._members(to, var, kind, some, place)
        to.code.literal(b"}")

    def _members(
        self, to: _Written, var: str, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], place: Place
    ) -> None:
        comma = b""
        for key, nodes in fields.items():
            to.code.literal(comma + leaf.encode(key) + b":")
            comma = b","
            self._member(to, var, kind, nodes, place)

    def _member(self, to: _Written, var: str, kind: GraphQLObjectType, nodes: list[FieldNode], place: Place) -> None:
        name = nodes[0].name.value
        if name == "__typename":
            to.code.literal(leaf.encode(kind.name))
            return
        if name in _META:
            raise Unhandled(Reason.INTROSPECTION)
        definition = kind.fields[name]
        part = self._records.part(kind, name, nodes, place)
        if part is not None:
            self._moves = self._moves or "now" in part.code
            below = replace(place.on(f"v = {part.code.format(o='v')}"), dressed=False)
            self._value(to, part.code.format(o=var), definition.type, nodes, below)
        elif has_resolver(definition):
            step = self._step(kind, definition, nodes, place)
            self._value(to, f"next(c{step.index})", definition.type, nodes, Place(step))
        else:
            read = attribute(name, definition)
            self._value(to, f"{var}.{read}", definition.type, nodes, place.on(f"v = v.{read}"))

    def _value(self, to: _Written, code: str, kind: GraphQLOutputType, nodes: list[FieldNode], place: Place) -> None:
        nullable, inner = not is_non_null_type(kind), get_nullable_type(kind)
        if is_leaf_type(inner):
            write = self._vocabulary.in_place(get_named_type(inner))
            var = to.name()
            nothing = "NULL" if nullable else "refuse('NULL')"
            to.code.expression(f"({nothing} if ({var} := {code}) is None else {write.format(v=var)})")
            return
        var = to.name()
        to.code.statement(f"{var} = {code}")
        place = place.on(SKIPS_NULL) if nullable else place
        with to.code.block(f"if {var} is None"):
            if nullable:
                to.code.literal(leaf.NULL)
            else:
                to.code.statement("refuse('NULL')")
        with to.code.block("else"):
            if is_list_type(inner):
                self._list(to, var, inner.of_type, nodes, place.on(TAKES_ITEMS))
            else:
                self._composite(to, var, get_named_type(inner), nodes, place)

    def _list(self, to: _Written, var: str, kind: GraphQLOutputType, nodes: list[FieldNode], place: Place) -> None:
        item, separator = to.name(), to.name()
        to.code.statement(f"{separator} = OPEN")
        with to.code.block(f"for {item} in {var}"):
            to.code.expression(separator)
            self._value(to, item, kind, nodes, place)
            to.code.statement(f"{separator} = COMMA")
        to.code.expression(f"(b'[]' if {separator} is OPEN else b']')")

    def _composite(self, to: _Written, var: str, kind: GraphQLNamedType, nodes: list[FieldNode], place: Place) -> None:
        sets = [node.selection_set for node in nodes if node.selection_set]
        if is_object_type(kind):
            self._object(to, var, kind, sets, place)
            return
        of = to.name()
        to.code.statement(f"{of} = classes.get(type({var}))")
        keyword = "if"
        for each in self._selections.concrete(kind):
            with to.code.block(f"{keyword} {of} == {each.name!r}"):
                self._object(to, var, each, sets, place.on(f"if classes.get(type(v)) != {each.name!r}: continue"))
            keyword = "elif"
        with to.code.block("else"):
            to.code.statement("refuse('VALUE')")

    def _keep(
        self, to: _Written, var: str, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], place: Place
    ) -> None:
        """Write some members by a function of their own, or take what it wrote before."""
        own = _Written()
        self._members(own, "record", kind, fields, Place(dressed=False, is_kept=True))
        body = own.code.function("fragment(record)", "b''.join(out)")
        # One selection is one fragment, in whichever document it stands.
        digest = sha256(f"{kind.name}\n{body}".encode()).hexdigest()[:16]
        self._functions[digest] = body.replace("def fragment(", f"def fragment_{digest}(", 1)
        record = self._vocabulary.declarations.records[kind.name]
        if place.step is not None and place.is_of_step:
            self._ahead.setdefault(place.step.index, []).append((digest, str(record.keeps).format(o="v")))
        keeps, piece = to.name(), to.name()
        to.code.statement(f"{keeps} = {str(record.keeps).format(o=var)}")
        to.code.statement(f"{piece} = None if {keeps} is None else {keeps}.get({digest!r})")
        to.code.statement(f"if {piece} is None: {piece} = written({keeps}, {digest!r}, fragment_{digest}, {var})")
        to.code.expression(piece)

    def _step(self, kind: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], place: Place) -> Step:
        is_event = kind is self._vocabulary.schema.subscription_type
        column = _EVENT if is_event else self._vocabulary.declarations.columns.get((kind.name, nodes[0].name.value))
        resolve = _of_many(column) if column else self._resolvers.of(kind, definition, nodes)
        is_vital = place.is_vital and _is_never_null(definition.type)
        step = Step(len(self._steps), definition, nodes[0], resolve, column.hit if column else None, is_vital)
        self._steps.append(step)
        if place.step is not None:
            self._descents.append((place.step, step, descent(step.index, place.way)))
        return step
