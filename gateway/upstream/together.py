"""Several calls at once that stand or fall together."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Give all answers in order; the first error ends the other calls, for nobody would take their answers."""
    every = list(calls)
    if len(every) == 1:
        # One needs no task of its own, and not the turns of the loop that tasks take.
        return [await every[0]]
    tasks = [asyncio.ensure_future(call) for call in every]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
