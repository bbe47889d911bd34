"""Takes rows of a wallet's answer as wallets really send them, where they come as a variable."""

from collections.abc import Iterator
from typing import Any

from graphql import NameNode, OperationDefinitionNode, TypeNode, get_operation_ast
from strawberry.extensions import SchemaExtension

_TYPE = "WalletRuneBalanceInput"
# What the input type has; wallets also send prices.
_MEMBERS = ("runeName", "amount", "spendableBalance", "divisibility", "symbol", "inscriptionId", "id")
_MOST_DIGITS = 2


class WalletRows(SchemaExtension):
    """Leaves out what the input type has no member for, and reads a divisibility that is a string of digits."""

    def on_execute(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        if document is not None and context.variables:
            named = context._provided_operation_name  # noqa: SLF001 - `operation_name` makes up what was not given
            operation = get_operation_ast(document, named)
            names = _variables(operation) if operation else ()
            context.variables |= {name: _rows(context.variables[name]) for name in names if name in context.variables}
        yield


def _variables(operation: OperationDefinitionNode) -> list[str]:
    """Name the variables that hold rows."""
    defined = operation.variable_definitions or ()
    return [each.variable.name.value for each in defined if _named(each.type) == _TYPE]


def _named(node: TypeNode) -> str:
    while not isinstance(name := getattr(node, "name", None), NameNode):
        node = node.type  # type: ignore[attr-defined]  # what has no name is a list or non-null of another type
    return name.value


def _rows(value: Any) -> Any:
    if isinstance(value, list):
        return [_rows(row) for row in value]
    if not isinstance(value, dict):
        return value
    row = {name: value[name] for name in _MEMBERS if name in value}
    told = row.get("divisibility")
    if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) <= _MOST_DIGITS:
        row["divisibility"] = int(told)
    return row
