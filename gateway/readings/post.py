"""Which replica holds a feed: one of them does, and the others follow what it keeps."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from gateway.replicas import PREFIX
from gateway.replicas.lease import Leases
from gateway.replicas.link import Link, StoreLost

# Seconds after which the others may take the post of a replica that has died.
LEASE: Final = 2.0
_RENEWED: Final = LEASE / 4


class Posts:
    """Posts by name; without a store, or while it is lost, each replica is its own."""

    def __init__(self, link: Link | None) -> None:
        self._link = link
        self._leases = Leases(link, f"{PREFIX}feed:", LEASE) if link else None

    @asynccontextmanager
    async def taking(self, name: str) -> AsyncIterator[asyncio.Event | None]:
        """Take a post for as long as the context lasts; gives None where another replica has it.

        The event that is given is set when the post is another's after all: whoever has it then stands down.
        """
        lost = asyncio.Event()
        if self._leases is None:
            yield lost
            return
        token = secrets.token_hex(12)
        try:
            holders = await self._leases.take([name], token)
        except StoreLost:
            holders = {name: token}
        if holders[name] != token:
            yield None
            return
        renewal = asyncio.create_task(self._renew(self._leases, name, token, lost))
        try:
            yield lost
        finally:
            renewal.cancel()
            await asyncio.wait({renewal})
            with suppress(StoreLost):
                await self._leases.end([name], token)

    async def _renew(self, leases: Leases, name: str, token: str, lost: asyncio.Event) -> None:
        while True:
            await asyncio.sleep(_RENEWED)
            with suppress(StoreLost):
                # A store that was lost may have come back empty: the post is free, or another's.
                if not await leases.renew([name], token) and (await leases.take([name], token))[name] != token:
                    lost.set()
                    return
