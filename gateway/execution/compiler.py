"""Makes plans of operations, of one schema and what is declared of it."""

from collections.abc import Mapping

from graphql import DocumentNode, GraphQLSchema, OperationType

from gateway.execution.compilation import Compilation
from gateway.execution.declaration import Declarations
from gateway.execution.fragment import Fragments
from gateway.execution.plan import Plan
from gateway.execution.selection import Selections, operation_of
from gateway.execution.unhandled import Reason, Unhandled
from gateway.execution.vocabulary import Vocabulary


class Compiler:
    """Compiles operations of one schema; what it has to be told of the schema is declared."""

    def __init__(self, schema: GraphQLSchema, declarations: Declarations, fragments: Fragments) -> None:
        self.schema = schema
        self._vocabulary = Vocabulary(schema, declarations, fragments)

    def compile(self, document: DocumentNode, name: str | None, conditions: Mapping[str, bool]) -> Plan:
        """Compile one operation of a valid document: a query, or a subscription's events; raises `Unhandled`."""
        operation = operation_of(document, name)
        root = self.schema.get_root_type(operation.operation)
        if operation.operation is OperationType.MUTATION or root is None:
            raise Unhandled(Reason.NOT_A_QUERY)
        selections = Selections(self.schema, document, conditions)
        return Compilation(self._vocabulary, document, operation, selections).plan(root)
