"""Writes an operation in another way: merged, spread over fragments, skipped here and there, asked with variables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from graphql import (
    ArgumentNode,
    BooleanValueNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    NameNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    get_named_type,
    is_non_null_type,
    parse_type,
    print_ast,
    value_from_ast_untyped,
)

_SOMETIMES, _SELDOM = 0.3, 0.1
Sense: TypeAlias = Callable[[Random, str, str, ValueNode], ValueNode]

# What conditions are told, by the names of their variables.
_CONDITIONS: Mapping[str, bool] = {"yes": True, "no": False, "perhaps": True}


@dataclass(slots=True)
class Dressing:
    """One operation on its way to another form; `variables` are to be sent with it."""

    schema: GraphQLSchema
    random: Random
    # Gives what a field's argument should rather be, or what it is.
    sense: Sense
    # How much is done, from 0 for nothing.
    zeal: float = 1
    variables: dict[str, Any] = field(default_factory=dict)
    _defined: dict[str, VariableDefinitionNode] = field(default_factory=dict)
    _fragments: list[FragmentDefinitionNode] = field(default_factory=list)

    def text(self, document: DocumentNode) -> str:
        """Write the one operation of a document anew."""
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert self.schema.query_type is not None
        selected = self._set(self.schema.query_type, operation.selection_set)
        dressed = OperationDefinitionNode(
            operation=operation.operation,
            name=NameNode(value="Dressed"),
            variable_definitions=tuple(self._defined.values()),
            directives=(),
            selection_set=selected,
        )
        return print_ast(DocumentNode(definitions=(dressed, *self._fragments)))

    def _set(self, kind: GraphQLNamedType, given: SelectionSetNode) -> SelectionSetNode:
        nodes: list[SelectionNode] = [self._selection(kind, each) for each in given.selections]
        if self._is(_SOMETIMES):
            nodes.insert(self.random.randrange(len(nodes) + 1), self.random.choice(nodes))
        if self._is(_SOMETIMES):
            nodes.insert(self.random.randrange(len(nodes) + 1), _field("__typename"))
        if self._is(_SOMETIMES):
            nodes = self._spread(kind, nodes)
        return SelectionSetNode(selections=tuple(self._conditional(each) for each in nodes))

    def _selection(self, kind: GraphQLNamedType, node: SelectionNode) -> SelectionNode:
        if isinstance(node, InlineFragmentNode):
            named = node.type_condition.name.value if node.type_condition else kind.name
            inner = self._set(self.schema.type_map[named], node.selection_set)
            return InlineFragmentNode(type_condition=_named(named), directives=(), selection_set=inner)
        assert isinstance(node, FieldNode)
        if node.name.value == "__typename":
            return node
        definition: Any = kind.fields[node.name.value]  # type: ignore[attr-defined]  # a union has but __typename
        arguments = []
        for each in node.arguments or ():
            value = self.sense(self.random, node.name.value, each.name.value, each.value)
            arguments.append(
                ArgumentNode(name=each.name, value=self._value(definition.args[each.name.value].type, value))
            )
        below = node.selection_set and self._set(get_named_type(definition.type), node.selection_set)
        return FieldNode(
            name=node.name, alias=node.alias, arguments=tuple(arguments), directives=(), selection_set=below
        )

    def _value(self, kind: GraphQLInputType, value: ValueNode) -> ValueNode:
        """Put a variable in the place of a literal, sent or by its default."""
        if not self._is(_SOMETIMES) or len(self._defined) > 40:
            return value
        name = f"v{len(self._defined)}"
        by_default = self._is(_SOMETIMES) and not isinstance(value, NullValueNode)
        self._define(name, str(kind), value if by_default else None)
        if not by_default:
            self.variables[name] = value_from_ast_untyped(value)
        elif not is_non_null_type(kind) and self._is(_SELDOM):
            self.variables[name] = None
        return VariableNode(name=NameNode(value=name))

    def _define(self, name: str, kind: str, default: ValueNode | None) -> None:
        self._defined[name] = VariableDefinitionNode(
            variable=VariableNode(name=NameNode(value=name)),
            type=parse_type(kind),
            default_value=default,  # type: ignore[arg-type]  # a literal without a variable is a constant
            directives=(),
        )

    def _spread(self, kind: GraphQLNamedType, nodes: list[SelectionNode]) -> list[SelectionNode]:
        """Move some neighbours into a fragment, and let it stand there once or twice."""
        start = self.random.randrange(len(nodes))
        end = self.random.randrange(start, len(nodes)) + 1
        inner = SelectionSetNode(selections=tuple(nodes[start:end]))
        spread: SelectionNode
        if self._is(_SOMETIMES):
            condition = _named(kind.name) if self._is(0.5) else None
            spread = InlineFragmentNode(type_condition=condition, directives=(), selection_set=inner)
        else:
            name = NameNode(value=f"F{len(self._fragments)}")
            self._fragments.append(
                FragmentDefinitionNode(
                    name=name,
                    variable_definitions=(),
                    type_condition=_named(kind.name),
                    directives=(),
                    selection_set=inner,
                )
            )
            spread = FragmentSpreadNode(name=name, arguments=(), directives=())
        twice = [spread] if self._is(_SOMETIMES) else []
        return [*twice, *nodes[:start], spread, *nodes[end:]]

    def _conditional(self, node: SelectionNode) -> SelectionNode:
        if not self._is(_SELDOM):
            return node
        condition: ValueNode = BooleanValueNode(value=self.random.random() < 0.5)
        if self._is(0.5):
            name = self.random.choice(list(_CONDITIONS))
            condition = VariableNode(name=NameNode(value=name))
            if name == "perhaps":
                self._define(name, "Boolean", BooleanValueNode(value=True))
            else:
                self._define(name, "Boolean!", None)
                self.variables[name] = _CONDITIONS[name]
        directive = DirectiveNode(
            name=NameNode(value=self.random.choice(("skip", "include"))),
            arguments=(ArgumentNode(name=NameNode(value="if"), value=condition),),
        )
        return _with_directive(node, directive)

    def _is(self, likely: float) -> bool:
        return self.random.random() < likely * self.zeal


def _with_directive(node: SelectionNode, directive: DirectiveNode) -> SelectionNode:
    slots = {name: getattr(node, name) for name in node.keys if name != "loc"}
    return type(node)(**{**slots, "directives": (directive,)})


def _named(name: str) -> NamedTypeNode:
    return NamedTypeNode(name=NameNode(value=name))


def _field(name: str) -> FieldNode:
    return FieldNode(name=NameNode(value=name), arguments=(), directives=())
