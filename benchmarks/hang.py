"""Measures what one hanging provider costs those who ask for the others' figures, and what it does to memory."""

import asyncio
import random
import re
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import aiohttp

from benchmarks.children import KEY, Children, open_children
from gateway.sandbox import addresses

# Longer than most of a block, so that the calls of a whole block hang.
_TIMEOUT = "2"
_BLOCK_SECONDS = 3.0
# sFOX allows less than a benchmark asks, so its figures may be some seconds old: fewer than a block takes, so that each
# block reads them, and enough that reading them again at three quarters of that age stays within what is allowed.
_SFOX_FRESH_FOR = "2.7"
_WORKERS = 2
# Seconds between questions about the provider in trouble, asked whether or not the last one was answered.
_PACE = 0.05
_RECOVERY_SECONDS = 10
_RESIDENT = re.compile(r"^process_resident_memory_bytes (\S+)$", re.MULTILINE)

_READING = "outcome problem { code } provenance { readAt position { value } }"
_FIELDS: Mapping[str, str] = {
    "xverse": "xverse: account(address: $holder) { runes(maxAge: 0) { %s nodes { rune { id } amount { display } } } }",
    "solana": "solana: tokenAccount(address: $account, maxAge: 0) { %s amount { atomic display } }",
    "bloxroute": "bloxroute: account(address: $owner) { tokens(maxAge: 0) { %s nodes { settled { display } } } }",
    "sfox": "sfox: exchangeWallets { %s nodes { currency { code } balance { display } } }",
}
_DECLARED = {"xverse": "$holder: Address!", "solana": "$account: Address!", "bloxroute": "$owner: Address!"}
_NAMES = {"xverse": "XVERSE", "solana": "SOLANA_RPC", "bloxroute": "BLOXROUTE", "sfox": "SFOX"}


def _document(providers: Sequence[str]) -> str:
    declared = ", ".join(_DECLARED[name] for name in providers if name in _DECLARED)
    fields = " ".join(_FIELDS[name] % _READING for name in providers)
    return f"query{f' ({declared})' if declared else ''} {{ {fields} }}"


def _variables() -> dict[str, str]:
    """Choose whom to ask about, so that questions seldom share a call."""
    return {
        "holder": random.choice(addresses.GENERATED_HOLDERS),  # noqa: S311 - no secret
        "account": random.choice(addresses.GENERATED_TOKEN_ACCOUNTS),  # noqa: S311 - no secret
        "owner": random.choice(addresses.GENERATED_TOKEN_ACCOUNTS),  # noqa: S311 - no secret
    }


@dataclass(slots=True)
class Block:
    """What one stretch of time came to: how long each question about the others took, in seconds.

    `failed` counts the answers about the provider in trouble that tell of its trouble.
    """

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def p50(self) -> float:
        return quantiles(self.seconds, n=100)[49]

    @property
    def p95(self) -> float:
        return quantiles(self.seconds, n=100)[94]


@dataclass(frozen=True, slots=True)
class Row:
    """One provider in trouble: the others' fields without and with it, and the memory after it in bytes."""

    provider: str
    calm: Block
    hanging: Block
    resident: float


class Bench:
    """Asks the gateway, and orders the sandbox about."""

    def __init__(self, children: Children, http: aiohttp.ClientSession) -> None:
        self._children = children
        self._http = http

    async def ask(self, document: str) -> Mapping[str, Any]:
        payload = {"query": document, "variables": _variables()}
        headers = {"Authorization": f"Bearer {KEY}"}
        async with self._http.post(f"{self._children.gateway}/graphql", json=payload, headers=headers) as response:
            answer: Mapping[str, Any] = await response.json()
        if "errors" in answer:
            raise SystemExit(f"The gateway did not take the question: {answer['errors']}")
        found: Mapping[str, Any] = answer["data"]
        return found

    async def order(self, provider: str, **orders: Any) -> None:
        async with self._http.post(f"{self._children.vendors[provider]}/_sandbox", json=orders) as response:
            response.raise_for_status()

    async def resident(self) -> float:
        """Read how much memory the gateway takes, in bytes."""
        async with self._http.get(f"{self._children.gateway}/metrics") as response:
            found = _RESIDENT.search(await response.text())
        return float(found[1]) if found else 0.0

    async def block(self, provider: str) -> Block:
        """Ask for the others' figures for a while, and all the while for this one's too."""
        block = Block()
        others = [name for name in _FIELDS if name != provider]
        ends = time.perf_counter() + _BLOCK_SECONDS
        async with self._besides(provider, block):
            await asyncio.gather(*(self._work(_document(others), others, block, ends) for _ in range(_WORKERS)))
        return block

    async def recover(self, provider: str) -> None:
        """Let the provider be well, and wait until the gateway has found that out."""
        await self.order(provider, reset=True)
        ends = time.perf_counter() + _RECOVERY_SECONDS
        document = "{ providers { provider circuit } }"
        while time.perf_counter() < ends:
            await self.ask(_document([provider]))
            states = {each["provider"]: each["circuit"] for each in (await self.ask(document))["providers"]}
            if states[_NAMES[provider]] == "CLOSED":
                return
            await asyncio.sleep(_PACE)

    async def _work(self, document: str, providers: Sequence[str], block: Block, ends: float) -> None:
        while time.perf_counter() < ends:
            started = time.perf_counter()
            data = await self.ask(document)
            block.seconds.append(time.perf_counter() - started)
            for name in providers:
                _require_good(name, data[name])

    @asynccontextmanager
    async def _besides(self, provider: str, block: Block) -> AsyncIterator[None]:
        """Ask about a provider at a steady pace, however long its answers take."""
        asked: set[asyncio.Task[Mapping[str, Any]]] = set()
        document = _document([provider])

        async def keep_asking() -> None:
            while True:
                task = asyncio.create_task(self.ask(document))
                asked.add(task)
                await asyncio.sleep(_PACE)

        asking = asyncio.create_task(keep_asking())
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            answers = await asyncio.gather(*asked)
            block.failed = sum(1 for data in answers if _has_failed(_reading(data[provider])))


def _reading(found: Mapping[str, Any]) -> Mapping[str, Any]:
    reading: Mapping[str, Any] = found.get("runes") or found.get("tokens") or found
    return reading


def _has_failed(reading: Mapping[str, Any]) -> bool:
    """Say whether the provider is why there was no answer: a budget that is spent is the gateway's own doing."""
    return reading["problem"] is not None and reading["problem"]["code"] != "RATE_LIMITED"


def _require_good(name: str, found: Mapping[str, Any]) -> None:
    """Stop where a figure of a provider that is well was not had: the run would compare other things."""
    reading = _reading(found)
    if reading["outcome"] != "FRESH" and not (name == "sfox" and reading["outcome"] == "STALE"):
        raise SystemExit(f"{name} is well, and its figures were {reading['outcome']}: {reading['problem']}")


async def _measure() -> tuple[list[Row], float]:
    rows = []
    async with (
        open_children(GATEWAY_REQUEST_TIMEOUT=_TIMEOUT, GATEWAY_SFOX__FRESH_FOR=_SFOX_FRESH_FOR) as children,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        bench = Bench(children, http)
        for provider in _FIELDS:
            await bench.block(provider)
        warm = await bench.resident()
        for provider in _FIELDS:
            calm = await bench.block(provider)
            await bench.order(provider, fail={"fault": "hang", "times": None})
            hanging = await bench.block(provider)
            await bench.recover(provider)
            if not hanging.failed:
                raise SystemExit(f"{provider} was to hang, and every question about it was answered.")
            rows.append(Row(provider, calm, hanging, await bench.resident()))
    return rows, warm


def _table(rows: Sequence[Row], warm: float) -> list[str]:
    lines = ["hanging    questions failed  calm p50  p95 ms  hanging p50  p95 ms  ratio p50   p95  memory"]
    for row in rows:
        times = [1000 * each for each in (row.calm.p50, row.calm.p95, row.hanging.p50, row.hanging.p95)]
        counts = f"{len(row.calm.seconds)}+{len(row.hanging.seconds)}"
        ratios = (row.hanging.p50 / row.calm.p50, row.hanging.p95 / row.calm.p95, row.resident / warm)
        lines.append(
            f"{row.provider:<10} {counts:>9} {row.hanging.failed:6} {times[0]:9.1f} {times[1]:7.1f}"
            f" {times[2]:12.1f} {times[3]:7.1f} {ratios[0]:10.2f} {ratios[1]:5.2f} {ratios[2]:7.2f}"
        )
    lines.append("failed: questions about the hanging provider itself, asked meanwhile at a steady pace")
    return [*lines, f"memory is told as a ratio to that after warming up, {warm / 2**20:.0f} MiB"]


def main() -> None:
    rows, warm = asyncio.run(_measure())
    sys.stdout.write("\n".join(_table(rows, warm)) + "\n")


if __name__ == "__main__":
    main()
