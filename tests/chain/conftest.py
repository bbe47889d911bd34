"""A chain of its own for every test."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.chain import Chain, open_chain


@pytest_asyncio.fixture
async def chain() -> AsyncIterator[Chain]:
    async with open_chain() as opened:
        yield opened
