"""Child processes: started on a core of their own where one is given, read from /proc, and told to end."""

import asyncio
import os
import socket
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_PATIENCE = 30.0
_GRACE = 20.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/<pid>/stat, counted from the one after the program's name.
_UTIME, _STIME, _RSS = 11, 12, 21


@asynccontextmanager
async def run(
    command: Sequence[str], environ: Mapping[str, str], *, core: int | None = None, folder: Path | None = None
) -> AsyncIterator[Process]:
    """Run a program without any settings but these; its output is for reading, its complaints are for nobody."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("GATEWAY_")}
    pinned = () if core is None else ("taskset", "--cpu-list", str(core))
    process = await asyncio.create_subprocess_exec(
        *pinned, *command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, env=kept | dict(environ), cwd=folder
    )
    try:
        yield process
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            process.kill()
    await process.wait()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


async def listening(process: Process, port: int, name: str) -> None:
    """Wait until the process takes connections; ends the benchmark by name where it ends first."""
    async with asyncio.timeout(_PATIENCE):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            if process.returncode is not None:
                raise SystemExit(f"A process ended before it listened: {name}")
            await asyncio.sleep(0.05)


def resident(pid: int) -> int:
    """Read how many bytes of memory a process and its children hold."""
    return sum(_stat(each)[_RSS] for each in _family(pid)) * _PAGE


def cpu_seconds(pid: int) -> float:
    """Read how many seconds of a core a process and its children have taken."""
    return sum(_stat(each)[_UTIME] + _stat(each)[_STIME] for each in _family(pid)) / _TICKS


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _family(int(child))


def _stat(pid: int) -> list[int]:
    _, _, told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    # The first of them is a letter, the process's state.
    return [0, *map(int, told.split()[1:])]
