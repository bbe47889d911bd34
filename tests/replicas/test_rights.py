"""The rights that docs/replicas.md gives a gateway's user in the store are all that a gateway needs, and no more."""

import asyncio
import math
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from gateway.app import open_store, read_settings
from gateway.domain.clock import SystemClock
from gateway.replicas.pulse import Circuits
from gateway.sandbox import Sandbox, open_sandbox
from gateway.sandbox.addresses import TOKEN_ACCOUNT
from tests.cli.command import run
from tests.end_to_end.asking import QUESTIONS
from tests.replicas.question import token_account
from tests.replicas.replica import settings_over
from tests.running import serving
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess, running_store

_DOCUMENT = Path(__file__).parents[2] / "docs" / "replicas.md"
_PASSWORD = "the-stores-own-password"
# What belongs to every connection, whoever the user is, and what the test itself sends.
_ANYONE: Final = {"auth", "hello", "client|setinfo", "config|resetstat", "acl|log"}
_OPERATOR: Final = {"scan", "strlen"}


def _granted() -> list[str]:
    """Give the rights of the document, without the user's name and password."""
    (line,) = re.findall(r"^user balance-gateway on >PASSWORD (.+)$", _DOCUMENT.read_text("utf-8"), re.MULTILINE)
    rights: list[str] = line.split()
    return rights


@asynccontextmanager
async def _guarded_store(engine: Engine, folder: Path, *more: str) -> AsyncIterator[StoreProcess]:
    """Start a store that lets a gateway in with the document's rights, and with those added to them."""
    async with running_store(engine, folder, user="balance-gateway", password=_PASSWORD) as store:
        await store.ask("ACL", "SETUSER", "balance-gateway", "reset", "on", f">{_PASSWORD}", *_granted(), *more)
        await store.ask("CONFIG", "RESETSTAT")
        yield store


async def _refused(store: StoreProcess) -> list[bytes]:
    """List what was refused; a client may try to tell its name, and does without."""
    entries = [dict(zip(each[::2], each[1::2], strict=True)) for each in await store.ask("ACL", "LOG")]
    return [each[b"object"] for each in entries if each[b"object"] != b"client|setinfo"]


async def _used(store: StoreProcess) -> set[str]:
    """List the commands that were asked of it, those within scripts included."""
    told = await store.ask("INFO", "commandstats")
    return {name.removeprefix("cmdstat_") for name in told} - _ANYONE


async def _serve(sandbox: Sandbox, store: StoreProcess) -> None:
    """Let two gateways do all that gateways do with a store."""
    settings = settings_over(
        sandbox,
        store,
        GATEWAY_CACHE__REQUIRED="true",
        GATEWAY_CALLER_BUDGET="100000/minute",
        GATEWAY_BLOXROUTE__BUDGET="60/minute",
    )
    async with serving(sandbox, clock=None, **settings) as one, serving(sandbox, clock=None, **settings) as other:
        for question in QUESTIONS:
            assert (await question.ask(one))["outcome"] == "FRESH"
            assert (await question.ask(other))["provenance"]["servedFrom"] == "CACHE"
        # Long enough for a turn to be lengthened.
        await one.control("solana", latency_ms=600)
        await asyncio.gather(*(token_account(1).ask(each) for each in (one, other)))
        await one.control("solana", latency_ms=0)
        await one.fail("solana", "429")
        assert (await token_account(2).ask(one))["problem"]["code"] == "RATE_LIMITED"
        await one.control("solana", reset=True)
    # A circuit that opens and closes, without the wait for it.
    async with open_store(read_settings(settings), SystemClock()) as shared:
        assert shared is not None
        shown = {"a-host": math.inf}
        shared.sharing.pulse.circuits.append(Circuits(lambda: shown, lambda _: None))
        assert await shared.sharing.pulse.beat()
        shown.clear()
        assert await shared.sharing.pulse.beat()


async def test_a_gateway_needs_each_right_that_the_document_gives_it_and_no_other(
    engine: Engine, tmp_path: Path
) -> None:
    async with open_sandbox(limits=False) as sandbox, _guarded_store(engine, tmp_path) as store:
        await _serve(sandbox, store)
        dropped = await run("cache", "drop", "--address", TOKEN_ACCOUNT, **settings_over(sandbox, store))
        assert dropped.code == 0, dropped.err
        assert await _refused(store) == []
        assert await _used(store) == {right[1:] for right in _granted() if right.startswith("+")}


async def test_the_statistics_need_two_rights_more(engine: Engine, tmp_path: Path) -> None:
    more = [f"+{right}" for right in sorted(_OPERATOR)]
    async with open_sandbox(limits=False) as sandbox, _guarded_store(engine, tmp_path) as store:
        settings = settings_over(sandbox, store)
        async with serving(sandbox, clock=None, **settings) as gateway:
            await token_account(1).ask(gateway)
        without = await run("cache", "stats", **settings)
        assert without.code == 1
        assert "what they may do" in without.err
        await store.ask("ACL", "SETUSER", "balance-gateway", *more)
        told = await run("cache", "stats", **settings)
        assert told.code == 0, told.err
        assert "token_account_by_address" in told.out
        assert await _used(store) >= _OPERATOR


async def test_the_user_reaches_nothing_of_others(engine: Engine, tmp_path: Path) -> None:
    async with _guarded_store(engine, tmp_path) as store, Redis.from_url(store.url, protocol=2) as client:
        await client.set("balance-gateway:a", "b")
        for command in (
            ["GET", "a"],
            ["SET", "a", "b"],
            ["EVAL", "return redis.call('GET', 'a')", "0"],
            ["KEYS", "*"],
            ["SCAN", "0"],
            ["FLUSHDB"],
            ["CONFIG", "GET", "*"],
            ["SUBSCRIBE", "balance-gateway:a"],
            ["ACL", "LIST"],
        ):
            with pytest.raises(ResponseError, match=r"permission|access"):
                await client.execute_command(*command)  # type: ignore[no-untyped-call]  # as redis-py has it
