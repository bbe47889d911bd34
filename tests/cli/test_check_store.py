"""`gateway check` over a store that replicas share: whether it answers, and how many share it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.sandbox import Sandbox, open_sandbox
from tests.cli.command import Ended, run
from tests.replicas.replica import settings_over
from tests.running import environ_over, serving
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess, running_store

_PASSWORD = "the-stores-own-password"
_WELL = "XVERSE", "SOLANA_RPC", "BLOXROUTE"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with open_sandbox(limits=False) as opened:
        yield opened


def _rows(told: Ended) -> dict[str, str]:
    """Give the answers by what was asked; of an exchange the last."""
    rows = [line.split(None, 1) for line in told.out.splitlines()[1:]]
    return {row[0]: row[1] for row in rows}


async def test_a_store_that_answers_is_told_with_the_replicas_that_share_it(
    sandbox: Sandbox, store: StoreProcess
) -> None:
    settings = settings_over(sandbox, store)
    alone = await run("check", **settings)
    async with serving(sandbox, clock=None, **settings), serving(sandbox, clock=None, **settings):
        with_others = await run("check", **settings)
    for told, alive in ((alone, "0 replicas alive"), (with_others, "2 replicas alive")):
        assert (told.code, told.err) == (0, "")
        assert " ok, in " in _rows(told)["STORE"]
        assert _rows(told)["STORE"].endswith(f" ms; {alive}")


@pytest.mark.parametrize("required", ["false", "true"])
async def test_a_store_that_is_not_there_is_told_and_the_providers_are_asked_all_the_same(
    required: str, sandbox: Sandbox, store: StoreProcess
) -> None:
    store.kill()
    told = await run("check", **settings_over(sandbox, store, GATEWAY_CACHE__REQUIRED=required))
    assert (told.code, told.err) == (1, "")
    assert "UNAVAILABLE: " in _rows(told)["STORE"]
    assert all(" ok, in " in _rows(told)[provider] for provider in _WELL)


async def test_a_wrong_password_is_told_without_it(sandbox: Sandbox, engine: Engine, tmp_path: Path) -> None:
    async with running_store(engine, tmp_path, password=_PASSWORD) as store:
        told = await run("check", **settings_over(sandbox, replace(store, password="wrong-password")))
    assert told.code == 1
    assert "UNAVAILABLE: it refuses the user or the password" in _rows(told)["STORE"]
    assert "wrong-password" not in told.out + told.err


async def test_no_store_is_no_failure(sandbox: Sandbox) -> None:
    told = await run("check", **environ_over(sandbox))
    assert told.code == 0
    assert "NOT_CONFIGURED: off" in _rows(told)["STORE"]
