"""Refuses to tell the schema, in either of the two ways that there are to ask for it."""

from typing import Any

from graphql import FieldNode, ValidationRule

from gateway.schema.errors import CallerError, ErrorCode

# Federation's SDL tells as much as the other two.
_TELLING = ("__schema", "__type", "_service")
_OFF = "Introspection is off on this gateway, and so is the SDL of `_service`."


class NoIntrospection(ValidationRule):
    """Refuses each field that tells of the schema; `__typename` tells what an answer is, and stays."""

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        if node.name.value in _TELLING:
            self.report_error(CallerError(ErrorCode.INTROSPECTION_OFF, _OFF))
