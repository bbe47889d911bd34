"""The gateway as a process of its own, and all that it writes: to a pipe as JSON, or to a terminal in plain lines."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

# Seconds after which a process that has not done its part never will.
PATIENCE = 30


@dataclass(slots=True)
class Writing:
    """What a process has written so far, and where the gateway answers."""

    url: str = ""
    out: str = ""
    errors: bytearray = field(default_factory=bytearray)

    @property
    def log(self) -> str:
        return self.errors.decode()


def _drain(descriptor: int, into: bytearray) -> None:
    """Take what is there; a terminal whose other end is closed says so by an error."""
    try:
        into += os.read(descriptor, 1 << 16)
    except OSError:
        asyncio.get_running_loop().remove_reader(descriptor)


def _environ(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    return {**kept, **settings}


@asynccontextmanager
async def writing(*arguments: str, terminal: bool, settings: Mapping[str, str]) -> AsyncIterator[Writing]:
    """Start `gateway`, wait for its greeting, and read all that it writes until it has ended."""
    reader, writer = os.openpty() if terminal else os.pipe()
    seen = Writing()
    loop = asyncio.get_running_loop()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", *arguments, stdin=DEVNULL, stdout=PIPE, stderr=writer, env=_environ(settings)
    )
    os.close(writer)
    loop.add_reader(reader, _drain, reader, seen.errors)
    try:
        seen.url = await _greeting(process, seen)
        yield seen
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            rest, _ = await process.communicate()
        seen.out += rest.decode()
        _drain(reader, seen.errors)
        loop.remove_reader(reader)
        os.close(reader)


async def _greeting(process: Process, seen: Writing) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        while line := (await process.stdout.readline()).decode():
            seen.out += line
            word, _, rest = line.strip().partition(" ")
            if word == "open":
                return rest.strip().removesuffix("/graphql")
    raise AssertionError(seen.log)
