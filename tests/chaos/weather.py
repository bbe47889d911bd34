"""The providers' weather: faults, moods and delays that come and go at random."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

import msgspec

from gateway.sandbox.fault import FAULTS, RPC_FAULTS
from tests.running import Gateway

PROVIDERS: Final = ("xverse", "solana", "bloxroute", "sfox")
# Those with small budgets are called seldom, and would have no fine day.
_HOW_OFTEN: Final = (6, 14, 2, 1)
_MOST_PLANNED: Final = 3
_ERRORS: Final = ("object", "string", "html", "text", "empty")
# Each mood with what it may be; the first is how a provider is at its best.
_MOODS: Final[Mapping[str, Mapping[str, Sequence[Any]]]] = {
    "xverse": {"errors": _ERRORS, "v2": (True, True, False), "lagging": (False, True), "paging": (False, True)},
    "solana": {
        "errors": _ERRORS,
        "batches": ("ordered", "shuffled", "partial", "rejected", "disabled", "item-429"),
        "max_accounts": (100, 5),
        "methods_off": ([], ["getMultipleAccounts"]),
    },
    "bloxroute": {"errors": _ERRORS, "spelling": ("canonical", "docs", "legacy", "sdk", "table")},
    "sfox": {"errors": _ERRORS},
}


class Weather:
    """Changes the weather over the sandbox of a gateway."""

    def __init__(self, gateway: Gateway, random: Random) -> None:
        self._gateway = gateway
        self._random = random

    async def change(self) -> None:
        """Let something begin at one provider: mostly a fault for its next few calls."""
        (provider,) = self._random.choices(PROVIDERS, _HOW_OFTEN)
        chance = self._random.random()
        if chance < 0.7:
            await self._fail(provider)
        elif chance < 0.9:
            mood = self._random.choice(list(_MOODS[provider]))
            await self._gateway.control(provider, mode={mood: self._random.choice(_MOODS[provider][mood])})
        else:
            await self._gateway.control(provider, latency_ms=self._random.choice((0, 0, 5, 40)))

    async def clear(self, provider: str) -> None:
        """Let a provider be at its best again, but for the faults that are planned already."""
        best = {mood: choices[0] for mood, choices in _MOODS[provider].items()}
        await self._gateway.control(provider, mode=best, latency_ms=0)

    async def _fail(self, provider: str) -> None:
        # Where a circuit is open faults wait for calls: more of them, and it would never close.
        if await self._planned(provider) >= _MOST_PLANNED:
            return
        names = [*FAULTS, *RPC_FAULTS] if provider == "solana" else [*FAULTS]
        # A few at a time, or enough to open a circuit.
        times = self._random.choice((1, 1, 2, 3, 6))
        await self._gateway.control(provider, fail={"fault": self._random.choice(names), "times": times})

    async def _planned(self, provider: str) -> int:
        async with self._gateway.http.get(f"{self._gateway.sandbox.urls[provider]}/_sandbox") as response:
            return len(msgspec.json.decode(await response.read())["faults"])
