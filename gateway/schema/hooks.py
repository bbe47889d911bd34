"""The hooks of extensions, found once for each class: by itself, Strawberry looks in each request and event."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import cache, partial
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import Any, Final, TypeAlias

from strawberry.extensions import SchemaExtension
from strawberry.extensions.context import (
    ExecutingContextManager,
    ExtensionContextManagerBase,
    OperationContextManager,
    ParsingContextManager,
    StreamResultContextManager,
    ValidationContextManager,
    WrappedHook,
)
from strawberry.extensions.runner import SchemaExtensionsRunner
from strawberry.types import ExecutionContext, StreamExecutionResult

_NO_HOOK: Final = SchemaExtension.on_stream_result
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
    """Runs the extensions of one request, or of all events of a subscription, without waiting for what is at hand."""

    def operation(self) -> OperationContextManager:
        return _Operation(self.extensions)

    def parsing(self) -> ParsingContextManager:
        return _Parsing(self.extensions)

    def validation(self) -> ValidationContextManager:
        return _Validation(self.extensions)

    def executing(self) -> ExecutingContextManager:
        return _Executing(self.extensions)

    def on_stream_result(self, result: StreamExecutionResult) -> Any:
        hooked = [each for each in self.extensions if type(each).on_stream_result is not _NO_HOOK]
        nothing: AbstractAsyncContextManager[None] = nullcontext()
        return StreamResultContextManager(hooked, result) if hooked else nothing

    async def get_extensions_results(self, ctx: ExecutionContext) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for each in self.extensions:
            results = each.get_results()
            found.update(results if isinstance(results, dict) else await results)
        found.update(ctx.extensions_results)
        return found
