"""The compiler with one thing changed in its source, made anew beside the real one."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final
from unittest import mock

from graphql import GraphQLSchema

from gateway import execution
from gateway.execution.plans import Plans
from tests.execution.twins import ROOM

_EXECUTION: Final = (
    *("code", "leaf", "selection", "step", "place", "records", "plan", "vocabulary", "compilation", "compiler"),
    "plans",
)
# In the order in which they import each other; what is not here is the same for all.
_MODULES: Final = (
    *(f"gateway.execution.{name}" for name in _EXECUTION),
    "gateway.schema.compiled",
)


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is changed, and where; `said` once for whoever reads a failure."""

    said: str
    module: str
    old: str
    new: str

    def make(self, schema: GraphQLSchema) -> Plans:
        """Make what finds plans out of the changed source and of all that stands on it."""
        with _made_anew(self) as modules:
            compiler, plans = modules["gateway.execution.compiler"], modules["gateway.execution.plans"]
            fragments: Any = sys.modules["gateway.execution.fragment"]
            declarations = modules["gateway.schema.compiled"].DECLARATIONS
            found: Plans = plans.Plans(compiler.Compiler(schema, declarations, fragments.Fragments(ROOM)))
            return found


@contextmanager
def _made_anew(mutant: Mutant) -> Iterator[dict[str, Any]]:
    made: dict[str, Any] = {}
    # Whoever imports a module from its package looks for it there first.
    with mock.patch.dict(sys.modules), mock.patch.dict(execution.__dict__):
        for name in _MODULES[_MODULES.index(mutant.module) :]:
            made[name] = _module(name, mutant)
            setattr(execution, name.rpartition(".")[2], made[name])
        yield {**{name: sys.modules[name] for name in _MODULES}, **made}


def _module(name: str, mutant: Mutant) -> ModuleType:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    source = spec.loader.get_source(name)  # type: ignore[attr-defined]  # a loader of files has its text
    if name == mutant.module:
        assert source.count(mutant.old) == 1, f"{mutant.old!r} stands {source.count(mutant.old)} times in {name}"
        source = source.replace(mutant.old, mutant.new)
    module = importlib.util.module_from_spec(spec)
    # Classes with slots look for their own module.
    sys.modules[name] = module
    exec(compile(source, spec.origin or name, "exec"), module.__dict__)  # noqa: S102 - our own source
    return module
