"""Some gateways of one kind that are asked in turn, and what came of it."""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

import aiohttp

_COUNTED = re.compile(r"^(gateway_cache_reads_total|gateway_upstream_calls_total)\{([^}]*)\} (\S+)$", re.MULTILINE)
_DOCUMENT = """query ($address: Address!) {
  tokenAccount(address: $address) { outcome amount { atomic display } provenance { servedFrom position { value } } }
}"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What gateways have counted since they started."""

    reads: float
    hits: float
    calls: float

    def since(self, earlier: "Counts") -> "Counts":
        return Counts(self.reads - earlier.reads, self.hits - earlier.hits, self.calls - earlier.calls)


@dataclass(slots=True)
class Taken:
    """How long answers took, in seconds, by where they came from: `CACHE` or `UPSTREAM`."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {"CACHE": [], "UPSTREAM": []})

    @property
    def questions(self) -> int:
        return sum(map(len, self.seconds.values()))

    def percentile(self, percent: int) -> float:
        """Give a percentile of the hits."""
        return quantiles(self.seconds["CACHE"], n=100)[percent - 1]


class Fleet:
    """Gateways by their URLs; each question goes to the next of them."""

    def __init__(self, urls: Sequence[str], http: aiohttp.ClientSession) -> None:
        self._urls = urls
        self._http = http
        self._asked = 0

    async def ask(self, address: str) -> tuple[str, float]:
        """Ask for a token account; give where the answer came from and how many seconds it took."""
        started = time.perf_counter()
        found = (await self.query(_DOCUMENT, address=address))["tokenAccount"]
        taken = time.perf_counter() - started
        if found["outcome"] != "FRESH":
            raise SystemExit(f"A figure was {found['outcome']}.")
        return found["provenance"]["servedFrom"], taken

    async def query(self, document: str, **variables: str) -> Mapping[str, Any]:
        url = self._urls[self._asked % len(self._urls)]
        self._asked += 1
        async with self._http.post(f"{url}/graphql", json={"query": document, "variables": variables}) as response:
            answer: Mapping[str, Any] = await response.json()
        if "errors" in answer:
            raise SystemExit(f"The gateway did not take the question: {answer['errors']}")
        found: Mapping[str, Any] = answer["data"]
        return found

    async def crowd(self, address: str, callers: int) -> float:
        """Let many ask for one account at once; give how many calls upstream that took."""
        before = await self.counts()
        await asyncio.gather(*(self.ask(address) for _ in range(callers)))
        return (await self.counts()).since(before).calls

    async def counts(self) -> Counts:
        """Add up what the gateways have counted."""
        reads = hits = calls = 0.0
        for url in self._urls:
            async with self._http.get(f"{url}/metrics") as response:
                text = await response.text()
            for name, labels, value in _COUNTED.findall(text):
                if name.startswith("gateway_upstream"):
                    calls += float(value)
                elif 'found="refresh"' not in labels:
                    reads += float(value)
                    hits += float(value) if 'found="hit"' in labels else 0
        return Counts(reads, hits, calls)


async def ask_in_turn(fleets: Sequence[Fleet], addresses: Sequence[str]) -> list[Taken]:
    """Ask each fleet the same questions in the same order, one after the other, so that they share the weather."""
    taken = [Taken() for _ in fleets]
    for n, address in enumerate(addresses):
        # Whoever comes first warms something up for the others: each comes first as often.
        for at in range(len(fleets)):
            turn = (at + n) % len(fleets)
            source, seconds = await fleets[turn].ask(address)
            taken[turn].seconds[source].append(seconds)
    return taken
