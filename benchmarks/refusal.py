"""Measures how long hostile documents take to be refused, against a plain one that is answered and at half the size."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import aiohttp

from benchmarks.children import open_children

_ROUNDS = 9
_ADDRESS = "bc1pdkk5ughajfurnz9zmzdak0pqhmt9lhza7pz96vsmy3y6dj72alkq2zhlxt"


def _bomb(levels: int) -> str:
    doubled = " ".join(f"fragment f{n} on Limits {{ ...f{n + 1} ...f{n + 1} }}" for n in range(levels))
    return f"{{ limits {{ ...f0 }} }} {doubled} fragment f{levels} on Limits {{ maxDepth }}"


def _merged_bomb(levels: int) -> str:
    owner = "tokenAccounts { nodes { owner { ...f%d } } }"
    twice = " ".join(f"fragment f{n} on Account {{ {owner % (n + 1)} x: {owner % (n + 1)} }}" for n in range(levels))
    return f'{{ account(address: "{_ADDRESS}") {{ ...f0 }} }} {twice} fragment f{levels} on Account {{ id }}'


# Each makes a document of a size; the size that is asked for is the one that hurts.
_HOSTILE: Mapping[str, tuple[Callable[[int], str], int]] = {
    "fragments that double": (_bomb, 60),
    "fields that double": (_merged_bomb, 20),
    "one field repeated": (lambda n: f"{{ limits {{ {'maxDepth ' * n} }} }}", 600),
    "one object repeated": (lambda n: f"{{ {'limits { maxDepth } ' * n} }}", 180),
    "aliases": (lambda n: f"{{ {' '.join(f'a{i}: __typename' for i in range(n))} }}", 10_000),
    "directives": (lambda n: f"{{ __typename {'@a ' * n} }}", 10_000),
    "operations": (lambda n: " ".join(f"query q{i} {{ __typename }}" for i in range(n)), 10_000),
    "unused fragments": (lambda n: "{ __typename }" + " fragment f on Limits { maxDepth }" * n, 5000),
    "nesting": (lambda n: "{ limits " * n + "}" * n, 20_000),
    "introspection": (lambda n: "{ __schema { types { " + "fields { type { " * n + "name" + " } }" * n + " } } }", 90),
    "a list of arguments": (
        lambda n: f"{{ accounts(addresses: [{' '.join([chr(34) + _ADDRESS + chr(34)] * n)}]) {{ id }} }}",
        3000,
    ),
    "a long string": (lambda n: f'{{ account(address: "{"x" * n}") {{ id }} }}', 200_000),
    "a long integer": (
        lambda n: f'{{ account(address: "{_ADDRESS}") {{ runes(first: {"9" * n}) {{ outcome }} }} }}',
        200_000,
    ),
    "a long name": (lambda n: f"{{ {'a' * n} }}", 200_000),
    "comments": (lambda n: "#\n" * n + "{ nothing }", 100_000),
}


@dataclass(frozen=True, slots=True)
class Row:
    """How long refusals took, in seconds: at half the size, and at all of it."""

    name: str
    half: float
    whole: float


async def _seconds(http: aiohttp.ClientSession, url: str, text: str, *, refused: bool) -> float:
    """Ask a few times, each time with a text that was not seen before, and take the time in the middle."""
    taken = []
    for n in range(_ROUNDS):
        payload: Mapping[str, Any] = {"query": f"{text} # {n}"}
        started = time.perf_counter()
        async with http.post(f"{url}/graphql", json=payload) as response:
            answer = await response.json(content_type=None)
        taken.append(time.perf_counter() - started)
        if ("errors" in answer) is not refused:
            raise SystemExit(f"This was to be {'refused' if refused else 'answered'}: {text[:80]}")
    return median(taken)


async def _measure() -> tuple[float, list[Row]]:
    async with open_children() as children, aiohttp.ClientSession() as http:
        await _seconds(http, children.gateway, "{ __typename }", refused=False)
        plain = await _seconds(http, children.gateway, "{ limits { maxDepth } }", refused=False)
        rows = []
        for name, (make, size) in _HOSTILE.items():
            half = await _seconds(http, children.gateway, make(size // 2), refused=True)
            rows.append(Row(name, half, await _seconds(http, children.gateway, make(size), refused=True)))
        return plain, rows


def main() -> None:
    plain, rows = asyncio.run(_measure())
    lines = ["refused                     ms  ratio to plain  ratio to half the size"]
    lines += [
        f"{row.name:<22} {row.whole * 1000:7.1f} {row.whole / plain:15.1f} {row.whole / row.half:23.1f}" for row in rows
    ]
    lines.append(f"plain is a small document that is answered, in {plain * 1000:.1f} ms; 2 or less is linear")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
