"""The stores of the tests do what the tests of the gateway take them to do."""

from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError
from redis.exceptions import ConnectionError as NotReachableError
from redis.exceptions import TimeoutError as NoAnswerError

from tests.stores.certificates import make_certificates
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess, running_store


async def test_a_store_is_the_engine_asked_for_and_is_empty_again_after_a_crash(store: StoreProcess) -> None:
    # Valkey gives the version of Redis it is compatible with beside its own.
    assert ("valkey_version" in await store.ask("INFO", "SERVER")) == (store.engine is Engine.VALKEY)
    url = store.url
    await store.ask("SET", "a", "b")
    assert await store.keys() == {"a"}
    store.kill()
    with pytest.raises(NotReachableError):
        await store.ask("PING")
    await store.start()
    assert (store.url, await store.keys()) == (url, set())
    assert not list(store.folder.glob("*.rdb"))


async def test_a_frozen_store_takes_connections_and_answers_only_when_it_thaws(store: StoreProcess) -> None:
    async with Redis.from_url(store.url, socket_timeout=0.2, retry=None) as client:
        await client.ping()
        store.freeze()
        with pytest.raises(NoAnswerError):
            await client.ping()
        store.thaw()
        assert await client.ping()
        assert await store.disconnect() == 1


async def test_a_full_store_refuses_to_write_and_goes_on_reading(store: StoreProcess) -> None:
    await store.ask("SET", "a", "b")
    await store.fill()
    with pytest.raises(OutOfMemoryError):
        await store.ask("SET", "a", "c")
    assert await store.ask("GET", "a") == b"b"
    await store.drain()
    await store.ask("SET", "a", "c")


async def test_a_user_gets_in_by_tls_with_its_password_and_reaches_its_own_prefix(
    engine: Engine, tmp_path: Path
) -> None:
    own, foreign = make_certificates(tmp_path / "own"), make_certificates(tmp_path / "foreign")
    async with running_store(engine, tmp_path, user="gateway", password="s3cret", certificates=own) as store:
        assert store.url == f"rediss://gateway:s3cret@127.0.0.1:{store.port}/0"
        async with Redis.from_url(store.url, ssl_ca_certs=str(own.authority)) as client:
            await client.set("balance-gateway:a", "b")
            with pytest.raises(NoPermissionError):
                await client.set("a", "b")
        wrong = store.url.replace("s3cret", "s4cret")
        async with Redis.from_url(wrong, ssl_ca_certs=str(own.authority)) as client:
            with pytest.raises(AuthenticationError):
                await client.ping()
        async with Redis.from_url(store.url, ssl_ca_certs=str(foreign.authority), retry=None) as client:
            with pytest.raises(NotReachableError, match="certificate"):
                await client.ping()
