"""Coerces variables and arguments as graphql-core does, with all that depends on no variable done once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    Visitor,
    assert_leaf_type,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    visit,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    coerce_argument,
    get_variable_values,
    input_is_nested_too_deeply,
)
from graphql.pyutils import is_iterable
from graphql.utilities import coerce_input_value

from gateway.execution.declaration import Arguments
from gateway.execution.unhandled import Reason, Unhandled

_MOST_ERRORS: Final = 1
# Lists of lists in a type that are coerced here.
_PLAIN_LISTS: Final = 3
# Gives what a value comes to; `Undefined` where its type refuses it.
_Coerce: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable; `absent` is what it comes to where it is not sent, None where it has to be."""

    signature: GraphQLVariableSignature
    coerce: _Coerce
    absent: VariableValues | None


class Variables:
    """The variables of one operation."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> None:
        """Raises `Unhandled` for a variable of no type that can be sent, of which a valid document has none."""
        self._variables = [_variable(schema, each) for each in operation.variable_definitions or ()]

    def coerced(self, sent: Mapping[str, Any]) -> VariableValues:
        """Raises `Unhandled` for what their types refuse: the reference executor says what."""
        sources: dict[str, VariableValueSource] = {}
        found: dict[str, Any] = {}
        for each in self._variables:
            name = each.signature.name
            value = sent.get(name, Undefined)
            if value is not Undefined:
                sources[name] = VariableValueSource(each.signature, value)
                found[name] = each.coerce(value)
                if found[name] is Undefined:
                    raise Unhandled(Reason.VARIABLES)
            elif each.absent is None:
                raise Unhandled(Reason.VARIABLES)
            else:
                sources |= each.absent.sources
                found |= each.absent.coerced
        return VariableValues(sources, found)


def _variable(schema: GraphQLSchema, node: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, node)
    if isinstance(signature, GraphQLError):
        raise Unhandled(Reason.VARIABLES)
    absent = get_variable_values(schema, [node], {}, max_errors=_MOST_ERRORS)
    return _Variable(signature, _coercion(signature.type), absent if isinstance(absent, VariableValues) else None)


def _coercion(kind: GraphQLInputType) -> _Coerce:
    is_plain = is_leaf_type(get_named_type(kind)) and str(kind).count("[") <= _PLAIN_LISTS
    return _plain(kind) if is_plain else partial(_any, kind)


def _any(kind: GraphQLInputType, value: Any) -> Any:
    return Undefined if input_is_nested_too_deeply(value, kind) else coerce_input_value(value, kind)


def _plain(kind: GraphQLInputType) -> _Coerce:
    """Do what graphql-core does with a type that is made of lists and leaves, knowing which is where."""
    if is_non_null_type(kind):
        inner = _plain(kind.of_type)
        return lambda value: Undefined if value is None else inner(value)
    if is_list_type(kind):
        return partial(_list, _plain(kind.of_type))
    return partial(_leaf, assert_leaf_type(kind).coerce_input_value)


def _list(inner: _Coerce, value: Any) -> Any:
    if value is None:
        return None
    found = []
    # One item will do for a list of one.
    for each in value if is_iterable(value) else (value,):
        item = inner(each)
        if item is Undefined:
            return Undefined
        found.append(item)
    return found


def _leaf(coerce: _Coerce, value: Any) -> Any:
    if value is None:
        return None
    try:
        return coerce(value)
    except Exception:  # noqa: BLE001 - as graphql-core has it: whatever a scalar raises, it refuses the value
        return Undefined


class FieldArguments:
    """The arguments of one field of an operation."""

    def __init__(self, definition: GraphQLField, node: FieldNode) -> None:
        given = {each.name.value: each for each in node.arguments or ()}
        self._node = node
        self._settled: dict[str, Any] | None = None
        self._asked: list[tuple[str, GraphQLArgument, ArgumentNode]] = []
        self._written: list[tuple[str, GraphQLArgument, ArgumentNode | None]] = []
        for name, argument in definition.args.items():
            each = given.get(name)
            if each is not None and _asks_variables(each):
                self._asked.append((name, argument, each))
            else:
                self._written.append((name, argument, each))

    def coerced(self, variables: VariableValues) -> Arguments:
        """Raises `GraphQLError` for what their types refuse."""
        if self._settled is None:
            self._settled = self._with({}, self._written, None)
        return self._with({**self._settled}, self._asked, variables) if self._asked else self._settled

    def _with(self, found: dict[str, Any], arguments: Any, variables: VariableValues | None) -> dict[str, Any]:
        for name, argument, given in arguments:
            coerce_argument(found, self._node, name, argument, given, variables, None)
        return found


class _Variables(Visitor):
    """Looks for variables."""

    def __init__(self) -> None:
        super().__init__()
        self.are_there = False

    def enter_variable(self, *_: Any) -> None:
        self.are_there = True


def _asks_variables(node: Node) -> bool:
    looked = _Variables()
    visit(node, looked)
    return looked.are_there
