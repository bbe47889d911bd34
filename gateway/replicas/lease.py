"""Leases in the store: whoever holds one has it for itself, for as long as it is alive to renew it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.replicas.link import Link

_TAKE: Final = """
local holders = {}
for at, key in ipairs(KEYS) do
  if redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2]) then holders[at] = ARGV[1]
  else holders[at] = redis.call('GET', key) or '' end
end
return holders
"""
_RENEW: Final = """
local held = 0
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then held = held + redis.call('PEXPIRE', key, ARGV[2]) end
end
return held
"""
# What was not renewed in time may be another's by now, and stays.
_END: Final = """
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
"""


class Leases:
    """Leases of one kind; every method raises `StoreLost` where the store cannot be asked."""

    def __init__(self, link: Link, prefix: str, seconds: float) -> None:
        """A lease that is not renewed ends after `seconds`."""
        self._link = link
        self._prefix = prefix
        self._lasts = round(seconds * 1000)

    async def take(self, names: Sequence[str], token: str) -> dict[str, str]:
        """Take what is free, and give each name's holder: the token, or another's."""
        holders = await self._run(_TAKE, names, token, self._lasts)
        return {name: holder.decode() for name, holder in zip(names, holders, strict=True)}

    async def renew(self, names: Sequence[str], token: str) -> int:
        """Lengthen what is still held, and say how many that are."""
        held: int = await self._run(_RENEW, names, token, self._lasts)
        return held

    async def end(self, names: Sequence[str], token: str) -> None:
        await self._run(_END, names, token)

    async def ended(self, holders: Mapping[str, str]) -> list[str]:
        """List the names that are no longer held by who held them."""
        keys = [f"{self._prefix}{name}" for name in holders]
        found = await self._link.run(lambda: self._link.client.mget(keys))
        return [
            name
            for (name, holder), now in zip(holders.items(), found, strict=True)
            if now is None or now != holder.encode()
        ]

    async def _run(self, script: str, names: Sequence[str], *arguments: str | int) -> Any:
        keys = [f"{self._prefix}{name}" for name in names]
        return await self._link.run(lambda: self._link.client.eval(script, len(keys), *keys, *arguments))
