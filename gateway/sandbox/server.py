"""The sandbox as a whole: four providers and a wallet over one ledger, opened and closed together."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from gateway.sandbox.bloxroute import Bloxroute
from gateway.sandbox.ledger import Ledger
from gateway.sandbox.listener import Listener
from gateway.sandbox.provider import Clock, Provider
from gateway.sandbox.sfox import Sfox
from gateway.sandbox.solana.node import SolanaNode
from gateway.sandbox.start import plan_faults, set_latencies, tell_modes
from gateway.sandbox.wallet import Wallet
from gateway.sandbox.xverse import Xverse

# In the order of their ports.
PROVIDERS: Final[tuple[type[Provider], ...]] = (Xverse, SolanaNode, Bloxroute, Sfox, Wallet)
_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Sandbox:
    """The four providers and the wallet while they are open."""

    urls: Mapping[str, str]
    ledger: Ledger
    calls: Mapping[str, Counter[str]]
    # Where a provider takes WebSockets, of those that do.
    feeds: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_sandbox(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: bool = True,
    seed: int = 0,
    clock: Clock = time.time,
    faults: Iterable[str] = (),
    latencies: Iterable[str] = (),
    modes: Iterable[str] = (),
) -> AsyncIterator[Sandbox]:
    """Open the four providers and the wallet: on free ports, or on `port` and the four that follow.

    `faults` are written as `sfox:429` and last until a reset, as do `latencies` such as `solana:80-900` (milliseconds,
    median and 99th percentile) and `modes` such as `xverse:v2=false`. `clock` gives seconds since 1970 to the limiters.
    Raise OSError naming host and port when a port is taken, ValueError on an impossible port or an order that cannot be
    carried out.
    """
    if port < 0 or (port and port + len(PROVIDERS) - 1 > _HIGHEST_PORT):
        raise ValueError(f"port must be 0, or leave room for {len(PROVIDERS)} ports up to {_HIGHEST_PORT}, not {port}")
    ledger = Ledger()
    providers = {made.name: made(ledger, clock=clock, limits=limits, seed=seed) for made in PROVIDERS}
    plan_faults(faults, providers)
    set_latencies(latencies, providers)
    tell_modes(modes, providers)
    async with AsyncExitStack() as stack:
        urls = {}
        for place, (name, provider) in enumerate(providers.items()):
            listener = Listener(provider)
            await listener.open(host, port + place if port else 0)
            stack.push_async_callback(listener.close)
            urls[name] = f"http://{f'[{host}]' if ':' in host else host}:{listener.port}"
        feeds = {
            name: urls[name].replace("http", "ws", 1)
            for name, provider in providers.items()
            if provider.sockets is not None
        }
        yield Sandbox(urls, ledger, {name: provider.calls for name, provider in providers.items()}, feeds)
