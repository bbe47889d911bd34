"""Gateways and their sandbox as child processes, started by the command line as anyone would."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

from benchmarks.process import run
from gateway.sandbox import credentials

_URL = re.compile(r"http://[^/\s]+")
_SECRET = "benchmark-secret"  # noqa: S105 - it opens a sandbox
KEY = f"benchmark.{_SECRET}"
PROVIDERS = ("xverse", "solana", "bloxroute", "sfox")


@dataclass(frozen=True, slots=True)
class Children:
    """Where both listen; `vendors` are the sandbox's providers by name."""

    gateway: str
    vendors: Mapping[str, str]


@asynccontextmanager
async def open_children(**settings: str) -> AsyncIterator[Children]:
    """Start both on free ports, the sandbox without the vendors' limits; `settings` are the gateway's."""
    async with open_sandbox() as vendors, open_gateways(1, vendors, **settings) as (gateway,):
        yield Children(gateway, vendors)


@asynccontextmanager
async def open_sandbox() -> AsyncIterator[Mapping[str, str]]:
    """Start the sandbox on free ports, without the vendors' limits; gives its providers' URLs by name."""
    async with _child("sandbox", "--sandbox-port", "0", "--no-limits", lines=len(PROVIDERS)) as sandbox:
        yield dict(zip(PROVIDERS, sandbox, strict=True))


@asynccontextmanager
async def open_gateways(count: int, vendors: Mapping[str, str], **settings: str) -> AsyncIterator[Sequence[str]]:
    """Start several gateways over one sandbox, each on a free port; gives their URLs."""
    async with AsyncExitStack() as stack:
        starting = [_child("serve", lines=1, **(settings_over(vendors) | settings)) for _ in range(count)]
        yield [url for (url,) in await asyncio.gather(*map(stack.enter_async_context, starting))]


def settings_over(vendors: Mapping[str, str]) -> dict[str, str]:
    """Give the settings of a gateway that reads the sandbox without a budget, on a free port."""
    return {
        "GATEWAY_PORT": "0",
        **{f"GATEWAY_{name.upper()}__URL": url for name, url in vendors.items()},
        **{f"GATEWAY_{name}__BUDGET": "none" for name in ("XVERSE", "SOLANA", "BLOXROUTE")},
        "GATEWAY_XVERSE__API_KEY": credentials.XVERSE_API_KEY,
        "GATEWAY_SOLANA__API_KEY": credentials.SOLANA_API_KEY,
        "GATEWAY_BLOXROUTE__AUTHORIZATION": credentials.BLOXROUTE_AUTHORIZATION,
        "GATEWAY_CALLERS__BENCHMARK__KEY_SHA256": sha256(_SECRET.encode()).hexdigest(),
        "GATEWAY_CALLERS__BENCHMARK__SCOPES": '["balances:read", "exchange:read"]',
        "GATEWAY_CALLERS__BENCHMARK__SFOX_TOKEN": credentials.SFOX_TOKEN,
    }


@asynccontextmanager
async def _child(*arguments: str, lines: int, **environ: str) -> AsyncIterator[list[str]]:
    """Run `gateway` with arguments, and give the URLs on the first lines that hold one."""
    async with run((sys.executable, "-m", "gateway", *arguments), environ) as process:
        yield await told_urls(process, lines)


async def told_urls(process: asyncio.subprocess.Process, count: int) -> list[str]:
    """Read the URLs on the first lines that hold one."""
    found: list[str] = []
    if process.stdout is None:
        raise TypeError("the process has no output to read")
    while len(found) < count:
        line = await process.stdout.readline()
        if not line:
            raise SystemExit("The gateway's command line ended before it told where it listens.")
        found += _URL.findall(line.decode())
    return found
