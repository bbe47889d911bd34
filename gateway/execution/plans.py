"""Plans by document: made when a text is seen again, kept as long as it is in use, and counted where there is none."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import DocumentNode
from graphql.execution.values import VariableValues

from gateway.execution.coercion import Variables
from gateway.execution.compiler import Compiler
from gateway.execution.plan import Given, Plan
from gateway.execution.selection import conditional, operation_of
from gateway.execution.unhandled import Reason, Unhandled

# Documents of which plans are kept, and plans of one: operations, and what their directives were told.
_DOCUMENTS: Final = 1000
_OF_ONE: Final = 16
# Larger texts are answered by the reference executor: their plans would be large, and they are hardly ever repeated.
_LONGEST: Final = 16_384


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request's operation, ready to run."""

    plan: Plan
    given: Given


@dataclass(slots=True)
class _Seen:
    """What is known of one document."""

    names: Sequence[str] | None = None
    # By the name of the operation.
    variables: dict[str | None, Variables] = field(default_factory=dict)
    plans: dict[tuple[Any, ...], Plan | Reason] = field(default_factory=dict)


class Plans:
    """Finds the plan of an operation, or says why it has none."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def __contains__(self, text: str) -> bool:
        """Say whether a text was seen."""
        return text in self._seen

    def prepare(self, text: str, document: DocumentNode, name: str | None, sent: Mapping[str, Any]) -> Prepared:
        """Give what runs one operation of a valid document with these variables; raises `Unhandled`.

        A text that is seen for the first time is not worth compiling: many are never seen again.
        """
        seen = self._sighted(text)
        if seen.names is None:
            seen.names = conditional(document)
        if name not in seen.variables:
            seen.variables[name] = Variables(self._compiler.schema, operation_of(document, name))
        variables = seen.variables[name].coerced(sent)
        conditions = _conditions(variables, seen.names)
        key = (name, *conditions.values())
        found = seen.plans.get(key)
        if found is None:
            if len(seen.plans) >= _OF_ONE:
                seen.plans.clear()
            found = seen.plans[key] = self._compiled(document, name, conditions)
        if isinstance(found, Reason):
            raise Unhandled(found)
        return Prepared(found, found.given(variables))

    def _sighted(self, text: str) -> _Seen:
        seen = self._seen.get(text)
        if seen is not None:
            self._seen.move_to_end(text)
            return seen
        if len(text) <= _LONGEST:
            self._seen[text] = _Seen()
            if len(self._seen) > _DOCUMENTS:
                self._seen.popitem(last=False)
        raise Unhandled(Reason.FIRST_SEEN)

    def _compiled(self, document: DocumentNode, name: str | None, conditions: Mapping[str, bool]) -> Plan | Reason:
        try:
            return self._compiler.compile(document, name, conditions)
        except Unhandled as unhandled:
            return unhandled.reason


def _conditions(variables: VariableValues, names: Sequence[str]) -> Mapping[str, bool]:
    """Give what directives are told; raises `Unhandled` for a null, which may be sent where there is a default."""
    found = {name: variables.coerced.get(name) for name in names}
    if not all(isinstance(each, bool) for each in found.values()):
        raise Unhandled(Reason.VARIABLES)
    return cast("Mapping[str, bool]", found)
