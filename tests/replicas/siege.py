"""Callers who besiege three replicas for the wallets of one account, and a door that notes when sFOX is asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from gateway.replicas.link import PATIENCE
from gateway.replicas.pulse import BEAT
from gateway.sandbox import Sandbox, open_sandbox
from tests.end_to_end.asking import EXCHANGE_WALLETS
from tests.end_to_end.gate import Gate, gate_before
from tests.replicas.asking import callers_of
from tests.replicas.replica import Replica, acquainted, running_replicas
from tests.stores.process import StoreProcess
from tests.stores.until import until

# What sFOX allows: so many calls in any so many seconds.
CALLS, SECONDS = 5, 10.0


@dataclass(frozen=True, slots=True)
class Siege:
    """What came to it and when, and what the callers were told meanwhile."""

    sandbox: Sandbox
    door: Gate
    replicas: Sequence[Replica]
    readings: list[Any]

    @property
    def fullest(self) -> int:
        """The most calls that came in any ten seconds."""
        times = self.door.arrived_at
        return max((sum(1 for each in times if begins <= each < begins + SECONDS) for begins in times), default=0)

    async def until_asked(self, count: int, within: float) -> None:
        await until(lambda: self.door.arrivals >= count, within)

    def assert_honest(self) -> None:
        """Every answer shows the account as it is, or says that the limit is reached."""
        assert {EXCHANGE_WALLETS.figure_of(each) for each in self.readings if each["nodes"]} == {"1"}
        outcomes = Counter(each["outcome"] for each in self.readings)
        assert set(outcomes) <= {"FRESH", "STALE", "UNAVAILABLE"}
        assert outcomes["FRESH"] >= self.door.arrivals - len(self.replicas)
        codes = {each["problem"]["code"] for each in self.readings if each["outcome"] != "FRESH"}
        assert codes <= {"RATE_LIMITED", "TIMEOUT"}
        assert "RATE_LIMITED" in codes


@asynccontextmanager
async def besieged(store: StoreProcess) -> AsyncIterator[Siege]:
    """Let callers ask three replicas without end for the wallets of one account as they are now."""
    async with (
        open_sandbox(limits=True) as sandbox,
        gate_before(sandbox.urls["sfox"]) as door,
        running_replicas(3, sandbox, store, GATEWAY_SFOX__URL=door.url) as replicas,
    ):
        door.open()
        await acquainted(store, 3)
        # One that the others may not have heard of has no share of what is left without the store.
        await asyncio.sleep(3 * (BEAT + PATIENCE))
        async with callers_of(replicas, lambda _: EXCHANGE_WALLETS, max_age=0) as readings:
            yield Siege(sandbox, door, replicas, readings)
