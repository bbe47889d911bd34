"""What was read and when, kept behind aiocache under names that tell everything the answer depends on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiocache.base import BaseCache

from gateway.domain.address import Address
from gateway.domain.exchange import Credential
from gateway.domain.reading import Absent, Answer
from gateway.domain.sources import Terms
from gateway.domain.token import AccountKey


@dataclass(frozen=True, slots=True)
class Entry:
    """One good answer; `read_at` is in seconds since 1970."""

    answer: Answer[Any] | Absent
    read_at: float


def name_of(terms: Terms, key: object) -> str:
    """Name an entry or a call in flight: provider, capability, scope and key.

    A credential takes part only as its fingerprint, and always: no setting leaves it out. Raises `TypeError` for a key
    of an unknown kind.
    """
    return f"{terms.provider}:{terms.capability}:{terms.scope}:{_text(key)}"


def _text(key: object) -> str:
    if isinstance(key, Credential):
        return key.fingerprint
    if isinstance(key, AccountKey):
        return f"{key.commitment}:{key.address.text}"
    if isinstance(key, Address):
        return key.text
    if isinstance(key, str):
        return key
    raise TypeError(f"a key of kind {type(key).__name__} has no name")


class Store:
    """Good answers by name; failures are never put here."""

    def __init__(self, cache: BaseCache, keep_for: float) -> None:
        """`keep_for`, in seconds, is how long an answer may still stand in for a newer one."""
        self._cache = cache
        self._keep_for = keep_for

    async def get(self, names: Sequence[str]) -> list[Entry | None]:
        """Give what is kept under each name, in order, in one look."""
        if not names:
            return []
        found = await self._cache.multi_get(names)
        return [entry if isinstance(entry, Entry) else None for entry in found]

    async def put(self, name: str, entry: Entry) -> None:
        await self._cache.set(name, entry, ttl=self._keep_for)
