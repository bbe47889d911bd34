"""The tier that replicas share: answers, and the highest position of each, in a Redis or Valkey behind aiocache."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from aiocache.backends.redis import RedisCache
from aiocache.serializers import BaseSerializer

from gateway.domain.clock import Clock
from gateway.domain.reading import Position, PositionKind
from gateway.readings.encoding import Encoding
from gateway.readings.entry import Entry
from gateway.replicas import PREFIX
from gateway.replicas.address import StoreAddress
from gateway.replicas.link import Link, connections, pool_class, pool_options
from gateway.replicas.pulse import COUNTS, DROPS

_NOWHERE: Final = "-"

# An answer from before a position that any replica has read is not taken, nor one without a position that was asked for
# before a feed told what is known; its value and its mark go in together.
_SCRIPT: Final = """
local taken = {}
for at = 1, #KEYS / 2 do
  local kind, value, mark, text = unpack(ARGV, 4 * at - 1, 4 * at + 2)
  -- What is no text is no mark of ours, and makes way.
  local known = redis.pcall('GET', KEYS[2 * at - 1])
  local known_kind, known_value, known_at
  if type(known) == 'string' then known_kind, known_value, known_at = string.match(known, '^(%S+) (%d+) (%S+)') end
  local is_late = known_kind == kind and tonumber(known_value) > tonumber(value)
  if kind == '-' and known_kind and known_kind ~= '-' then
    local told, read = tonumber(known_at) or 0, tonumber(string.match(mark, '(%S+)', 5))
    is_late = ARGV[2] ~= '' and tonumber(ARGV[2]) < told and told <= read
    -- Who was away must not come back with what is from before a position that has been passed.
    mark = known_kind .. ' ' .. known_value .. string.sub(mark, 4)
  end
  if is_late then
    taken[at] = 0
  else
    redis.call('SET', KEYS[2 * at - 1], mark, 'PX', ARGV[1])
    redis.call('SET', KEYS[2 * at], text, 'PX', ARGV[1])
    taken[at] = 1
  end
end
return taken
"""


# What is dropped here the replicas drop from their memories, once their pulses tell them.
_DROP: Final = """
local told = redis.call('TIME')
local now = string.format('%.6f', tonumber(told[1]) + tonumber(told[2]) / 1000000)
local dropped = 0
for at = 1, #ARGV do
  redis.call('ZADD', KEYS[1], now, ARGV[at])
end
redis.call('EXPIRE', KEYS[1], 3600)
for at = 2, #KEYS do dropped = dropped + redis.call('DEL', KEYS[at]) end
return dropped
"""
_SCANNED: Final = 1000


class _Bytes(BaseSerializer):
    """What is written is bytes already, and is read as bytes: nothing of aiocache's ever interprets it."""

    DEFAULT_ENCODING = None

    def dumps(self, value: bytes) -> bytes:
        return value

    def loads(self, value: bytes | None) -> bytes | None:
        return value


def open_shelf(address: StoreAddress, keep_for: float, clock: Clock) -> "Shelf":
    """Open aiocache's way to the store, and over the same connections the link; they connect with the first command."""
    cache = RedisCache(
        serializer=_Bytes(),
        # With no timeout aiocache spares each call a task of its own: the link has its own.
        timeout=0,
        endpoint=address.host,
        port=address.port,
        db=address.database,
        password=address.password,
        ssl=address.tls,
        pool_max_size=connections(),
        connection_pool_class=pool_class(),
        connection_pool_kwargs=pool_options(address),
    )
    return Shelf(cache, Link(cache.client, clock), keep_for, Encoding())


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside an answer: the highest position read, and when. Two answers with one mark are one answer.

    Beside an answer without a position stands the highest one before it.
    """

    text: str

    @classmethod
    def of(cls, entry: Entry) -> "Mark":
        at = entry.answer.position
        fed = "" if entry.fed_until is None else f" {entry.fed_until!r}"
        return cls(f"{at.kind if at else _NOWHERE} {at.value if at else 0} {entry.read_at!r}{fed}")

    @classmethod
    def read(cls, text: bytes | None) -> "Mark | None":
        return None if text is None else cls(text.decode("utf-8", "replace"))

    def is_of(self, entry: Entry) -> bool:
        """Say whether it stands beside this very answer."""
        own = Mark.of(entry)
        return self == own or (entry.answer.position is None and self.when == own.when)

    @property
    def when(self) -> str:
        """What it says of the moment, without the position."""
        return self.text.split(" ", 2)[-1]

    @property
    def position(self) -> Position | None:
        kind, _, rest = self.text.partition(" ")
        value = rest.partition(" ")[0]
        if kind not in PositionKind.__members__ or not value.isdigit():
            return None
        return Position(PositionKind(kind), int(value))


class Shelf:
    """The shared tier; every method raises `StoreLost` where it cannot be asked."""

    def __init__(self, cache: RedisCache, link: Link, keep_for: float, encoding: Encoding) -> None:
        self.link = link
        self._cache = cache
        self._kept = max(round(keep_for * 1000), 1)
        self._encoding = encoding

    async def marks(self, names: Sequence[str], wanted: Iterable[str]) -> tuple[list[Mark | None], list[bytes | None]]:
        """Look, in one go, at the marks of all names and at the answers, still written, of those wanted."""
        keys = [mark_key(name) for name in names]
        found = await self.link.run(
            lambda: self._cache.multi_get([*keys, *(self._answer_key(name) for name in wanted)])
        )
        return [Mark.read(each) for each in found[: len(keys)]], found[len(keys) :]

    async def answers(self, names: Sequence[str]) -> list[bytes | None]:
        keys = [self._answer_key(name) for name in names]
        found: list[bytes | None] = await self.link.run(lambda: self._cache.multi_get(keys))
        return found

    def decode(self, text: bytes | None, shape: Any) -> Entry | None:
        return None if text is None else self._encoding.decode(text, shape)

    async def put(self, entries: Mapping[str, Entry], asked_at: float | None = None) -> list[bool]:
        """Keep answers; says of each, in order, whether it was taken, or is from before what is known."""
        keys: list[str] = []
        arguments: list[Any] = [self._kept, "" if asked_at is None else repr(asked_at)]
        for name, entry in entries.items():
            at, mark = entry.answer.position, Mark.of(entry)
            keys += [mark_key(name), self._answer_key(name)]
            arguments += [at.kind if at else _NOWHERE, at.value if at else 0, mark.text, self._encoding.encode(entry)]
        taken = await self.link.run(lambda: self._cache.raw("eval", _SCRIPT, len(keys), *keys, *arguments))
        return [bool(each) for each in taken]

    async def drop(self, names: Sequence[str]) -> int:
        """Forget what is kept under these names, here and in every replica; says how many answers there were."""
        marks = [mark_key(name) for name in names]
        answers = [answer_key(name, version) for name in names for version in range(1, self._encoding.version + 1)]
        keys = [DROPS, *marks]
        found = await self.link.run(lambda: self._cache.multi_get(answers))
        await self.link.run(lambda: self._cache.raw("eval", _DROP, len(keys) + len(answers), *keys, *answers, *names))
        return sum(1 for each in found if each is not None)

    async def sizes(self) -> Mapping[str, tuple[int, int]]:
        """Count the answers kept and their bytes, by capability; walks the store in small steps."""
        found: dict[str, tuple[int, int]] = {}
        cursor = 0
        pattern = f"{answer_key('', self._encoding.version)}*"
        while True:
            at, keys = await self.link.run(partial(self._cache.raw, "scan", cursor, match=pattern, count=_SCANNED))
            for key, size in zip(keys, await self._lengths(keys), strict=True):
                capability = key.decode().split(":")[4]
                answers, total = found.get(capability, (0, 0))
                found[capability] = answers + 1, total + size
            if (cursor := int(at)) == 0:
                return found

    async def _lengths(self, keys: Sequence[bytes]) -> list[int]:
        pipeline = self._cache.client.pipeline(transaction=False)
        for key in keys:
            pipeline.strlen(key)
        return await self.link.run(pipeline.execute) if keys else []

    async def counts(self) -> Mapping[str, int]:
        """Give what all replicas have counted of their reads."""
        found: dict[bytes, bytes] = await self.link.run(lambda: self._cache.raw("hgetall", COUNTS))
        return {name.decode(): int(count) for name, count in found.items()}

    def _answer_key(self, name: str) -> str:
        return answer_key(name, self._encoding.version)


def mark_key(name: str) -> str:
    return f"{PREFIX}position:{name}"


def answer_key(name: str, version: int) -> str:
    return f"{PREFIX}reading:{version}:{name}"
