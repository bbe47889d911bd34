"""A sandbox on free ports, its limiters off, and a caller for it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from gateway.sandbox import open_sandbox
from tests.sandbox.caller import Caller


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    # Each call on a connection of its own: the client must not retry what a fault has broken.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as opened:
        yield opened


@pytest.fixture
async def caller(session: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    async with open_sandbox(limits=False) as sandbox:
        yield Caller(sandbox, session)
