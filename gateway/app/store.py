"""The store that replicas share, as the settings name it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.config import Settings
from gateway.domain.clock import Clock
from gateway.domain.exchange import Fingerprints
from gateway.replicas.pulse import Pulse
from gateway.upstream.sharing import Sharing, open_storage

if TYPE_CHECKING:
    from gateway.readings.shelf import Shelf


@dataclass(frozen=True, slots=True)
class SharedStore:
    """What the replicas of this gateway share, while it is open."""

    sharing: Sharing
    shelf: "Shelf"


class StoreMissing(Exception):
    """The store that the operator requires does not answer; the message says why."""


@asynccontextmanager
async def open_store(settings: Settings, clock: Clock, *, joins: bool = True) -> AsyncIterator[SharedStore | None]:
    """Open the store that replicas share, where the settings name one, as one of them or as an onlooker.

    A replica looks for it as long as it is open. Raises `StoreMissing` where it is required and not there.
    """
    address = settings.cache.address()
    if address is None:
        yield None
        return
    # The store's client takes 6 MB, which nobody needs who has no store.
    from gateway.readings.shelf import open_shelf  # noqa: PLC0415 - as said

    shelf = open_shelf(address, settings.cache.keep_for, clock)
    link = shelf.link
    pulse = Pulse(link, clock.monotonic)
    try:
        found = await (pulse.beat() if joins else pulse.listen())
        if not found and settings.cache.required:
            raise StoreMissing(f"the store at GATEWAY_CACHE__URL is required, and cannot be asked: {link.reason}")
        async with pulse.beating() if joins else nullcontext():
            yield SharedStore(Sharing(link, pulse, open_storage(link)), shelf)
    finally:
        await link.close()


def fingerprints_of(settings: Settings) -> Fingerprints:
    """Give what names addresses and credentials; replicas that share a store give the same names."""
    secret = settings.cache.secret
    return Fingerprints(secret.get_secret_value() if secret else None)
