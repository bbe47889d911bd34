"""What arguments come to with one request's variables: read anew for each, and what values are held to."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import (
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


class Variables:
    """One request's variables, with their defaults."""

    def __init__(self, operation: OperationDefinitionNode, sent: Mapping[str, Any]) -> None:
        self._sent = sent
        self._defaults = {
            each.variable.name.value: each.default_value
            for each in operation.variable_definitions or ()
            if each.default_value
        }

    def argument(self, field: FieldNode, name: str, definition: GraphQLArgument) -> Any:
        """Give an argument's value, or its default; None where it is null or has neither."""
        given = next((each.value for each in field.arguments or () if each.name.value == name), None)
        value = self._value(given) if given else _MISSING
        if value is _MISSING:
            value = definition.default_value
        return None if value is _MISSING else value

    def items(self, field: FieldNode, name: str, definition: GraphQLArgument) -> list[Any]:
        """Give an argument's items: one item will do for a list of one."""
        value = self.argument(field, name, definition)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def leave_out(self, node: FieldNode | FragmentSpreadNode | InlineFragmentNode) -> bool:
        """Tell what `@skip` or `@include` takes out for certain."""
        for directive in node.directives or ():
            wanted = {"skip": True, "include": False}.get(directive.name.value)
            given = next((each.value for each in directive.arguments or () if each.name.value == "if"), None)
            if wanted is not None and given is not None and self._value(given) is wanted:
                return True
        return False

    def _value(self, node: ValueNode, depth: int = 0) -> Any:
        if depth > _DEEPEST or isinstance(node, NullValueNode):
            return None
        if isinstance(node, VariableNode):
            return self._variable(node.name.value)
        if isinstance(node, ListValueNode):
            items = [self._value(each, depth + 1) for each in node.values]
            return [None if item is _MISSING else item for item in items]
        if isinstance(node, ObjectValueNode):
            members = {each.name.value: self._value(each.value, depth + 1) for each in node.fields}
            return {name: value for name, value in members.items() if value is not _MISSING}
        if isinstance(node, IntValueNode) and len(node.value) <= _LONGEST_INT:
            return int(node.value)
        return getattr(node, "value", None)

    def _variable(self, name: str) -> Any:
        if name in self._sent:
            return self._sent[name]
        return self._value(self._defaults[name]) if name in self._defaults else _MISSING
