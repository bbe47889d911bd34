"""A replica's pulse: it shows itself to the others, hears what they found out, and finds a store that was lost."""

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from gateway.replicas import PREFIX
from gateway.replicas.link import PATIENCE, Link, StoreLost

# Seconds between two beats: what one replica finds out, the others know after two of them.
BEAT = 0.5
# Seconds after its last beat for which a replica counts as alive.
_ALIVE = 5
# Seconds for which what was told last stays, should everyone fall silent.
_MEMORY = 3600
# Seconds after a loss of the store for which a replica counts that is not heard again: what it did is not over yet.
_MOURNED = 60
# Seconds after its first beat within which every other replica has heard of one.
_INTRODUCED = BEAT + 2 * PATIENCE

REPLICAS = f"{PREFIX}replicas"
CIRCUITS = f"{PREFIX}circuits"
DROPS = f"{PREFIX}drops"
COUNTS = f"{PREFIX}counts"
SINCE = f"{PREFIX}since"
BORN = f"{PREFIX}born"

# By the store's own clock, so that the replicas' need not agree.
_SCRIPT = """
local told = redis.call('TIME')
local now = tonumber(told[1]) + tonumber(told[2]) / 1000000
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[2]))
redis.call('EXPIRE', KEYS[1], ARGV[3])
local since = string.format('%.6f', now)
if ARGV[5] == 'found' then redis.call('SET', KEYS[4], since) else redis.call('SET', KEYS[4], since, 'NX') end
redis.call('SET', KEYS[5], since, 'NX')
for at = 6, #ARGV, 2 do
  if ARGV[at + 1] == 'closed' then
    redis.call('HDEL', KEYS[2], ARGV[at])
  else
    redis.call('HSET', KEYS[2], ARGV[at], string.format('%.3f', now + tonumber(ARGV[at + 1])))
    redis.call('EXPIRE', KEYS[2], ARGV[3])
  end
end
local dropped = {}
if ARGV[4] ~= '' then dropped = redis.call('ZRANGEBYSCORE', KEYS[3], '(' .. ARGV[4], '+inf') end
local whole = now - tonumber(redis.call('GET', KEYS[4]))
local replicas = redis.call('ZCARD', KEYS[1])
local born = redis.call('GET', KEYS[5])
return {string.format('%.6f', now), tostring(whole), replicas, redis.call('HGETALL', KEYS[2]), dropped, born}
"""


@dataclass(frozen=True, slots=True)
class Circuits:
    """How one replica shows the circuits that it opened itself, and heeds those that any has opened, by host.

    What is shown is the moment, by the monotonic clock, until which a circuit stays open; what is heeded are the
    seconds left, 0 where a probe is due.
    """

    shown: Callable[[], Mapping[str, float]]
    heed: Callable[[Mapping[str, float]], None]


@dataclass(slots=True)
class Pulse:
    """Beats as long as the process lives; without a store there is nothing to hear, and one replica."""

    link: Link
    monotonic: Callable[[], float]
    circuits: list[Circuits] = field(default_factory=list)
    on_dropped: list[Callable[[list[str]], Awaitable[None]]] = field(default_factory=list)
    counts: Callable[[], Mapping[str, int]] = dict
    # Replicas alive when the store was last asked, this one included; 0 before that.
    replicas: int = 0
    # What tells the store from one that took its place and knows nothing; empty before it was first heard.
    born: bytes = b""
    # The moment since which the store holds all that any replica told it; None before it was first heard.
    _whole_since: float | None = None
    # The moments of the first and the last beat that the store heard, and of the last that an earlier one heard.
    _joined_at: float | None = None
    _last_at: float = -math.inf
    _broken_at: float = -math.inf
    _id: str = field(default_factory=lambda: secrets.token_hex(8))
    _heard_at: str = ""
    _shown: dict[str, float] = field(default_factory=dict)

    def whole_for(self) -> float:
        """Seconds for which no replica has been without the store, nor the store without what it was told."""
        return 0.0 if self._whole_since is None else self.monotonic() - self._whole_since

    def since_broken(self) -> float:
        """Seconds since the store was last known to hold what another, that holds nothing, has taken the place of."""
        return self.monotonic() - self._broken_at

    @property
    def is_introduced(self) -> bool:
        """Whether every replica that heard the store last has heard of this one."""
        return self._joined_at is None or self._last_at - self._joined_at >= _INTRODUCED

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            await self.beat()
            await asyncio.sleep(BEAT)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Beat as long as the context lasts, and then tell the others that this replica is gone."""
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})
            await self._leave()

    async def listen(self) -> bool:
        """Count the replicas without being one, and say whether the store was there to be asked."""
        try:
            self.replicas = int(await self.link.knock(lambda: self.link.client.zcard(REPLICAS)))
        except StoreLost:
            return False
        return True

    async def beat(self) -> bool:
        """Beat once, and say whether the store heard it."""
        shown = {name: until for each in self.circuits for name, until in each.shown().items()}
        told = self._news(shown)
        counted = dict(self.counts())
        try:
            answer = await self.link.knock(lambda: self._tell(told, counted))
        except StoreLost:
            # What could not be told is told at the next beat.
            self._shown = {}
            return False
        self._shown = shown
        await self._heard(*answer)
        return True

    def _news(self, shown: Mapping[str, float]) -> list[str]:
        """List names, each with the seconds for which its circuit stays open, or the word that it closed."""
        news: list[str] = []
        for name, until in shown.items():
            if self._shown.get(name) != until:
                news += [name, str(max(until - self.monotonic(), 0.0))]
        for name in self._shown.keys() - shown.keys():
            news += [name, "closed"]
        return news

    async def _tell(self, told: list[str], counted: Mapping[str, int]) -> Any:
        client = self.link.client
        if counted:
            async with client.pipeline(transaction=False) as pipeline:
                for name, count in counted.items():
                    pipeline.hincrby(COUNTS, name, count)
                await pipeline.execute()
        keys = (REPLICAS, CIRCUITS, DROPS, SINCE, BORN)
        found = "found" if self.link.was_lost else "held"
        return await client.eval(_SCRIPT, len(keys), *keys, self._id, _ALIVE, _MEMORY, self._heard_at, found, *told)

    async def _heard(
        self, at: bytes, whole: bytes, replicas: int, circuits: list[bytes], dropped: list[bytes], born: bytes
    ) -> None:
        self._heard_at = at.decode()
        now = self.monotonic()
        self._whole_since = now - float(whole)
        self.replicas = replicas if float(whole) > _MOURNED else max(replicas, self.replicas)
        if self.born not in (b"", born):
            self._broken_at = self._last_at
        self.born = born
        self._joined_at = now if self._joined_at is None else self._joined_at
        self._last_at = now
        left = {
            name.decode(): max(float(until) - float(at), 0.0)
            for name, until in zip(circuits[::2], circuits[1::2], strict=True)
        }
        for each in self.circuits:
            each.heed(left)
        if dropped:
            for drop in self.on_dropped:
                await drop([each.decode() for each in dropped])

    async def _leave(self) -> None:
        # The others count right at once.
        with suppress(StoreLost):
            await self.link.run(lambda: self.link.client.zrem(REPLICAS, self._id))
