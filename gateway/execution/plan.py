"""A compiled operation: what has to be asked for, and the function that writes the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from graphql.execution.values import VariableValues

from gateway.execution.coercion import FieldArguments
from gateway.execution.declaration import Arguments
from gateway.execution.step import Run, Step, begin_all
from gateway.execution.unhandled import Reason, Unhandled


@dataclass(frozen=True, slots=True)
class Given:
    """What one request's variables come to: themselves, and the arguments of every step."""

    variables: VariableValues
    arguments: Sequence[Arguments]


class Plan:
    """Runs one operation of one document; it is the same for all variables but those that directives ask."""

    def __init__(
        self,
        steps: Sequence[Step],
        write: Callable[[Sequence[Sequence[Any]], Any], list[bytes]],
        source: str,
        *,
        moves: bool,
        tells: Callable[[Any], object] | None = None,
    ) -> None:
        """`steps` are in the order of their indices; `write` makes text of their values.

        What `moves` is another text at another moment, though nothing else has changed. `tells` gives what an event's
        text depends on, besides arguments; None where each listener's is its own.
        """
        self._steps = steps
        self._arguments = [FieldArguments(step.definition, step.node) for step in steps]
        below = {step.index for each in steps for _, step in each.below}
        self._roots = [step for step in steps if step.index not in below]
        self._write = write
        # For whoever wants to see what was made of a document.
        self.source = source
        self.moves = moves
        self._tells = tells
        self.may_be_at_hand = all(step.has_hits for step in self._roots)

    def given(self, variables: VariableValues) -> Given:
        """Coerce the arguments of every step; raises `Unhandled` for what their types refuse."""
        try:
            return Given(variables, [each.coerced(variables) for each in self._arguments])
        except GraphQLError:
            raise Unhandled(Reason.ARGUMENTS) from None

    def told_of(self, event: Any) -> object | None:
        """Give what tells an event's text from others; None where each listener's is its own."""
        return self._tells(event) if self._tells is not None else None

    def at_hand(self, given: Given, context: Any, now: Callable[[], Any], root: object = None) -> list[bytes] | None:
        """Write the answer's data at once, if everything is at hand; raises `Unhandled`.

        `root` is what the operation is asked of: an event, or nothing.
        """
        if not self.may_be_at_hand:
            return None
        run = self._run(given, context)
        try:
            if all(step.take(run, (root,)) for step in self._roots):
                return self._written(run, now)
        except Unhandled:
            raise
        except Exception as fault:
            raise Unhandled(Reason.RAISED) from fault
        return None

    async def answer(self, given: Given, context: Any, now: Callable[[], Any], root: object = None) -> list[bytes]:
        """Write the answer's data, when all that it needs has come; raises `Unhandled`."""
        run = self._run(given, context)
        try:
            rest = begin_all(run, [(step, (root,)) for step in self._roots])
            if rest is not None:
                await rest
            return self._written(run, now)
        except Unhandled:
            raise
        except Exception as fault:
            raise Unhandled(Reason.RAISED) from fault
        finally:
            run.close()

    def _run(self, given: Given, context: Any) -> Run:
        return Run(context, given.variables, given.arguments, [()] * len(self._steps))

    def _written(self, run: Run, now: Callable[[], Any]) -> list[bytes]:
        return self._write(run.columns, now())
