"""What `@skip` and `@include` were told while an operation was walked: whoever is told the same walks the same way."""

from collections.abc import Mapping
from typing import TypeAlias

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode

from gateway.server.variables import Sent, Value, Variables

# By what was asked and the value at which it takes something out: whether it did.
Told: TypeAlias = Mapping[tuple[Value, bool], bool]


class Conditions:
    """Answers for one request, and takes note of each that another request might be given otherwise."""

    def __init__(self, variables: Variables, sent: Sent) -> None:
        self._variables = variables
        self._sent = sent
        self.told: dict[tuple[Value, bool], bool] = {}

    def leave_out(self, node: FieldNode | FragmentSpreadNode | InlineFragmentNode) -> bool:
        """Tell what is taken out for certain."""
        is_out = False
        for value, wanted in self._variables.conditions(node):
            found = value.read(self._sent) is wanted
            is_out = is_out or found
            if not value.settled:
                self.told[value, wanted] = found
        return is_out


def told_alike(told: Told, sent: Sent) -> bool:
    """Say whether all that was asked has the same answer with these variables."""
    return all((value.read(sent) is wanted) is found for (value, wanted), found in told.items())
