"""Fixtures that many tests share."""

from collections.abc import AsyncIterator

import pytest

from tests.running import Gateway, running_gateway


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Give a gateway over a sandbox of its own, without the providers' rate limits."""
    async with running_gateway() as running:
        yield running
