"""Makes a plan of an operation: walks it once with the schema, and writes the source of what answers it."""

from collections.abc import Mapping, Sequence
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
    GraphQLSchema,
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
from gateway.execution.code import Code
from gateway.execution.declaration import Ahead, Arguments, Column, Declarations, Part
from gateway.execution.fragment import Fragments
from gateway.execution.plan import Plan
from gateway.execution.selection import Selections, operation_of
from gateway.execution.step import Resolve, Resolvers, Run, Step, checked, quietly
from gateway.execution.unhandled import Reason, Unhandled, refuse

# Where Strawberry leaves its own definition of a field or a type.
_DEFINITION: Final = "strawberry-definition"
SKIPS_NULL: Final = "if v is None: continue"
_META: Final = ("__schema", "__type")
# Ways from a step's value to the value itself, where there is one.
_ITSELF: Final = ((), (SKIPS_NULL,))
# Fields in one function, each type that an object may have counted apart.
_MOST_FIELDS: Final = 2000


@dataclass(frozen=True, slots=True)
class Place:
    """Objects of one place: the step whose values they lie in, the way from there, and whether they are dressed.

    The way is made of statements that take `v` to what lies in it. What is kept already is not kept again in pieces.
    """

    step: Step | None = None
    way: tuple[str, ...] = ()
    dressed: bool = True
    is_kept: bool = False

    def on(self, *way: str) -> "Place":
        return replace(self, way=(*self.way, *way))


class Compiler:
    """Compiles operations of one schema; what it has to be told of the schema is declared."""

    def __init__(self, schema: GraphQLSchema, declarations: Declarations, fragments: Fragments) -> None:
        self.schema = schema
        self.declarations = declarations
        self.fragments = fragments
        # What generated code may use to write leaves.
        self._names: dict[str, Any] = {}
        self.classes = {**_origins(schema), **declarations.classes}

    def compile(self, document: DocumentNode, name: str | None, conditions: Mapping[str, bool]) -> Plan:
        """Compile one operation of a valid document; raises `Unhandled`."""
        operation = operation_of(document, name)
        if operation.operation is not OperationType.QUERY or self.schema.query_type is None:
            raise Unhandled(Reason.NOT_A_QUERY)
        selections = Selections(self.schema, document, conditions)
        return _Compilation(self, document, operation, selections).plan(self.schema.query_type)

    def in_place(self, kind: GraphQLNamedType) -> str:
        """Give the expression that writes a leaf, the value as `{v}`; raises `Unhandled`."""
        if not is_leaf_type(kind):
            raise Unhandled(Reason.TYPE)
        name = f"write_{kind.name}"
        if name not in self._names:
            self._names |= leaf.names(kind, name)
        return leaf.in_place(kind, name)

    def names(self) -> dict[str, Any]:
        """Give what generated code may use."""
        return {
            **self.declarations.names,
            **self._names,
            "NULL": leaf.NULL,
            "encode": leaf.encode,
            "OPEN": b"[",
            "COMMA": b",",
            "classes": self.classes,
            "written": self.fragments.written,
            "refuse": refuse,
        }


def _origins(schema: GraphQLSchema) -> dict[type, str]:
    """Find the classes of objects by the types they are written as."""
    found: dict[type, str] = {}
    for kind in schema.type_map.values():
        origin = getattr(kind.extensions.get(_DEFINITION), "origin", None)
        if is_object_type(kind) and isinstance(origin, type):
            found[origin] = kind.name
    return found


def _attribute(name: str, definition: GraphQLField) -> str:
    return getattr(definition.extensions.get(_DEFINITION), "python_name", None) or name


def _is_never_null(kind: GraphQLOutputType) -> bool:
    """Say whether neither a value nor an item in it may be null."""
    inner = get_nullable_type(kind)
    return is_non_null_type(kind) and (not is_list_type(inner) or _is_never_null(inner.of_type))


def _has_resolver(definition: GraphQLField) -> bool:
    return definition.resolve is not None and not getattr(definition.resolve, "_is_default", False)


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


class _Compilation:
    """One operation on its way to a plan."""

    def __init__(
        self,
        compiler: Compiler,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        selections: Selections,
    ) -> None:
        self._compiler = compiler
        self._operation = operation
        self._selections = selections
        fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
        self._resolvers = Resolvers(compiler.schema, operation, fragments)
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
        ahead = {index: _ahead(index, pieces) for index, pieces in self._ahead.items()}
        sources = [*self._functions.values(), *(source for _, _, source in self._descents), *ahead.values()]
        source = "\n".join([*sources, main.code.function("write(columns, now)", "out")])
        names = self._compiler.names()
        try:
            exec(compile(source, "<operation>", "exec"), names)  # noqa: S102 - the source is the compiler's own
        except (SyntaxError, RecursionError, MemoryError):
            # Nested deeper than Python reads.
            raise Unhandled(Reason.TOO_LARGE) from None
        for above, step, _ in self._descents:
            above.below.append((names[f"descend_{step.index}"], step))
        for index in ahead:
            self._steps[index].ahead = quietly(names[f"ahead_{index}"])
        return Plan(self._steps, names["write"], source, moves=self._moves)

    def _object(
        self, to: _Written, var: str, kind: GraphQLObjectType, sets: Sequence[SelectionSetNode], place: Place
    ) -> None:
        fields = self._selections.fields(kind, sets)
        self._fields += len(fields)
        if self._fields > _MOST_FIELDS:
            raise Unhandled(Reason.TOO_LARGE)
        kept = self._kept(kind, fields, place)
        to.code.literal(b"{")
        comma = b""
        for names in _runs(fields, kept):
            to.code.literal(comma)
            comma = b","
            some = {name: fields[name] for name in names}
            if any(name in kept for name in names) and self._is_worth_keeping(kind, some):
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
        part = self._part(kind, name, nodes, place)
        if part is not None:
            self._moves = self._moves or "now" in part.code
            below = replace(place.on(f"v = {part.code.format(o='v')}"), dressed=False)
            self._value(to, part.code.format(o=var), definition.type, nodes, below)
        elif _has_resolver(definition):
            step = self._step(kind, definition, nodes, place)
            self._value(to, f"next(c{step.index})", definition.type, nodes, Place(step))
        else:
            attribute = _attribute(name, definition)
            self._value(to, f"{var}.{attribute}", definition.type, nodes, place.on(f"v = v.{attribute}"))

    def _value(self, to: _Written, code: str, kind: GraphQLOutputType, nodes: list[FieldNode], place: Place) -> None:
        nullable, inner = not is_non_null_type(kind), get_nullable_type(kind)
        if is_leaf_type(inner):
            write = self._compiler.in_place(get_named_type(inner))
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
                self._list(to, var, inner.of_type, nodes, place.on("for v in v:"))
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

    # ---- what is written straight from records

    def _part(self, kind: GraphQLObjectType, name: str, nodes: list[FieldNode], place: Place) -> Part | None:
        """Find how a field is written from the record at hand, with all below it; None where it is not."""
        record = self._compiler.declarations.records.get(kind.name)
        if record is None or (place.dressed and not record.dressed):
            return None
        part = record.parts.get(name)
        return part if part is not None and self._below(kind.fields[name], nodes) is not None else None

    def _below(self, definition: GraphQLField, nodes: list[FieldNode]) -> bool | None:
        """Say whether all below a field is settled; None where it cannot be written from records."""
        kind = get_named_type(definition.type)
        if is_leaf_type(kind):
            return True
        if not is_object_type(kind) or kind.name not in self._compiler.declarations.records:
            return None
        parts = self._compiler.declarations.records[kind.name].parts
        is_settled = True
        sets = [node.selection_set for node in nodes if node.selection_set]
        for alike in self._selections.fields(kind, sets).values():
            name = alike[0].name.value
            if name == "__typename":
                continue
            below = self._below(kind.fields[name], alike) if name in parts else None
            if below is None:
                return None
            is_settled = is_settled and below and parts[name].settled
        return is_settled

    def _kept(self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]], place: Place) -> set[str]:
        """Choose the fields whose written form may be kept beside the record, by the names they are answered under."""
        record = self._compiler.declarations.records.get(kind.name)
        if record is None or record.keeps is None or place.is_kept:
            return set()
        found = set()
        for key, nodes in fields.items():
            name = nodes[0].name.value
            part = None if name == "__typename" else self._part(kind, name, nodes, place)
            if part is not None and part.settled and self._below(kind.fields[name], nodes):
                found.add(key)
        return found

    def _is_worth_keeping(self, kind: GraphQLObjectType, fields: Mapping[str, list[FieldNode]]) -> bool:
        return any(not is_leaf_type(get_named_type(kind.fields[nodes[0].name.value].type)) for nodes in fields.values())

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
        record = self._compiler.declarations.records[kind.name]
        if place.step is not None and place.way in _ITSELF:
            self._ahead.setdefault(place.step.index, []).append((digest, str(record.keeps).format(o="v")))
        keeps, piece = to.name(), to.name()
        to.code.statement(f"{keeps} = {str(record.keeps).format(o=var)}")
        to.code.statement(f"{piece} = None if {keeps} is None else {keeps}.get({digest!r})")
        to.code.statement(f"if {piece} is None: {piece} = written({keeps}, {digest!r}, fragment_{digest}, {var})")
        to.code.expression(piece)

    # ---- what is asked for

    def _step(self, kind: GraphQLObjectType, definition: GraphQLField, nodes: list[FieldNode], place: Place) -> Step:
        column = self._compiler.declarations.columns.get((kind.name, nodes[0].name.value))
        resolve = _of_many(column) if column else self._resolvers.of(kind, definition, nodes)
        is_vital = _is_never_null(definition.type) and (not place.step or place.step.is_vital)
        is_vital = is_vital and SKIPS_NULL not in place.way
        step = Step(len(self._steps), definition, nodes[0], resolve, column.hit if column else None, is_vital)
        self._steps.append(step)
        if place.step is not None:
            self._descents.append((place.step, step, _descent(step.index, place.way)))
        return step


def _runs(fields: Mapping[str, list[FieldNode]], kept: set[str]) -> list[list[str]]:
    """Part fields into runs of neighbours that are all kept, or none."""
    runs: list[list[str]] = []
    for key in fields:
        if runs and (runs[-1][-1] in kept) is (key in kept):
            runs[-1].append(key)
        else:
            runs.append([key])
    return runs


def _ahead(index: int, pieces: Sequence[tuple[str, str]]) -> str:
    """Write the function that writes a value's pieces, where nobody has written them yet."""
    lines = [f"def ahead_{index}(v):"]
    for digest, keeps in pieces:
        lines.append(f"    keeps = {keeps}")
        lines.append(f"    if keeps is not None and {digest!r} not in keeps:")
        lines.append(f"        written(keeps, {digest!r}, fragment_{digest}, v)")
    return "\n".join([*lines, ""])


def _descent(index: int, way: Sequence[str]) -> str:
    """Write the function that goes from a step's values to the objects that the step below is asked of."""
    lines = [f"def descend_{index}(values):", "    found = []", "    for v in values:"]
    depth = 2
    for each in way:
        lines.append(f"{'    ' * depth}{each}")
        depth += each.startswith("for ")
    return "\n".join([*lines, f"{'    ' * depth}found.append(v)", "    return found", ""])
