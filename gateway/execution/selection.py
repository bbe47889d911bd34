"""Which fields objects of a type are asked for, as the specification collects them, known before anything runs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    Visitor,
    is_abstract_type,
    is_object_type,
    visit,
)

from gateway.execution.unhandled import Reason, Unhandled

_CONDITIONS = {"skip": True, "include": False}


class Selections:
    """Collects fields; `conditions` are the values of the variables that `@skip` and `@include` ask."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, conditions: Mapping[str, bool]) -> None:
        self._schema = schema
        self._conditions = conditions
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }

    def fields(self, kind: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Give the fields by the names that they are answered under, in the order of the answer."""
        found: dict[str, list[FieldNode]] = {}
        self._collect(kind, sets, found, set())
        return found

    def concrete(self, kind: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        """List the types that objects may have where `kind` is declared."""
        if is_object_type(kind):
            return (kind,)
        return self._schema.get_possible_types(kind) if is_abstract_type(kind) else ()

    def _collect(
        self,
        kind: GraphQLObjectType,
        sets: Iterable[SelectionSetNode],
        found: dict[str, list[FieldNode]],
        spread: set[str],
    ) -> None:
        for node in (node for each in sets for node in each.selections):
            if self._is_left_out(node):
                continue
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if node.type_condition is None or self._covers(node.type_condition.name.value, kind):
                    self._collect(kind, [node.selection_set], found, spread)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in spread:
                spread.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._covers(fragment.type_condition.name.value, kind):
                    self._collect(kind, [fragment.selection_set], found, spread)

    def _covers(self, condition: str, kind: GraphQLObjectType) -> bool:
        named = self._schema.get_type(condition)
        return named is kind or (is_abstract_type(named) and self._schema.is_sub_type(named, kind))

    def _is_left_out(self, node: Node) -> bool:
        left_out = False
        for directive in getattr(node, "directives", None) or ():
            if directive.name.value not in _CONDITIONS:
                raise Unhandled(Reason.DIRECTIVE)
            (condition,) = (each.value for each in directive.arguments if each.name.value == "if")
            left_out = left_out or self._holds(condition) is _CONDITIONS[directive.name.value]
        return left_out

    def _holds(self, condition: ValueNode) -> bool:
        if isinstance(condition, BooleanValueNode):
            return condition.value
        name = condition.name.value if isinstance(condition, VariableNode) else ""
        if name not in self._conditions:
            raise Unhandled(Reason.DIRECTIVE)
        return self._conditions[name]


class _Asked(Visitor):
    """Finds the variables that directives ask."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, None] = {}

    def enter_directive(self, node: Any, *_: Any) -> None:
        for each in node.arguments or ():
            if isinstance(each.value, VariableNode):
                self.names.setdefault(each.value.name.value)


def conditional(document: DocumentNode) -> Sequence[str]:
    """Name the variables that decide which fields there are."""
    asked = _Asked()
    visit(document, asked)
    return tuple(asked.names)


def operation_of(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Give the operation to run; raises `Unhandled` where that is not one."""
    found = [
        each
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode) and (name is None or (each.name and each.name.value == name))
    ]
    if len(found) != 1:
        raise Unhandled(Reason.NOT_A_QUERY)
    return found[0]
