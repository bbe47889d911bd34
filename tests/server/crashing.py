"""Servers with something broken inside, to see what comes out."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import uvicorn

from gateway.domain.caller import Caller, Scope
from gateway.domain.network import BitcoinNetwork, Networks, SolanaNetwork
from gateway.domain.provider import Provider
from gateway.loaders.listening import Listening
from gateway.loaders.loaders import Questions
from gateway.readings.health import Health, ProviderHealth
from gateway.readings.live import Live
from gateway.schema.context import Context
from gateway.schema.limits import RequestLimits
from gateway.server.callers import Callers
from gateway.server.compiled import Runs
from gateway.server.page import PageSettings
from gateway.server.parts import Parts
from gateway.server.server import create_server
from gateway.upstream.metrics import Metrics
from tests.readings.clock import StandingClock
from tests.readings.told import Stand

# What no caller may ever see of a fault.
INSIDE = "the password is swordfish"


class CrashingHealth(Health):
    """Fails in a resolver."""

    def all(self) -> list[ProviderHealth]:
        raise RuntimeError(INSIDE)


class CrashingParts(Parts):
    """Fails before there is an operation."""

    def context(
        self,
        caller: Caller,  # noqa: ARG002 - whoever asks
        timeout: float | None = None,  # noqa: ARG002 - however long it may take
        max_age: int | None = None,  # noqa: ARG002 - however old it may be
    ) -> Context:
        raise RuntimeError(INSIDE)


def parts(kind: type[Parts] = Parts) -> Parts:
    """Make parts whose every source crashes, and whose health does too."""
    stand = Stand()
    stand.told.fault = RuntimeError(INSIDE)
    # One source of words stands in for every question: it fails before what it gives would matter.
    readings: Any = stand.readings
    metrics = Metrics()
    return kind(
        questions=Questions(*(readings for _ in Questions.__slots__)),
        listening=Listening(*(Live(readings, stand.plane) for _ in Listening.__slots__)),
        networks=Networks(BitcoinNetwork.MAINNET, SolanaNetwork.MAINNET),
        health=CrashingHealth(StandingClock(), {Provider.XVERSE: True}, {}, Metrics()),
        clock=stand.clock,
        limits=RequestLimits(),
        timeout=5,
        metrics=metrics,
        runs=Runs(metrics),
    )


@asynccontextmanager
async def crashing_server(broken: Parts, limits: RequestLimits | None = None) -> AsyncIterator[str]:
    """Serve the broken parts on a free port; give the URL of the endpoint."""

    @asynccontextmanager
    async def open_parts() -> AsyncIterator[Parts]:
        yield broken

    callers = Callers({}, Caller(None, frozenset({Scope.BALANCES_READ})))
    app = create_server(open_parts, callers, limits or RequestLimits(), PageSettings())
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    # The test's own process keeps its signals.
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take over the signals
    try:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with aiohttp.ClientSession() as http, http.get(f"{url}/healthz") as response:
            assert response.status == 200
        yield f"{url}/graphql"
    finally:
        server.should_exit = True
        await task
