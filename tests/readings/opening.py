"""Opens the shared tier for a test, over a link of the test's choosing or in a version of the encoding to come."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from gateway.domain.clock import Clock
from gateway.readings.encoding import VERSION, Encoding
from gateway.readings.shelf import Shelf, open_shelf
from gateway.replicas.address import StoreAddress
from gateway.replicas.link import Link

T = TypeVar("T")
# Turns of the loop after which whoever has not sent the next command is waiting for something else.
_PARKED = 20


class PatientLink(Link):
    """A link that does not take a busy machine for a lost store, and tells whether a command is on its way."""

    patience = 20.0
    busy = 0

    async def run(self, command: Callable[[], Awaitable[T]]) -> T:
        self.busy += 1
        try:
            return await super().run(command)
        finally:
            self.busy -= 1


def open_shelf_at(
    url: str, keep_for: float, clock: Clock, kind: type[Link] = PatientLink, version: int = VERSION
) -> Shelf:
    """Give a shelf whose link has not found the store yet."""
    opened = open_shelf(StoreAddress.parse(url), keep_for, clock)
    link = kind(opened.link.client, clock)
    return Shelf(opened._cache, link, keep_for, Encoding(version))  # noqa: SLF001 - all but these two as the gateway opens it


async def find(link: Link) -> None:
    """Let a link find its store, as a replica's first beat does."""
    await link.knock(link.client.ping)


async def parked(link: Link, is_under_way: Callable[[], bool] = lambda: True) -> None:
    """Wait until who uses a link waits for something else than the store."""
    assert isinstance(link, PatientLink)
    quiet = 0
    while quiet < _PARKED:
        await asyncio.sleep(0)
        quiet = 0 if link.busy or not is_under_way() else quiet + 1


@asynccontextmanager
async def found_shelf(url: str, clock: Clock, keep_for: float = 3600, version: int = VERSION) -> AsyncIterator[Shelf]:
    """Give a shelf over a store that is there."""
    shelf = open_shelf_at(url, keep_for, clock, version=version)
    try:
        await find(shelf.link)
        yield shelf
    finally:
        await shelf.link.close()
