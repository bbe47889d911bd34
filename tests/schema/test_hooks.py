"""Extensions' hooks run in their order, whatever their form, and one made anew for each request."""

from collections.abc import AsyncIterator, Iterator

import pytest
from strawberry.extensions import SchemaExtension

from gateway.schema.schema import create_schema


# Strawberry's own look at what a hook is.
@pytest.mark.filterwarnings("ignore:'asyncio.iscoroutinefunction' is deprecated:DeprecationWarning")
async def test_hooks_of_every_form_run_around_what_they_are_named_for() -> None:
    seen: list[str] = []

    class Plain(SchemaExtension):
        def on_operation(self) -> Iterator[None]:
            seen.append("plain begins")
            yield
            seen.append("plain ends")

    class Async(SchemaExtension):
        async def on_operation(self) -> AsyncIterator[None]:
            seen.append("async begins")
            yield
            seen.append("async ends")

        def on_parse(self) -> Iterator[None]:
            seen.append("parse")
            yield

        async def on_validate(self) -> AsyncIterator[None]:
            seen.append("validate")
            yield

    class Coroutine(SchemaExtension):
        async def on_execute(self) -> None:  # type: ignore[override]  # one of the forms that Strawberry takes
            seen.append("execute")

    schema = create_schema([Plain, Async, Coroutine])
    for _ in range(2):
        seen.clear()
        result = await schema.execute("{ __typename }")
        assert result.data == {"__typename": "Query"}
        assert seen == [
            *("plain begins", "async begins", "parse", "validate", "execute"),
            *("async ends", "plain ends"),
        ]
