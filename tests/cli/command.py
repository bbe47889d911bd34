"""The command `gateway` as a process of its own, started the way a user starts it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

# Seconds after which a process that has not done its part never will.
PATIENCE = 30


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    """Give the test's own environment without any settings of a gateway in it."""
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    return {**kept, **settings}


async def _start(*arguments: str, **settings: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, stdout=PIPE, stderr=PIPE, env=_environ(settings)
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """What a process said, and how it ended."""

    code: int
    out: str
    err: str


async def run(*arguments: str, **settings: str) -> Ended:
    """Run a command to its end."""
    process = await _start(*arguments, **settings)
    return await ended(process)


async def ended(process: Process) -> Ended:
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@dataclass(frozen=True, slots=True)
class Running:
    """A process that goes on, and the lines it greeted with, by their first word."""

    process: Process
    greeting: Mapping[str, str]

    async def stop(self, signal_: signal.Signals = signal.SIGTERM) -> Ended:
        self.process.send_signal(signal_)
        return await ended(self.process)


@asynccontextmanager
async def running(*arguments: str, last: str = "sfox", **settings: str) -> AsyncIterator[Running]:
    """Start a command and read its greeting, up to the line that begins with `last`; it is ended in any case."""
    process = await _start(*arguments, **settings)
    try:
        assert process.stdout is not None
        greeting: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while last not in greeting:
                line = await process.stdout.readline()
                assert line, (await ended(process)).err
                word, _, rest = line.decode().strip().partition(" ")
                greeting[word] = rest.strip()
        yield Running(process, greeting)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def ask(url: str, query: str, key: str | None = None) -> tuple[int, dict[str, object]]:
    """Post one operation; give the status and the body, but for what the operation costs."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with aiohttp.ClientSession() as http, http.post(url, json={"query": query}, headers=headers) as response:
        answer: dict[str, object] = await response.json()
        answer.pop("extensions", None)
        return response.status, answer


async def control(url: str, **change: object) -> dict[str, object]:
    """Look at a provider of the sandbox, or change something there."""
    async with aiohttp.ClientSession() as http:
        call = http.post(f"{url}/_sandbox", json=change) if change else http.get(f"{url}/_sandbox")
        async with call as response:
            assert response.status == 200, await response.text()
            shown: dict[str, object] = await response.json()
            return shown
