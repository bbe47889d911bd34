"""A sandbox without limits, and a follower of its feed."""

from collections.abc import AsyncIterator

import pytest

from tests.providers.sfox.follower import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as opened:
        yield opened
