"""Measures what the cache is worth: in one process, over a store that replicas share, and with that store frozen."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import Any

import aiohttp

from benchmarks.children import open_gateways, open_sandbox
from benchmarks.engine import Engine, open_engine
from benchmarks.entries import Weight, time_hits, weigh
from benchmarks.fleet import Counts, Fleet, Taken, ask_in_turn
from gateway.domain import sources
from gateway.sandbox import addresses

_QUESTIONS = 600
_REPLICAS = 3
_CROWD = 200
# Asked by nothing else here, so that no gateway knows them yet.
_CROWDED = (
    addresses.TOKEN_ACCOUNT,
    addresses.USDC_ACCOUNT,
    addresses.WRAPPED_SOL_ACCOUNT,
    addresses.SCALED_ACCOUNT,
    addresses.FROZEN_ACCOUNT,
)
_SEED = 4
_UPSTREAM_MS = 20
# Nothing grows too old while it is measured.
_FRESH_FOR = {f"GATEWAY_{name}__FRESH_FOR": "600" for name in ("XVERSE", "SOLANA")}
_RUNES = "query ($address: Address!) { account(address: $address) { runes { outcome } } }"
# What is weighed, by the middle of its keys in the store.
_WEIGHED: Mapping[str, tuple[str, Any]] = {
    "a token account": ("SOLANA_RPC:token_account_by_address", sources.TokenAccountByAddress),
    "runes of an address, 130 of them": ("XVERSE:runes_by_address", sources.RunesByAddress),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What one kind of gateways made of some questions."""

    what: str
    taken: Taken
    counted: Counts


@dataclass(frozen=True, slots=True)
class Found:
    """All that was measured; times are in seconds. Rows come in pairs, with memory only and with the store.

    So do `crowds`, the calls upstream that a crowd at one account came to.
    """

    pairs: Sequence[tuple[Row, Row]]
    crowds: tuple[float, float]
    first_when_frozen: float
    slowest_when_frozen: float
    weights: Sequence[Weight]
    hits: Mapping[int, float]


class Bench:
    """Starts gateways in pairs, with memory only and over the store, and asks both the same."""

    def __init__(
        self, stack: AsyncExitStack, vendors: Mapping[str, str], engine: Engine, http: aiohttp.ClientSession
    ) -> None:
        self._stack = stack
        self._vendors = vendors
        self._engine = engine
        self._http = http

    async def start(self, count: int, database: int) -> list[Fleet]:
        """Start so many of each kind; those over one database of the store share what they read."""
        kinds: list[Mapping[str, str]] = [{}, self._engine.settings(database)]
        opening = [open_gateways(count, self._vendors, **(_FRESH_FOR | dict(kind))) for kind in kinds]
        return [
            Fleet(urls, self._http) for urls in await asyncio.gather(*map(self._stack.enter_async_context, opening))
        ]

    async def compare(self, what: str, fleets: Sequence[Fleet], asked: Sequence[str]) -> tuple[Row, Row]:
        before = [await fleet.counts() for fleet in fleets]
        taken = await ask_in_turn(fleets, asked)
        counted = [(await fleet.counts()).since(then) for fleet, then in zip(fleets, before, strict=True)]
        first, second = (Row(what, *each) for each in zip(taken, counted, strict=True))
        return first, second


def _asked(count: int, seed: int) -> list[str]:
    """Choose whom to ask about, some much more often than others."""
    known = addresses.GENERATED_TOKEN_ACCOUNTS
    weights = [1 / rank for rank in range(1, len(known) + 1)]
    return Random(seed).choices(known, weights, k=count)  # noqa: S311 - no secret


async def _measure() -> Found:
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine())
        vendors = await stack.enter_async_context(open_sandbox())
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)))
        async with http.post(f"{vendors['solana']}/_sandbox", json={"latency_ms": _UPSTREAM_MS}) as response:
            response.raise_for_status()
        bench = Bench(stack, vendors, engine, http)
        one, several = await bench.start(1, 1), await bench.start(_REPLICAS, 0)
        pairs = [await bench.compare("one process", one, _asked(_QUESTIONS, _SEED))]
        pairs.append(await bench.compare(f"{_REPLICAS} processes", several, _asked(_QUESTIONS, _SEED)))
        crowds = [mean([await fleet.crowd(each, _CROWD) for each in _CROWDED]) for fleet in several]
        again = await bench.start(1, 0)
        pairs.append(await bench.compare("one, just started", again, _asked(_QUESTIONS // 2, _SEED)))
        await again[1].query(_RUNES, address=addresses.MANY_RUNES_HOLDER)
        written = {what: await _written(engine, middle) for what, (middle, _) in _WEIGHED.items()}
        engine.freeze()
        _, first = await again[1].ask(_asked(1, _SEED)[0])
        # Long enough for the store to be looked for, in vain, a few times.
        frozen = _asked(_QUESTIONS // 2, _SEED) * 4
        pairs.append(await bench.compare("the store frozen", again, frozen))
    slowest = max(pairs[-1][1].taken.seconds["CACHE"])
    weights, hits = await _in_process(written)
    return Found(pairs, (crowds[0], crowds[1]), first, slowest, weights, hits)


async def _written(engine: Engine, middle: str) -> tuple[bytes, int]:
    """Give a reading as it is written in the store, and how many bytes it takes there with all that belongs to it."""
    (key, *_) = [each async for each in engine.client.scan_iter(match=f"balance-gateway:reading:*:{middle}:*")]
    mark = b"balance-gateway:position:" + key.split(b":", 3)[3]
    text = await engine.client.get(key)
    if not isinstance(text, bytes):
        raise SystemExit("A reading left the store while it was being measured.")
    taken = [await engine.client.memory_usage(each, samples=0) or 0 for each in (key, mark)]
    return text, sum(taken)


async def _in_process(written: Mapping[str, tuple[bytes, int]]) -> tuple[list[Weight], Mapping[int, float]]:
    shapes = {what: sources.value_type(capability) for what, (_, capability) in _WEIGHED.items()}
    weights = [Weight(what, await weigh(text, shapes[what]), taken) for what, (text, taken) in written.items()]
    what = next(iter(written))
    return weights, await time_hits(written[what][0], shapes[what])


def _table(found: Found) -> list[str]:
    lines = [
        "                                    questions  hit rate  calls/question  hit p50 ms   p95  ratio p50   p95"
    ]
    for pair in found.pairs:
        for kind, row in zip(("memory only", "with the store"), pair, strict=True):
            p50, p95 = row.taken.percentile(50), row.taken.percentile(95)
            calls = row.counted.calls / row.taken.questions
            rate = 100 * row.counted.hits / row.counted.reads
            ratios = (p50 / pair[0].taken.percentile(50), p95 / pair[0].taken.percentile(95))
            lines.append(
                f"{row.what:<18} {kind:<16} {row.taken.questions:9} {rate:7.1f} % {calls:15.3f}"
                f" {p50 * 1000:11.2f} {p95 * 1000:5.2f} {ratios[0]:10.2f} {ratios[1]:5.2f}"
            )
    alone, together = found.crowds
    first, slowest = 1000 * found.first_when_frozen, 1000 * found.slowest_when_frozen
    lines.append(
        f"{_CROWD} callers at once ask {_REPLICAS} processes for one account:"
        f" {alone:.1f} calls upstream with memory only, {together:.1f} with the store"
    )
    lines.append(f"store frozen: the first request took {first:.0f} ms, the slowest hit after it {slowest:.0f} ms")
    lines += ["", "bytes for one reading              in memory  in the store  ratio"]
    lines += [
        f"{each.what:<34} {each.in_memory:9.0f} {each.in_store:13.0f} {each.in_memory / each.in_store:6.1f}"
        for each in found.weights
    ]
    least = min(found.hits)
    lines += ["", "readings in memory  a hit, microseconds  ratio"]
    lines += [f"{n:18} {each * 1e6:20.2f} {each / found.hits[least]:6.2f}" for n, each in found.hits.items()]
    return lines


def main() -> None:
    sys.stdout.write("\n".join(_table(asyncio.run(_measure()))) + "\n")


if __name__ == "__main__":
    main()
