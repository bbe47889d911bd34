"""What every table is played on."""

from collections.abc import AsyncIterator

import pytest

from gateway.sandbox import Sandbox, open_sandbox
from tests.matrix.stage import Stage, open_stage


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Give a sandbox for the providers that a row is not about."""
    async with open_sandbox(limits=False) as running:
        yield running


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Give a server that plays the provider each row is about."""
    async with open_stage() as running:
        yield running
