"""Measures an operation before it runs: what it lists, the fields it may be answered with, and the calls upstream.

The operation is walked once, not once for each request: what is left of it is a gauge, to be read with any variables.
"""

from dataclasses import dataclass
from typing import Final

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from gateway.schema.cost import CALL
from gateway.server.conditions import Conditions, told_alike
from gateway.server.count import Taken, counted
from gateway.server.gauge import Gauge, Walk
from gateway.server.outline import ENDLESS
from gateway.server.tariff import Tariff
from gateway.server.variables import Sent, Variables

# Gauges of one operation: one for each way that its conditions turn out.
_GAUGES: Final = 16


@dataclass(frozen=True, slots=True)
class Measures:
    """What an operation asks for, at the most."""

    page_size: int = 0
    addresses: int = 0
    representations: int = 0
    fields: int = 0
    upstream_calls: int = 0

    @property
    def cost(self) -> int:
        """Calls first, fields second."""
        return min(self.fields + CALL * self.upstream_calls, ENDLESS)


class Ruler:
    """Measures one operation, whatever variables are sent."""

    def __init__(self, tariff: Tariff, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        """Take an operation of a valid document."""
        self._tariff = tariff
        self._operation = operation
        self._variables = Variables(operation)
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._gauges: list[Gauge] = []

    def measure(self, sent: Sent) -> Measures:
        taken = Taken(sent)
        gauge = self._gauge(sent)
        for note in gauge.notes:
            note(taken)
        fields = counted(gauge.fields, taken)
        calls = min(taken.ledger.calls(), ENDLESS)
        return Measures(taken.page_size, taken.addresses, taken.representations, fields, calls)

    def _gauge(self, sent: Sent) -> Gauge:
        found = next((each for each in self._gauges if told_alike(each.told, sent)), None)
        if found is None:
            walk = Walk(self._tariff, self._variables, self._fragments, Conditions(self._variables, sent))
            found = walk.gauge(self._operation)
            if len(self._gauges) >= _GAUGES:
                self._gauges.clear()
            self._gauges.append(found)
        return found
