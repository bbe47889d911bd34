"""One gateway process among several that share a store."""

import asyncio
import json
import os
import secrets
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.sandbox import Sandbox
from tests.end_to_end.asking import Question
from tests.running import DEMO_KEY, Gateway, environ_over
from tests.stores.leash import leash
from tests.stores.process import StoreProcess
from tests.stores.until import until

SECRET = "the-replicas-keep-this-one-between-them"
# Seconds after which a process that has not done its part never will.
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Replica:
    """A gateway that can be asked, told to stop, killed and frozen; its log is read as it grows."""

    gateway: Gateway
    process: Process
    log: Path

    async def read(self, question: Question, max_age: int | None = None, key: str = DEMO_KEY) -> Any:
        """Ask, and give the reading; an answer of any other status than 200, or with an error in it, fails the test."""
        answer = await self.gateway.ask(question.query, {"maxAge": max_age}, key=key)
        assert answer.status == 200, answer.body
        found = answer.data
        for step in question.path:
            found = found[step]
        return found

    async def circuit(self, provider: str) -> str:
        """Say in which state it holds a provider's circuit to be."""
        told = (await self.gateway.ask("{ providers { provider circuit } }")).data["providers"]
        state: str = next(each["circuit"] for each in told if each["provider"] == provider)
        return state

    def events(self, name: str) -> list[dict[str, Any]]:
        """Give the lines of its log that tell of one kind of event, from the first to the last whole one."""
        whole, _, _ = self.log.read_text().rpartition("\n")
        return [line for line in map(json.loads, whole.splitlines()) if line["event"] == name]

    async def logged(self, name: str, times: int = 1) -> None:
        """Wait until it has told of an event so many times."""
        await until(lambda: len(self.events(name)) >= times)

    async def stop(self) -> None:
        """Let it end in good order."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it in the middle of whatever it does."""
        await self._end(signal.SIGKILL)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    async def _end(self, how: signal.Signals) -> None:
        if self.process.returncode is None:
            self.process.send_signal(how)
            # A frozen process takes no other signal until it runs again.
            self.process.send_signal(signal.SIGCONT)
        async with asyncio.timeout(_PATIENCE):
            await self.process.wait()


def settings_over(sandbox: Sandbox, store: StoreProcess, **settings: str) -> dict[str, str]:
    """Give the settings of a replica; what it reads is fresh for longer than any test takes, unless it is told else."""
    long = {f"GATEWAY_{provider}__FRESH_FOR": "100" for provider in ("XVERSE", "SOLANA", "BLOXROUTE", "SFOX")}
    shared = {"GATEWAY_CACHE__URL": store.url, "GATEWAY_CACHE__SECRET": SECRET, "GATEWAY_PORT": "0"}
    return environ_over(sandbox, **(long | shared | settings))


@asynccontextmanager
async def running_replica(sandbox: Sandbox, store: StoreProcess, **settings: str) -> AsyncIterator[Replica]:
    """Start a gateway process over the store, as an operator would; it is killed in the end."""
    log = store.folder / f"replica-{secrets.token_hex(4)}.log"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        process = await _start(log, settings_over(sandbox, store, **settings))
        replica = Replica(Gateway("", sandbox, http), process, log)
        try:
            url = (await _greeting(replica)).removesuffix("/graphql")
            yield Replica(Gateway(url, sandbox, http), process, log)
        finally:
            await replica.kill()


@asynccontextmanager
async def running_replicas(
    count: int, sandbox: Sandbox, store: StoreProcess, **settings: str
) -> AsyncIterator[Sequence[Replica]]:
    """Start several of one kind, side by side."""
    async with AsyncExitStack() as stack:
        starting = [stack.enter_async_context(running_replica(sandbox, store, **settings)) for _ in range(count)]
        yield await asyncio.gather(*starting)


async def acquainted(store: StoreProcess, count: int) -> None:
    """Wait until so many replicas know of each other: each has shown itself since all were there."""

    async def shown() -> dict[bytes, float]:
        found = await store.ask("ZRANGE", "balance-gateway:replicas", 0, -1, "WITHSCORES")
        return dict(zip(found[::2], map(float, found[1::2]), strict=True))

    async def are_all_there() -> bool:
        return len(await shown()) == count

    await until(are_all_there)
    since = max((await shown()).values())

    async def have_all_shown_themselves() -> bool:
        return min((await shown()).values()) > since

    await until(have_all_shown_themselves)


async def _start(log: Path, settings: dict[str, str]) -> Process:
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    with log.open("wb") as told:
        return await asyncio.create_subprocess_exec(
            *(*leash(), sys.executable, "-m", "gateway", "serve"),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=told,
            env=kept | settings,
        )


async def _greeting(replica: Replica) -> str:
    """Give the URL that it greets with."""
    assert replica.process.stdout is not None
    async with asyncio.timeout(_PATIENCE):
        while line := await replica.process.stdout.readline():
            word, _, rest = line.decode().strip().partition(" ")
            if word == "open":
                return rest.strip()
    raise AssertionError(replica.log.read_text())
