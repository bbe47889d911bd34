"""Executes operations as the library does, and lets go of each event of a subscription once it has been told."""

from typing import Any

from graphql.execution import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext


class GatewayExecutor(StrawberryGraphQLCoreExecutionContext):
    """Gives each event its own memory of which fields it asks for.

    graphql-core 3.3.2 shares one between all events of a subscription, keyed by lists that every event makes anew:
    it grew by 2 kB with each event for as long as someone listened.
    """

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - nothing else reaches it
        return executor
