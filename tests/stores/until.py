"""Waiting for something that another process does, with an end to the patience."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(fact: Callable[[], Awaitable[bool]], within: float = 10) -> None:
    """Ask again and again whether it is so; after `within` seconds it is a TimeoutError."""
    async with asyncio.timeout(within):
        while not await fact():  # noqa: ASYNC110 - no event comes out of another process
            await asyncio.sleep(0.01)
