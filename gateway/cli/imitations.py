"""The sandbox as the command line starts it: alone, or beneath a gateway."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import click

from gateway.sandbox import Sandbox, credentials, open_sandbox

# The sandbox's demo caller: a key that opens nothing but the sandbox's own demo account.
DEMO_NAME, DEMO_SECRET = "demo", "sandbox-secret"
DEMO_KEY = f"{DEMO_NAME}.{DEMO_SECRET}"


@dataclass(frozen=True, slots=True)
class Orders:
    """How the sandbox starts."""

    port: int
    faults: Sequence[str]
    latencies: Sequence[str]
    modes: Sequence[str]
    limits: bool = True
    host: str = "127.0.0.1"


def settings_over(environ: Mapping[str, str], sandbox: Sandbox) -> dict[str, str]:
    """Point every provider at the sandbox, and let the demo caller in; other settings stay as they are."""
    sections = ("XVERSE", "SOLANA", "BLOXROUTE", "SFOX", f"CALLERS__{DEMO_NAME.upper()}")
    kept = {
        key: value
        for key, value in environ.items()
        if not key.upper().startswith(tuple(f"GATEWAY_{section}__" for section in sections))
    }
    return kept | {
        "GATEWAY_XVERSE__URL": sandbox.urls["xverse"],
        "GATEWAY_XVERSE__API_KEY": credentials.XVERSE_API_KEY,
        # The sandbox keeps no count for these two.
        "GATEWAY_XVERSE__BUDGET": "none",
        "GATEWAY_SOLANA__BUDGET": "none",
        "GATEWAY_SOLANA__URL": sandbox.urls["solana"],
        "GATEWAY_SOLANA__WS_URL": sandbox.feeds["solana"],
        "GATEWAY_SOLANA__API_KEY": credentials.SOLANA_API_KEY,
        "GATEWAY_BLOXROUTE__URL": sandbox.urls["bloxroute"],
        "GATEWAY_BLOXROUTE__AUTHORIZATION": credentials.BLOXROUTE_AUTHORIZATION,
        "GATEWAY_SFOX__URL": sandbox.urls["sfox"],
        "GATEWAY_SFOX__FEED_URL": sandbox.urls["sfox"].replace("http", "ws", 1) + "/ws",
        "GATEWAY_CALLERS__DEMO__KEY_SHA256": sha256(DEMO_SECRET.encode()).hexdigest(),
        "GATEWAY_CALLERS__DEMO__SCOPES": '["balances:read", "exchange:read"]',
        "GATEWAY_CALLERS__DEMO__SFOX_TOKEN": credentials.SFOX_TOKEN,
    }


@asynccontextmanager
async def open_imitations(orders: Orders) -> AsyncIterator[Sandbox]:
    opening = open_sandbox(
        host=orders.host,
        port=orders.port,
        limits=orders.limits,
        faults=orders.faults,
        latencies=orders.latencies,
        modes=orders.modes,
    )
    async with AsyncExitStack() as stack:
        try:
            sandbox = await stack.enter_async_context(opening)
        except ValueError as wrong:
            raise click.ClickException(str(wrong)) from None
        except OSError as taken:
            hint = "choose others with --sandbox-port"
            raise click.ClickException(f"the sandbox cannot listen: {taken}; {hint}") from None
        yield sandbox


async def run_alone(orders: Orders) -> None:
    async with open_imitations(orders) as sandbox:
        click.echo("\n".join(_lines(sandbox)))
        await asyncio.Event().wait()


def _lines(sandbox: Sandbox) -> list[str]:
    keys = {
        "xverse": f"x-api-key: {credentials.XVERSE_API_KEY}",
        "solana": f"Authorization: {credentials.SOLANA_API_KEY} (or none)",
        "bloxroute": f"Authorization: {credentials.BLOXROUTE_AUTHORIZATION}",
        "sfox": f"Authorization: Bearer {credentials.SFOX_TOKEN}",
        "wallet": "(none: the person is asked)",
    }
    return [f"  {name:<10} {url}   {keys[name]}" for name, url in sandbox.urls.items()]


def greeting(sandbox: Sandbox) -> list[str]:
    """Tell what opens the gateway, and where the providers are that it reads."""
    return [f"  key        Authorization: Bearer {DEMO_KEY}", "It reads its sandbox:", *_lines(sandbox)]
