"""One gateway for all tests of a module that leave it as they found it."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.running import Gateway, running_gateway


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing() -> AsyncIterator[Gateway]:
    """Give a gateway that outlives the test; for tests marked to run in the module's own loop."""
    async with running_gateway() as running:
        yield running
