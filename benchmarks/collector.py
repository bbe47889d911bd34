"""What Python's garbage collector costs a gateway that keeps many readings: left alone, and as the gateway sets it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from benchmarks.children import settings_over
from benchmarks.load import Load, load, require_programs
from benchmarks.process import free_port, listening, run
from benchmarks.questions import HOLDERS, RUNES, TOKEN_ACCOUNTS, cold, cold_parts
from benchmarks.ratios import cores
from benchmarks.upstream import Upstream, open_upstream

# Seconds to fill the memory, and to look.
_FILLING, _LOOKING = 10, 15
_CONNECTIONS = 16


@asynccontextmanager
async def _gateway(manner: str, upstream: Upstream, core: int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Start a gateway; what it tells of its collector is there once it has ended."""
    told: dict[str, Any] = {}
    port = free_port()
    environ = {**settings_over(upstream.urls), "GATEWAY_PORT": str(port)}
    async with run((sys.executable, "-m", "benchmarks.collected", manner), environ, core=core) as process:
        await listening(process, port, manner)
        yield f"http://127.0.0.1:{port}/graphql", told
        process.terminate()
        said, _ = await process.communicate()
    told |= json.loads(said.decode().strip().splitlines()[-1])


async def _measure(manner: str, upstream: Upstream, server: int, rest: int) -> tuple[Load, Mapping[str, Any]]:
    question = cold(cold_parts())
    async with _gateway(manner, upstream, server) as (url, told):
        await load(url, question, connections=_CONNECTIONS, seconds=_FILLING, core=rest)
        found = await load(url, question, connections=_CONNECTIONS, seconds=_LOOKING, core=rest)
    return found, told


async def main() -> None:
    require_programs()
    here = cores()
    async with aiohttp.ClientSession() as http, open_upstream(http, here.rest) as upstream:
        await upstream.order("xverse", crowd={"addresses": HOLDERS, "runes": RUNES})
        await upstream.order("solana", crowd={"tokenAccounts": TOKEN_ACCOUNTS})
        lines = ["| collector | requests/s | p99, ms | passes over all | longest pass, ms | all passes, ms |"]
        lines.append("| --- | --- | --- | --- | --- | --- |")
        for manner in ("left alone", "settled"):
            found, told = await _measure(manner, upstream, here.server, here.rest)
            longest, seconds = (told[name] * 1000 for name in ("longest", "seconds"))
            row = (f"{found.rate:.0f}", f"{found.p99 * 1000:.0f}", told["whole"], f"{longest:.1f}", f"{seconds:.0f}")
            lines.append(f"| {' | '.join(map(str, (manner, *row)))} |")
        sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
