"""Executes operations as the library does, but for events of subscriptions, which the request may have written."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from graphql import ExecutionResult
from graphql.execution import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

Result: TypeAlias = ExecutionResult | Awaitable[ExecutionResult]
# Tells an event by itself, or by calling what executes it.
Tell: TypeAlias = Callable[[Any, Callable[[], Result]], Result]


class GatewayExecutor(StrawberryGraphQLCoreExecutionContext):
    """Lets the request tell each event, and lets go of it once it has been told."""

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        # The library asks it for nothing but a result.
        return cast("Executor[Any]", _Event(self, payload))

    def execute_event(self, event: Any) -> Result:
        """Execute with each event's own memory of which fields it asks for.

        graphql-core 3.3.2 shares one between all events of a subscription, keyed by lists that every event makes anew:
        it grew by 2 kB with each event for as long as someone listened.
        """
        executor = super().build_per_event_executor(event)
        executor._relevant_sub_fields = {}  # noqa: SLF001 - nothing else reaches it
        return cast("Result", executor.execute_operation(serially=False))


@dataclass(frozen=True, slots=True)
class _Event:
    """One event, as the library executes it."""

    executor: GatewayExecutor
    event: Any

    def execute_operation(self, serially: bool | None = None) -> Result:  # noqa: ARG002, FBT001 - the library's own signature
        tell: Tell | None = self.executor.context_value.weighed.tell
        if tell is None:
            return self._execute()
        return tell(self.event, self._execute)

    def _execute(self) -> Result:
        return self.executor.execute_event(self.event)
