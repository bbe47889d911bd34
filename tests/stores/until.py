"""Waiting for something that another process does, with an end to the patience."""

import asyncio
from collections.abc import Awaitable, Callable
from inspect import isawaitable


async def until(fact: Callable[[], Awaitable[bool] | bool], within: float = 10) -> None:
    """Look again and again whether it is so; after `within` seconds it is a TimeoutError."""
    async with asyncio.timeout(within):
        while not await _is_so(fact):  # noqa: ASYNC110 - no event comes out of another process
            await asyncio.sleep(0.01)


async def _is_so(fact: Callable[[], Awaitable[bool] | bool]) -> bool:
    found = fact()
    return await found if isawaitable(found) else found
