"""A gateway over its sandbox, both on real sockets, as one thing that a test can ask."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import aiohttp
import msgspec
from uvicorn.server import ServerState

from gateway.app import create_app, read_settings
from gateway.domain.clock import Clock
from gateway.sandbox import Sandbox, credentials, open_sandbox
from gateway.server.crowd import ConnectionLimits
from gateway.server.listening import Server, Stop, open_listener
from gateway.server.page import PageSettings

# Keys of three callers: two with accounts of their own, one that may not read exchanges.
DEMO_KEY = "demo.sandbox-secret"
OTHER_KEY = "other.other-secret"
READER_KEY = "reader.reader-secret"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one operation."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        """The data of an operation that met no error."""
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        """The code of each error, in order."""
        return [error["extensions"]["code"] for error in self.body["errors"]]


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that is up."""

    url: str
    sandbox: Sandbox
    http: aiohttp.ClientSession
    # What serves it, where that is in the test's own process.
    server: Server | None = None

    @property
    def server_state(self) -> ServerState:
        """Its connections and tasks, as uvicorn counts them."""
        assert self.server is not None
        return self.server.server_state

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, key: str | None = None) -> Answer:
        """Post one operation."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        payload = {"query": query, "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=payload, headers=headers) as response:
            return Answer(response.status, response.headers, msgspec.json.decode(await response.read()))

    async def control(self, provider: str, **change: Any) -> None:
        """Change something in the sandbox, as a person would."""
        async with self.http.post(f"{self.sandbox.urls[provider]}/_sandbox", json=change) as response:
            assert response.status == 200, await response.text()

    async def fail(self, provider: str, fault: str, times: int | None = None) -> None:
        """Make a provider's next calls fail in a named way; until it is reset where `times` is left out."""
        await self.control(provider, fail={"fault": fault, "times": times})

    def calls(self, provider: str, route: str) -> int:
        """Count the calls that a provider has had on a route."""
        return self.sandbox.calls[provider][route]


def environ_over(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Give the settings of a gateway over a sandbox; `more` adds to them or outweighs them."""
    digest = {key: sha256(key.partition(".")[2].encode()).hexdigest() for key in (DEMO_KEY, OTHER_KEY, READER_KEY)}
    return {
        "GATEWAY_XVERSE__URL": sandbox.urls["xverse"],
        "GATEWAY_XVERSE__API_KEY": credentials.XVERSE_API_KEY,
        "GATEWAY_SOLANA__URL": sandbox.urls["solana"],
        "GATEWAY_SOLANA__WS_URL": sandbox.feeds.get("solana", ""),
        "GATEWAY_SOLANA__API_KEY": credentials.SOLANA_API_KEY,
        "GATEWAY_BLOXROUTE__URL": sandbox.urls["bloxroute"],
        "GATEWAY_BLOXROUTE__AUTHORIZATION": credentials.BLOXROUTE_AUTHORIZATION,
        "GATEWAY_SFOX__URL": sandbox.urls["sfox"],
        "GATEWAY_SFOX__FEED_URL": sandbox.urls["sfox"].replace("http", "ws", 1) + "/ws",
        "GATEWAY_XVERSE__BUDGET": "none",
        "GATEWAY_SOLANA__BUDGET": "none",
        "GATEWAY_BLOXROUTE__BUDGET": "none",
        "GATEWAY_CALLERS__DEMO__KEY_SHA256": digest[DEMO_KEY],
        "GATEWAY_CALLERS__DEMO__SCOPES": '["balances:read", "exchange:read"]',
        "GATEWAY_CALLERS__DEMO__SFOX_TOKEN": credentials.SFOX_TOKEN,
        "GATEWAY_CALLERS__OTHER__KEY_SHA256": digest[OTHER_KEY],
        "GATEWAY_CALLERS__OTHER__SCOPES": '["balances:read", "exchange:read"]',
        "GATEWAY_CALLERS__OTHER__SFOX_TOKEN": credentials.SFOX_OTHER_TOKEN,
        "GATEWAY_CALLERS__READER__KEY_SHA256": digest[READER_KEY],
        **more,
    }


# A connection that idles while a test thinks is not closed under its next question.
PATIENT = ConnectionLimits(keep_alive=3600)


@asynccontextmanager
async def running_gateway(
    connections: ConnectionLimits = PATIENT, /, *, clock: Clock | None = None, limits: bool = False, **environ: str
) -> AsyncIterator[Gateway]:
    """Start a sandbox and a gateway over it; `environ` holds settings, `limits` switches its limiters on."""
    async with (
        open_sandbox(limits=limits) as sandbox,
        serving(sandbox, connections, clock=clock, **environ) as gateway,
    ):
        yield gateway


@asynccontextmanager
async def serving(
    sandbox: Sandbox, connections: ConnectionLimits = PATIENT, /, *, clock: Clock | None = None, **environ: str
) -> AsyncIterator[Gateway]:
    """Start a gateway over a sandbox that is up already."""
    settings = read_settings(environ_over(sandbox, **environ))
    app = create_app(settings, clock=clock, page=PageSettings(sandbox=True, demo_key=DEMO_KEY))
    listener = open_listener("127.0.0.1", 0)
    server = Server(app, connections, Stop(grace=5))
    # The test's own loop runs it, and the test's own process keeps its signals.
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take over the signals
    async with aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            await _up(http, url, task)
            yield Gateway(url, sandbox, http, server)
        finally:
            server.should_exit = True
            await task


async def _up(http: aiohttp.ClientSession, url: str, task: "asyncio.Task[None]") -> None:
    """Wait until it answers: the socket listens already, so the first request is held until the app is ready."""
    async with http.get(f"{url}/healthz") as response:
        assert response.status == 200
    assert not task.done()
