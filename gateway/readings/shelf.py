"""The tier that replicas share: answers, and the highest position of each, in a Redis or Valkey behind aiocache."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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

_NOWHERE: Final = "-"

# An answer from before a position that any replica has read is not taken; its value and its mark go in together.
_SCRIPT: Final = """
local taken = {}
for at = 1, #KEYS / 2 do
  local kind, value, mark, text = unpack(ARGV, 4 * at - 2, 4 * at + 1)
  local known = redis.call('GET', KEYS[2 * at - 1])
  local known_kind, known_value
  if known then known_kind, known_value = string.match(known, '^(%S+) (%d+) ') end
  if known_kind == kind and tonumber(known_value) > tonumber(value) then
    taken[at] = 0
  else
    redis.call('SET', KEYS[2 * at - 1], mark, 'PX', ARGV[1])
    redis.call('SET', KEYS[2 * at], text, 'PX', ARGV[1])
    taken[at] = 1
  end
end
return taken
"""


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
    """What stands beside an answer: the highest position read, and when. Two answers with one mark are one answer."""

    text: str

    @classmethod
    def of(cls, entry: Entry) -> "Mark":
        at = entry.answer.position
        return cls(f"{at.kind if at else _NOWHERE} {at.value if at else 0} {entry.read_at!r}")

    @classmethod
    def read(cls, text: bytes | None) -> "Mark | None":
        return None if text is None else cls(text.decode("utf-8", "replace"))

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

    async def put(self, entries: Mapping[str, Entry]) -> list[bool]:
        """Keep answers; says of each, in order, whether it was taken, or is from before a position already read."""
        keys: list[str] = []
        arguments: list[Any] = [self._kept]
        for name, entry in entries.items():
            at, mark = entry.answer.position, Mark.of(entry)
            keys += [mark_key(name), self._answer_key(name)]
            arguments += [at.kind if at else _NOWHERE, at.value if at else 0, mark.text, self._encoding.encode(entry)]
        taken = await self.link.run(lambda: self._cache.raw("eval", _SCRIPT, len(keys), *keys, *arguments))
        return [bool(each) for each in taken]

    def _answer_key(self, name: str) -> str:
        return answer_key(name, self._encoding.version)


def mark_key(name: str) -> str:
    return f"{PREFIX}position:{name}"


def answer_key(name: str, version: int) -> str:
    return f"{PREFIX}reading:{version}:{name}"
