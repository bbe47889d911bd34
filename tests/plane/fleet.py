"""Replicas by the dozen over a store that a test loses and gives back, all of them by a clock that the test moves."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any, cast

import time_machine
from limits.aio.storage import MemoryStorage, Storage
from redis.exceptions import ConnectionError as NotReachableError

from gateway.replicas.link import Link
from gateway.replicas.pulse import BEAT, Pulse
from gateway.upstream.limit import Limit
from gateway.upstream.sharing import SharedWindow, Sharing
from tests.plane.clock import HeldClock

# A full minute of the wall clock; quarters of a second after it are exact in binary.
MINUTE = 1_800_000_000.0
TICK = 0.25


class IslandStore:
    """What the pulse and the windows need of a store: who is alive, since when it is whole, and what was counted."""

    def __init__(self) -> None:
        self.is_up = True
        self.born_anew()

    def born_anew(self) -> None:
        self.alive: dict[str, float] = {}
        self.since: float | None = None
        self.name = secrets.token_bytes(8)
        self.counted = MemoryStorage()

    def reach(self) -> None:
        if not self.is_up:
            raise NotReachableError

    async def eval(self, _script: str, keys: int, *told: Any) -> list[Any]:
        """Do what the pulse's script does, but for circuits and drops."""
        self.reach()
        who, lasts, _, _, found = told[keys : keys + 5]
        now = time.time()
        self.alive[who] = now
        self.alive = {each: at for each, at in self.alive.items() if at > now - lasts}
        if found == "found" or self.since is None:
            self.since = now
        return [f"{now:.6f}".encode(), str(now - self.since).encode(), len(self.alive), [], [], self.name]

    async def get(self, _key: str) -> bytes | None:
        """Give what tells it from a store that was here before, once anyone has told it that."""
        self.reach()
        return None if self.since is None else self.name

    async def zrem(self, _key: str, who: str) -> int:
        self.reach()
        return 1 if self.alive.pop(who, None) else 0

    async def aclose(self) -> None:
        """Nothing is open."""

    async def acquire_entry(self, *asked: Any) -> bool:
        self.reach()
        return await self.counted.acquire_entry(*asked)

    async def get_moving_window(self, *asked: Any) -> tuple[float, int]:
        self.reach()
        return await self.counted.get_moving_window(*asked)


@dataclass(slots=True)
class Replica:
    """One that counts calls, and beats every half second from the moment at which it starts."""

    pulse: Pulse
    window: SharedWindow
    beats_at: float = 0.0


@dataclass
class Fleet:
    """Replicas, their store, and the moments at which calls went out."""

    limit: Limit
    traveller: time_machine.Traveller
    store: IslandStore = field(default_factory=IslandStore)
    clock: HeldClock = field(default_factory=lambda: HeldClock(1000.0))
    replicas: list[Replica] = field(default_factory=list)
    went: list[float] = field(default_factory=list)

    async def start(self) -> None:
        """Let one more replica come to life."""
        link = Link(cast("Any", self.store), self.clock)
        pulse = Pulse(link, self.clock.monotonic)
        sharing = Sharing(link, pulse, cast("Storage", self.store))
        replica = Replica(pulse, SharedWindow(self.limit, sharing, MemoryStorage(), time.time, "test"))
        self.replicas.append(replica)
        await self._beat(replica)

    async def _beat(self, replica: Replica) -> None:
        await replica.pulse.beat()
        replica.beats_at = self.clock.now + BEAT

    async def pass_by(self, ticks: int) -> None:
        """Let time go by, in which every replica beats when it is due."""
        for _ in range(ticks):
            self.clock.now += TICK
            self.traveller.shift(TICK)
            for replica in self.replicas:
                if replica.beats_at <= self.clock.now:
                    await self._beat(replica)

    async def call(self, number: int, times: int) -> None:
        """Let one replica want to call so many times at once."""
        for _ in range(times):
            if await self.replicas[number % len(self.replicas)].window.take("payer") == 0:
                self.went.append(time.time())

    def most_in(self, seconds: float) -> int:
        """Give the most calls that went out in any stretch of so many seconds."""
        return max((sum(1 for each in self.went if first <= each <= first + seconds) for first in self.went), default=0)
