"""A store that cannot be had at the start, and one that wants a user, a password and a certificate."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.sandbox import Sandbox, open_sandbox
from tests.cli.command import Ended, run
from tests.replicas.question import ACCOUNTS, token_account
from tests.replicas.replica import running_replica, running_replicas, settings_over
from tests.stores.certificates import make_certificates
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess, running_store

_PASSWORD = "the-stores-own-password"
_QUESTION = token_account(0)


async def test_a_wrong_password_is_told_and_the_replica_runs_on_its_memory(engine: Engine, tmp_path: Path) -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        running_store(engine, tmp_path, password=_PASSWORD) as store,
        running_replica(sandbox, replace(store, password="wrong-password")) as replica,
    ):
        for _ in range(2):
            assert (await replica.read(_QUESTION))["outcome"] == "FRESH"
        assert sandbox.calls["solana"][ACCOUNTS] == 1
        await replica.logged("store.lost")
        (told,) = replica.events("store.lost")
        assert "password" in told["reason"]
        assert "wrong-password" not in replica.log.read_text()
        assert not await store.keys()


async def test_a_store_that_is_not_there_at_the_start_is_found_when_it_comes(store: StoreProcess) -> None:
    store.kill()
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (one, other):
        assert (await one.read(_QUESTION))["outcome"] == "FRESH"
        for replica in (one, other):
            # One that looks for it later than it comes has nothing to tell.
            await replica.logged("store.lost")
        await store.start()
        for replica in (one, other):
            await replica.logged("store.found")
        await one.read(token_account(1))
        assert (await other.read(token_account(1)))["provenance"]["servedFrom"] == "CACHE"


async def _refused(sandbox: Sandbox, store: StoreProcess, **settings: str) -> Ended:
    """Start a replica that wants the store and is told that it cannot be had."""
    ended = await run("serve", **settings_over(sandbox, store, GATEWAY_CACHE__REQUIRED="true", **settings))
    assert ended.code != 0
    assert "GATEWAY_CACHE__URL" in ended.err
    assert "Traceback" not in ended.err
    assert store.password is None or store.password not in ended.err
    return ended


async def test_a_replica_that_must_have_the_store_does_not_start_with_a_wrong_password(
    engine: Engine, tmp_path: Path
) -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        running_store(engine, tmp_path, password=_PASSWORD) as store,
    ):
        ended = await _refused(sandbox, replace(store, password="wrong-password"))
        assert "refuses the user or the password" in ended.err


@pytest.mark.parametrize("trouble", ["kill", "freeze"])
async def test_a_replica_that_must_have_the_store_does_not_start_without_it(trouble: str, store: StoreProcess) -> None:
    getattr(store, trouble)()
    async with open_sandbox(limits=False) as sandbox:
        await _refused(sandbox, store)


async def test_a_replica_that_must_have_the_store_starts_with_it_and_outlives_it(store: StoreProcess) -> None:
    async with (
        open_sandbox(limits=False) as sandbox,
        running_replica(sandbox, store, GATEWAY_CACHE__REQUIRED="true") as replica,
    ):
        await replica.read(_QUESTION)
        store.kill()
        await replica.logged("store.lost")
        assert (await replica.read(_QUESTION, max_age=0))["outcome"] == "FRESH"


async def test_a_user_with_no_more_rights_than_it_needs_shares_over_tls(engine: Engine, tmp_path: Path) -> None:
    own, foreign = make_certificates(tmp_path / "own"), make_certificates(tmp_path / "foreign")
    trusted = {"GATEWAY_CACHE__TLS_CA": str(own.authority)}
    async with (
        open_sandbox(limits=False) as sandbox,
        running_store(engine, tmp_path, user="gateway", password=_PASSWORD, certificates=own) as store,
        running_replicas(2, sandbox, store, GATEWAY_CACHE__REQUIRED="true", **trusted) as (one, other),
    ):
        await one.read(_QUESTION)
        assert (await other.read(_QUESTION))["provenance"]["servedFrom"] == "CACHE"
        await _refused(sandbox, store, GATEWAY_CACHE__TLS_CA=str(foreign.authority))
        # Those whom the machine trusts do not vouch for it either.
        await _refused(sandbox, store)
        await _refused(sandbox, replace(store, user="somebody"), **trusted)


async def test_a_password_with_every_sign_in_it_opens_the_store(engine: Engine, tmp_path: Path) -> None:
    async with open_sandbox(limits=False) as sandbox, running_store(engine, tmp_path, password="p%40:/?#[]@%") as store:
        async with running_replica(sandbox, store, GATEWAY_CACHE__REQUIRED="true") as replica:
            assert (await replica.read(_QUESTION))["outcome"] == "FRESH"
        assert await store.keys("balance-gateway:reading:*")
