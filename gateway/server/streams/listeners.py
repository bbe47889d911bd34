"""Who listens: so many in all, and so many of one caller; a quarter of the places is for callers with a name."""

from collections import Counter
from collections.abc import Iterator

from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from gateway.domain.caller import Caller
from gateway.schema.errors import CallerError, ErrorCode
from gateway.server.streams.limits import StreamLimits


class Listeners:
    """Counts subscriptions that run; strangers count together, for nothing tells them apart."""

    def __init__(self, limits: StreamLimits) -> None:
        self._most = limits.listeners
        self._most_of_one = limits.listeners_per_caller
        self._most_of_strangers = self._most - self._most // 4
        self._by_caller: Counter[str | None] = Counter()

    def __len__(self) -> int:
        return self._by_caller.total()

    def enter(self, caller: Caller) -> None:
        """Let one more listen; raises `LIMIT_EXCEEDED`."""
        own = self._by_caller[caller.name]
        if caller.name is not None and own >= self._most_of_one:
            raise CallerError(
                ErrorCode.LIMIT_EXCEEDED,
                f"This caller has {own} subscriptions running; at most {self._most_of_one} are allowed.",
            )
        if len(self) >= self._most or (caller.name is None and own >= self._most_of_strangers):
            raise CallerError(
                ErrorCode.LIMIT_EXCEEDED, "As many subscriptions are running as the gateway allows; try again later."
            )
        self._by_caller[caller.name] += 1

    def leave(self, caller: Caller) -> None:
        self._by_caller[caller.name] -= 1
        if not self._by_caller[caller.name]:
            del self._by_caller[caller.name]


class Counted(SchemaExtension):
    """Counts a subscription from its first moment to its last; made anew for each request."""

    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners
        self._counts: Caller | None = None

    def on_operation(self) -> Iterator[None]:
        try:
            yield
        finally:
            if self._counts is not None:
                self._listeners.leave(self._counts)

    def on_execute(self) -> Iterator[None]:
        # What has come this far is valid, and within all other limits.
        if self.execution_context.operation_type is OperationType.SUBSCRIPTION:
            caller: Caller = self.execution_context.context.caller
            self._listeners.enter(caller)
            self._counts = caller
        yield
