"""What an operation's arguments come to with the variables that are sent, before anything is coerced."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLArgument,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    Undefined,
    ValueNode,
    VariableNode,
)

# Lists of objects of values is as deep as anything that is counted goes.
_DEEPEST = 3
_LONGEST_INT = 11
_MISSING: Final = Undefined
_TAKES_OUT: Final = {"skip": True, "include": False}

Sent: TypeAlias = Mapping[str, Any]


def count_values(sent: Sent) -> int:
    """Count what variables hold, an empty list or object as one."""
    found = 0
    due: list[object] = list(sent.values())
    while due:
        value = due.pop()
        if isinstance(value, list) and value:
            due += value
        elif isinstance(value, dict) and value:
            due += value.values()
        else:
            found += 1
    return found


@dataclass(frozen=True, slots=True)
class Value:
    """What an argument comes to: read from what was sent, unless it is `settled` by the document alone."""

    read: Callable[[Sent], Any]
    settled: bool = False

    def then(self, change: Callable[[Any], Any]) -> "Value":
        """Give what is made of it; where it is settled, that is made once."""
        if self.settled:
            return constant(change(self.read({})))
        read = self.read
        return Value(lambda sent: change(read(sent)))


def constant(value: Any) -> Value:
    return Value(lambda _: value, settled=True)


class Variables:
    """One operation's variables, with their defaults."""

    def __init__(self, operation: OperationDefinitionNode) -> None:
        self._defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
            if each.default_value
        }
        self._by_name: dict[str, Value] = {}

    def argument(self, field: FieldNode, name: str, definition: GraphQLArgument) -> Value:
        """Give an argument's value, or its default; None where it is null or has neither."""
        given = next((each.value for each in field.arguments or () if each.name.value == name), None)
        default = None if definition.default_value is _MISSING else definition.default_value
        if given is None:
            return constant(default)
        return self._value(given).then(lambda value: default if value is _MISSING else value)

    def items(self, field: FieldNode, name: str, definition: GraphQLArgument) -> Value:
        """Give an argument's items: one item will do for a list of one."""
        return self.argument(field, name, definition).then(_items)

    def conditions(self, node: FieldNode | FragmentSpreadNode | InlineFragmentNode) -> list[tuple[Value, bool]]:
        """List what may take a selection out: values, each with the one at which it does."""
        found = []
        for directive in node.directives or ():
            wanted, given = _TAKES_OUT.get(directive.name.value), _condition(directive)
            if wanted is not None and given is not None:
                found.append((self._value(given), wanted))
        return found

    def _value(self, node: ValueNode, depth: int = 0) -> Value:
        if depth > _DEEPEST or isinstance(node, NullValueNode):
            return constant(None)
        if isinstance(node, VariableNode):
            return self._variable(node.name.value)
        if isinstance(node, ListValueNode):
            return _list([self._value(each, depth + 1) for each in node.values])
        if isinstance(node, ObjectValueNode):
            return _object({each.name.value: self._value(each.value, depth + 1) for each in node.fields})
        if isinstance(node, IntValueNode) and len(node.value) <= _LONGEST_INT:
            return constant(int(node.value))
        return constant(getattr(node, "value", None))

    def _variable(self, name: str) -> Value:
        if name not in self._by_name:
            default = self._value(self._defaults[name]).read({}) if name in self._defaults else _MISSING
            self._by_name[name] = Value(lambda sent: sent.get(name, default))
        return self._by_name[name]


def _condition(directive: DirectiveNode) -> ValueNode | None:
    return next((each.value for each in directive.arguments or () if each.name.value == "if"), None)


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _list(items: list[Value]) -> Value:
    def read(sent: Sent) -> list[Any]:
        found = [item.read(sent) for item in items]
        return [None if item is _MISSING else item for item in found]

    return constant(read({})) if all(item.settled for item in items) else Value(read)


def _object(members: Mapping[str, Value]) -> Value:
    def read(sent: Sent) -> dict[str, Any]:
        found = {name: member.read(sent) for name, member in members.items()}
        return {name: value for name, value in found.items() if value is not _MISSING}

    return constant(read({})) if all(member.settled for member in members.values()) else Value(read)
