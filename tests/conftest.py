"""Fixtures that many tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.running import Gateway, running_gateway
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess, running_store


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Give a gateway over a sandbox of its own, without the providers' rate limits."""
    async with running_gateway() as running:
        yield running


@pytest.fixture(params=list(Engine))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Give each engine that can be the shared store, to a test that starts it in a way of its own."""
    given: Engine = request.param
    assert given.program
    return given


@pytest.fixture
async def store(engine: Engine, tmp_path: Path) -> AsyncIterator[StoreProcess]:
    """Give an empty store, once of each engine."""
    async with running_store(engine, tmp_path) as running:
        yield running
