"""The hooks of extensions, found once for each class: left to itself, Strawberry looks for them in each request."""

from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import Any, TypeAlias

from strawberry.extensions import SchemaExtension
from strawberry.extensions.context import (
    ExecutingContextManager,
    ExtensionContextManagerBase,
    OperationContextManager,
    ParsingContextManager,
    ValidationContextManager,
    WrappedHook,
)
from strawberry.extensions.runner import SchemaExtensionsRunner

_Find: TypeAlias = Callable[[SchemaExtension], WrappedHook | None]


@cache
def _find(kind: type[SchemaExtension], name: str) -> _Find | None:
    """Give what finds a hook of an extension; None where Strawberry has to look."""
    hook: Any = getattr(kind, name)
    if hook is getattr(SchemaExtension, name):
        return lambda _: None
    if isgeneratorfunction(hook):
        enter = contextmanager(hook)
        return lambda extension: WrappedHook(extension, partial(enter, extension), is_async=False)
    if isasyncgenfunction(hook):
        enter_async = asynccontextmanager(hook)
        return lambda extension: WrappedHook(extension, partial(enter_async, extension), is_async=True)
    return None


class _Known(ExtensionContextManagerBase):
    def get_hook(self, extension: SchemaExtension) -> WrappedHook | None:
        find = _find(type(extension), self.HOOK_NAME)  # type: ignore[arg-type]  # mypy takes the class for an instance
        return super().get_hook(extension) if find is None else find(extension)


class _Operation(_Known, OperationContextManager):
    pass


class _Parsing(_Known, ParsingContextManager):
    pass


class _Validation(_Known, ValidationContextManager):
    pass


class _Executing(_Known, ExecutingContextManager):
    pass


class Runner(SchemaExtensionsRunner):
    """Runs the extensions of one request."""

    def operation(self) -> OperationContextManager:
        return _Operation(self.extensions)

    def parsing(self) -> ParsingContextManager:
        return _Parsing(self.extensions)

    def validation(self) -> ValidationContextManager:
        return _Validation(self.extensions)

    def executing(self) -> ExecutingContextManager:
        return _Executing(self.extensions)
