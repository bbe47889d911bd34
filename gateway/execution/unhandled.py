"""Why an operation is left to the reference executor, before it runs or in the middle of it."""

from enum import StrEnum
from typing import NoReturn


class Reason(StrEnum):
    """What the compiled function did not handle; the values are those of a metric's label."""

    # Before it runs: known of the document.
    FIRST_SEEN = "first_seen"
    NOT_A_QUERY = "not_a_query"
    INTROSPECTION = "introspection"
    DIRECTIVE = "directive"
    TYPE = "type"
    TOO_LARGE = "too_large"
    # While it runs: the reference executor tells the caller what is wrong, and where.
    VARIABLES = "variables"
    ARGUMENTS = "arguments"
    RAISED = "raised"
    NULL = "null"
    VALUE = "value"


class Unhandled(Exception):
    """Leaves an operation to the reference executor."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def refuse(reason: str) -> NoReturn:
    """Leave an operation to the reference executor from within an expression."""
    raise Unhandled(Reason[reason])
