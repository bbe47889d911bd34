"""What a warm request costs the gateway as it returns more, keeps more, and holds more connections that say nothing."""

import asyncio
import resource
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from benchmarks.load import require_programs
from benchmarks.plot import Line, Plot, drawn
from benchmarks.questions import RUNES, Question, accounts_of, holders_of, small
from benchmarks.ratios import cores
from benchmarks.rivals import gateway
from benchmarks.server import Server, open_server
from benchmarks.upstream import Upstream, open_upstream
from benchmarks.windows import Windows
from gateway.sandbox import addresses

_RESULT = Path(__file__).with_name("GROWTH.md")
_DRAWING = Path(__file__).with_name("growth.svg")
_SIZES = (1, 10, 100, 1000)
# Runes in one answer, over all addresses.
_MOST_RUNES = 100_000
_CACHED = (1_000, 10_000, 50_000)
_IDLE = (0, 500, 2_000)
_ACCOUNTS_AT_ONCE = 500
_ASKED_OF = 200
_SEED = 7
_CONNECTIONS = 16
_ROUNDS = 3
# Seconds of processor time that a cost is measured over, at least, and how many requests, at most.
_ENOUGH, _MOST_REQUESTS = 0.3, 500
# Requests before: what is prepared for a text that comes again is prepared by then.
_WARMING = 3
_NOW = {"X-Max-Age": "0"}
# What the defaults refuse: a thousand addresses, answers of a million fields, and a request that takes longer than 5 s.
_SETTINGS = {
    "GATEWAY_LIMITS__MAX_ADDRESSES": "1000",
    "GATEWAY_LIMITS__MAX_COST": "100000000",
    "GATEWAY_REQUEST_TIMEOUT": "60",
    # Connections are to stay open although they say nothing.
    "GATEWAY_TRAFFIC__KEEP_ALIVE": "600",
    # Fifty thousand token accounts, and who was asked about before them.
    "GATEWAY_CACHE__MAX_ENTRIES": "60000",
}


@dataclass(frozen=True, slots=True)
class Cost:
    """One answer: how many addresses with how many runes each, its fields, and the processor's seconds that it took."""

    holders: int
    runes: int
    fields: int
    seconds: float


async def _fields(ours: Server, upstream: Upstream) -> list[Cost]:
    costs = []
    for runes in _SIZES:
        for holders in _SIZES:
            if holders * runes <= _MOST_RUNES:
                costs.append(await _cost(ours, upstream, holders, runes))
                sys.stderr.write(f"{costs[-1]}\n")
    return costs


async def _cost(ours: Server, upstream: Upstream, holders: int, runes: int) -> Cost:
    await upstream.order("xverse", crowd={"addresses": holders, "runes": runes})
    question = holders_of(addresses.crowd_holders(holders), _NOW)
    (body,) = question.bodies
    answer = await ours.ask(question, body)
    found = answer.get("data") and [account["runes"]["nodes"] for account in answer["data"]["accounts"]]
    if not found or any(nodes is None or len(nodes) != runes for nodes in found):
        raise SystemExit(f"{holders} addresses with {runes} runes each were not all read: {answer.get('errors')}")
    kept = holders_of(addresses.crowd_holders(holders))
    return Cost(holders, runes, _count(answer["data"]), await _seconds(ours, kept))


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 0


async def _seconds(ours: Server, question: Question) -> float:
    """Measure the processor's time of one request after the other, as many as make the kernel's clock fine enough."""
    (body,) = question.bodies
    for _ in range(_WARMING):
        await ours.ask_bytes(question, body)
    before, asked = ours.cpu_seconds(), 0
    while asked < _MOST_REQUESTS and ours.cpu_seconds() - before < _ENOUGH:
        await ours.ask_bytes(question, body)
        asked += 1
    return (ours.cpu_seconds() - before) / asked


async def _cached(ours: Server, upstream: Upstream, windows: Windows) -> list[tuple[int, float]]:
    """Fill the cache step by step; ask for some of all that is in it."""
    await upstream.order("solana", crowd={"tokenAccounts": _CACHED[-1]})
    accounts, costs, filled = addresses.crowd_token_accounts(_CACHED[-1]), [], 0
    random = Random(_SEED)  # noqa: S311 - no secret
    for size in _CACHED:
        for start in range(filled, size, _ACCOUNTS_AT_ONCE):
            filling = accounts_of([accounts[start : start + _ACCOUNTS_AT_ONCE]])
            await ours.ask_bytes(filling, filling.bodies[0])
        filled = size
        calls = await upstream.calls()
        sample = [random.sample(accounts[:size], 20) for _ in range(_ASKED_OF)]
        costs.append((size, await _median(ours, accounts_of(sample), windows)))
        if await upstream.calls() != calls:
            raise SystemExit("What was to be in the cache was asked for again.")
    return costs


async def _idle(ours: Server, upstream: Upstream, windows: Windows) -> list[tuple[int, float]]:
    await upstream.order("xverse", crowd={"addresses": _ASKED_OF, "runes": RUNES})
    question, costs = small(), []
    for body in question.bodies:
        await ours.ask_bytes(Question(question.name, [body], _NOW), body)
    for count in _IDLE:
        async with _idle_connections(ours.base, count):
            costs.append((count, await _median(ours, question, windows)))
    return costs


async def _median(ours: Server, question: Question, windows: Windows) -> float:
    taken = [await windows.open(ours, question, connections=_CONNECTIONS, seconds=1) for _ in range(_ROUNDS)]
    return median(window.cpu for window in taken)


@asynccontextmanager
async def _idle_connections(base: str, count: int) -> AsyncIterator[None]:
    """Hold connections that asked once, and say nothing more."""
    where = urlsplit(base)
    async with AsyncExitStack() as stack:
        for _ in range(count):
            reader, writer = await asyncio.open_connection(where.hostname, where.port)
            stack.callback(writer.close)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: benchmark\r\n\r\n")
            await reader.readuntil(b"\r\n\r\n")
        yield


@dataclass(frozen=True, slots=True)
class Growth:
    """All three tables, the processor's seconds for a request by what grows; and the windows of the last two."""

    fields: Sequence[Cost]
    cached: Sequence[tuple[int, float]]
    idle: Sequence[tuple[int, float]]
    windows: Windows


async def _measure() -> Growth:
    here = cores()
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as http,
        open_upstream(http, here.rest) as upstream,
        open_server(gateway(upstream.urls, **_SETTINGS), http, here.server) as ours,
    ):
        windows = Windows(here, [upstream.pid, ours.pid], longest=8, again=9)
        fields = await _fields(ours, upstream)
        idle = await _idle(ours, upstream, windows)
        return Growth(fields, await _cached(ours, upstream, windows), idle, windows)


def report(growth: Growth) -> str:
    """Write it as Markdown."""
    lines = ["# Growth", "", "Written by `python -m benchmarks.growth`: the processor time that a warm request takes,"]
    lines += [f"with {_MOST_RUNES} runes at most in one answer.", "", "![by fields returned](growth.svg)", ""]
    lines += ["| addresses | runes of each | fields | ms | us a field |", "| --- | --- | --- | --- | --- |"]
    lines += map(_row, growth.fields)
    lines += _flat("readings in the cache, a request for 20 of them", growth.cached)
    lines += _flat("open connections that say nothing, a request for one address with 20 runes", growth.idle)
    windows = growth.windows
    lines += ["", "Of the windows of load behind the last two tables, others took more than a tenth of a core in"]
    lines += [f"{windows.kept_disturbed} of {windows.opened}; {windows.thrown_away} more were measured again."]
    return "\n".join(lines) + "\n"


def _row(cost: Cost) -> str:
    each = cost.seconds / cost.fields
    return f"| {cost.holders} | {cost.runes} | {cost.fields} | {cost.seconds * 1e3:.2f} | {each * 1e6:.2f} |"


def _flat(what: str, costs: Sequence[tuple[int, float]]) -> list[str]:
    first = costs[0][1]
    rows = [f"| {size} | {seconds * 1e3:.3f} | {seconds / first:.2f} |" for size, seconds in costs]
    return ["", f"| {what} | ms | to the first |", "| --- | --- | --- |", *rows]


def drawing(growth: Growth) -> Plot:
    """Draw the processor's time over the fields returned, a line for each number of runes."""
    lines = [
        Line(f"{runes} rune{'s' * (runes > 1)} of each address", tuple(_points(growth.fields, runes)))
        for runes in _SIZES
    ]
    return Plot("A warm request, by what it returns", "fields returned", "processor time, ms", lines)


def _points(costs: Sequence[Cost], runes: int) -> list[tuple[float, float]]:
    return [(cost.fields, cost.seconds * 1e3) for cost in costs if cost.runes == runes]


def main() -> None:
    require_programs()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    growth = asyncio.run(_measure())
    told = report(growth)
    _RESULT.write_text(told)
    _DRAWING.write_text(drawn(drawing(growth)))
    sys.stdout.write(told)


if __name__ == "__main__":
    main()
