"""The store that replicas share, as a child process: Redis or Valkey, whichever is on the machine, on a free port."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as NotReachableError

from benchmarks.process import free_port

_PROGRAMS = ("redis-server", "valkey-server")
_SECRET = "a-secret-that-opens-nothing-but-a-benchmark"  # noqa: S105 - it opens nothing
_PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Engine:
    """A store that keeps nothing on disk, and can be asked and frozen."""

    client: Redis
    port: int
    process: Process

    def settings(self, database: int) -> Mapping[str, str]:
        """Give what a gateway needs to be told of it."""
        return {"GATEWAY_CACHE__URL": f"redis://127.0.0.1:{self.port}/{database}", "GATEWAY_CACHE__SECRET": _SECRET}

    def freeze(self) -> None:
        """Let it hold its connections and take new ones, and answer nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)


@asynccontextmanager
async def open_engine() -> AsyncIterator[Engine]:
    """Start it and wait until it answers; ends the benchmark where neither program is on the machine."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise SystemExit(f"The benchmark of the cache needs {' or '.join(_PROGRAMS)} on this machine.")
    port = free_port()
    options = ("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no")
    with TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            program, *options, "--dir", folder, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL
        )
        try:
            async with Redis(port=port, socket_timeout=_PATIENCE) as client:
                await _answers(client, process)
                yield Engine(client, port, process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _answers(client: Redis, process: Process) -> None:
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(NotReachableError):
                await client.ping()
                return
            if process.returncode is not None:
                raise SystemExit("The store ended before it answered.")
            await asyncio.sleep(0.02)
