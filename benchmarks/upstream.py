"""The upstream of a benchmark: the sandbox with a crowd of holders, slowed at will, and asked for its counts."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from benchmarks.children import PROVIDERS, told_urls
from benchmarks.process import cpu_seconds, run


@dataclass(frozen=True, slots=True)
class Upstream:
    """The sandbox's providers by name, and the process that is all of them."""

    urls: Mapping[str, str]
    pid: int
    http: aiohttp.ClientSession

    async def order(self, provider: str, **orders: Any) -> None:
        """End the benchmark where the order cannot be carried out."""
        async with self.http.post(f"{self.urls[provider]}/_sandbox", data=json.dumps(orders)) as response:
            if not response.ok:
                raise SystemExit(f"{provider} of the sandbox refused an order: {await response.text()}")

    async def calls(self) -> int:
        """Count the HTTP requests that the two chains' providers were sent so far."""
        xverse = await self._counted("xverse")
        # A node's methods are counted beside the requests that they came in.
        return sum(xverse.values()) + (await self._counted("solana")).get("POST /", 0)

    def cpu_seconds(self) -> float:
        return cpu_seconds(self.pid)

    async def _counted(self, provider: str) -> Mapping[str, int]:
        async with self.http.get(f"{self.urls[provider]}/_sandbox") as response:
            counted: Mapping[str, int] = (await response.json())["calls"]
            return counted


@asynccontextmanager
async def open_upstream(http: aiohttp.ClientSession, core: int) -> AsyncIterator[Upstream]:
    """Start the sandbox without the vendors' limits, on free ports."""
    command = (sys.executable, "-m", "gateway", "sandbox", "--sandbox-port", "0", "--no-limits")
    async with run(command, {}, core=core) as process:
        urls = await told_urls(process, len(PROVIDERS))
        yield Upstream(dict(zip(PROVIDERS, urls, strict=True)), process.pid, http)
