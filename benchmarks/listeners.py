"""Measures what each listener takes in memory, by transport, and how long a change takes to reach the last of many."""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from statistics import median

import aiohttp

from benchmarks.children import open_gateways, open_sandbox
from gateway.sandbox import addresses

SIZES = (1, 1000, 2000)
# Changes of which the middle one is told.
_CHANGES = 5
_EACH = 100
_PATIENCE = 60
_RESIDENT = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)
_ASKED = {
    "query": "subscription ($at: Address!) { tokenAccount(address: $at) { outcome amount { atomic display } } }",
    "variables": {"at": addresses.TOKEN_ACCOUNT},
}


class Listeners:
    """Those who listen to one account through one gateway; a figure counts as heard when all have heard it."""

    def __init__(self, url: str, vendors: Mapping[str, str], http: aiohttp.ClientSession) -> None:
        self._url = url
        self._vendors = vendors
        self._http = http
        self._stack = AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []
        self._amounts = count(1000)
        self._awaited = b""
        self._left = 0
        self._all_heard = asyncio.Event()
        self._heard_at = 0.0
        self.count = 0

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._stack.aclose()

    async def resident(self) -> float:
        """Read how much memory the gateway takes, in bytes."""
        async with self._http.get(f"{self._url}/metrics") as response:
            found = _RESIDENT.search(await response.text())
        if found is None:
            raise SystemExit("The gateway does not tell what memory it takes.")
        return float(found[1])

    async def query(self) -> float:
        """Ask for something that is at hand; give the seconds that it took."""
        started = time.perf_counter()
        async with self._http.post(f"{self._url}/graphql", json={"query": "{ limits { maxDepth } }"}) as response:
            response.raise_for_status()
            await response.read()
        return time.perf_counter() - started

    async def change(self) -> tuple[float, float]:
        """Change what is held; give the seconds until the last has heard, and of the slowest query meanwhile."""
        amount = str(next(self._amounts))
        self._await(f'"atomic":"{amount}"'.encode(), self.count)
        started = time.perf_counter()
        orders = {"balance": {"tokenAccount": addresses.TOKEN_ACCOUNT, "amount": amount}}
        async with self._http.post(f"{self._vendors['solana']}/_sandbox", json=orders) as response:
            response.raise_for_status()
        telling = asyncio.create_task(self._until_all_have_heard())
        slowest = await self.query()
        while not telling.done():
            slowest = max(slowest, await self.query())
        await telling
        return self._heard_at - started, slowest

    async def sit_over_websockets(self, more: int, each: int) -> None:
        """Seat more listeners, `each` of them over one WebSocket, and wait until all have heard the present state."""
        self._await(b'"atomic":', more)
        for first in range(0, more, each):
            connecting = self._http.ws_connect(f"{self._url}/graphql", protocols=["graphql-transport-ws"])
            socket = await self._stack.enter_async_context(connecting)
            await socket.send_json({"type": "connection_init"})
            if (await socket.receive_json())["type"] != "connection_ack":
                raise SystemExit("The gateway does not let a stranger in.")
            self._tasks.append(asyncio.create_task(self._hear_frames(socket)))
            for id_ in range(min(each, more - first)):
                await socket.send_json({"type": "subscribe", "id": str(id_), "payload": _ASKED})
        await self._seated(more)

    async def sit_over_events(self, more: int) -> None:
        """Seat more listeners, each over a stream of its own, and wait until all have heard the present state."""
        self._await(b'"atomic":', more)
        for _ in range(more):
            asking = self._http.post(f"{self._url}/graphql", json=_ASKED, headers={"Accept": "text/event-stream"})
            response = await self._stack.enter_async_context(asking)
            self._tasks.append(asyncio.create_task(self._hear_lines(response)))
        await self._seated(more)

    async def _hear_frames(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for frame in socket:
            self._hear(frame.data.encode())

    async def _hear_lines(self, response: aiohttp.ClientResponse) -> None:
        async for line in response.content:
            self._hear(line)

    async def _seated(self, more: int) -> None:
        await self._until_all_have_heard()
        self.count += more

    def _await(self, awaited: bytes, listeners: int) -> None:
        self._awaited, self._left = awaited, listeners
        self._all_heard.clear()

    def _hear(self, told: bytes) -> None:
        if self._awaited in told:
            self._left -= 1
            if not self._left:
                self._heard_at = time.perf_counter()
                self._all_heard.set()

    async def _until_all_have_heard(self) -> None:
        try:
            await asyncio.wait_for(self._all_heard.wait(), _PATIENCE)
        except TimeoutError:
            raise SystemExit(f"{self._left} listeners did not hear what they were to hear.") from None


@dataclass(frozen=True, slots=True)
class Row:
    """One transport with so many listeners: the gateway's memory in bytes, and seconds to the last of them.

    `query` is how many seconds the slowest query took of those asked, one after the other, while they were told.
    """

    transport: str
    listeners: int
    resident: float
    seconds: float
    query: float


TRANSPORTS = (f"WebSocket, {_EACH} each", "WebSocket, 1 each", "server-sent events")


async def _sit(listeners: Listeners, transport: str, more: int) -> None:
    if transport == TRANSPORTS[2]:
        await listeners.sit_over_events(more)
    else:
        await listeners.sit_over_websockets(more, _EACH if transport == TRANSPORTS[0] else 1)


@asynccontextmanager
async def _gateway() -> AsyncIterator[Listeners]:
    """Start a gateway of its own for each transport: memory that was freed is not given back."""
    settings = {"GATEWAY_SUBSCRIPTIONS__CONNECTIONS": f"{2 * max(SIZES)}"}
    async with AsyncExitStack() as stack:
        vendors = await stack.enter_async_context(open_sandbox())
        settings["GATEWAY_SOLANA__WS_URL"] = vendors["solana"].replace("http", "ws", 1)
        (url,) = await stack.enter_async_context(open_gateways(1, vendors, **settings))
        connector = aiohttp.TCPConnector(limit=0)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None))
        )
        listeners = Listeners(url, vendors, http)
        stack.push_async_callback(listeners.close)
        yield listeners


async def _measure() -> list[Row]:
    rows = []
    for transport in TRANSPORTS:
        async with _gateway() as listeners:
            for size in SIZES:
                await _sit(listeners, transport, size - listeners.count)
                changes = [await listeners.change() for _ in range(_CHANGES)]
                seconds, query = (median(each) for each in zip(*changes, strict=True))
                rows.append(Row(transport, size, await listeners.resident(), seconds, query))
    return rows


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [
        "transport            listeners  memory MiB  KiB each  to the last ms  ratio to one  for each  query ms  ratio"
    ]
    for row in rows:
        (one,) = (each for each in rows if each.transport == row.transport and each.listeners == 1)
        each = f"{(row.resident - one.resident) / (row.listeners - 1) / 1024:9.1f}" if row is not one else " " * 9
        ratio = row.seconds / one.seconds
        lines.append(
            f"{row.transport:<20} {row.listeners:9} {row.resident / 2**20:11.0f} {each} {1000 * row.seconds:15.1f}"
            f" {ratio:13.1f} {ratio / row.listeners:9.3f} {1000 * row.query:9.1f} {row.query / one.query:6.1f}"
        )
    return [
        *lines,
        "query: the slowest of those asked while listeners are told, its ratio to that beside one listener",
    ]


def main() -> None:
    rows = asyncio.run(_measure())
    sys.stdout.write("\n".join(_table(rows)) + "\n")


if __name__ == "__main__":
    main()
