"""Budgets that replicas keep together, and what each may spend while it cannot hear the others."""

from collections.abc import Callable
from dataclasses import dataclass

from limits.aio.storage import RedisStorage, Storage

from gateway.replicas import PREFIX
from gateway.replicas.link import Link, StoreLost
from gateway.replicas.pulse import BORN, Pulse
from gateway.upstream.limit import Left, Limit
from gateway.upstream.window import open_window

# Seconds within which every replica has noticed that the store is back: more than two beats, each with its patience.
_NOTICED = 3.6


@dataclass(frozen=True, slots=True)
class Sharing:
    """What replicas need to count together."""

    link: Link
    pulse: Pulse
    storage: Storage


def open_storage(link: Link) -> Storage:
    """Count in the store, over the link's own connections."""
    return RedisStorage(
        "async+redis://",
        implementation="redispy",
        key_prefix=f"{PREFIX}budget",
        connection_pool=link.client.connection_pool,  # type: ignore[arg-type]  # what its own documents say
    )


class SharedWindow:
    """One limit for all replicas; without the store each has its share, by the number of them last alive.

    A limit that fails closed holds through the store's loss and return, and through another's taking its place that
    knows nothing: nobody calls until all that was counted together has left the window; then each has its share; and
    once the store is back both counts must have room, until the store has seen a whole window again.
    """

    def __init__(self, limit: Limit, sharing: Sharing, local: Storage, time: Callable[[], float], name: str) -> None:
        self._limit = limit
        self._link = sharing.link
        self._pulse = sharing.pulse
        self._time = time
        self._local = open_window(limit, local, time, name)
        self._shared = open_window(limit, sharing.storage, time, name)
        self._settled = limit.seconds + limit.slack + _NOTICED

    async def take(self, who: str, part: int = 1) -> float:  # noqa: ARG002 - the parts are the replicas
        if self._link.is_up and not self._is_unsettled():
            try:
                return await self._take_together(who)
            except StoreLost:
                # From here on it is as if it had been lost before.
                pass
        if wait := self._closed():
            return wait
        if wait := await self._local.take(who, self._parts()):
            return wait
        if not self._link.is_up:
            return 0.0
        try:
            return await self._take_together(who)
        except StoreLost:
            return self._closed()

    async def _take_together(self, who: str) -> float:
        # A store that starts anew between two beats breaks no connection that the client does not mend by itself.
        if self._limit.fails_closed and await self._link.run(lambda: self._link.client.get(BORN)) != self._pulse.born:
            return self._settled
        return await self._link.run(lambda: self._shared.take(who))

    async def left(self, who: str, part: int = 1) -> Left:  # noqa: ARG002 - the parts are the replicas
        try:
            return await self._link.run(lambda: self._shared.left(who))
        except StoreLost:
            if wait := self._closed():
                return Left(0, self._time() + wait)
            return await self._local.left(who, self._parts())

    def _is_unsettled(self) -> bool:
        """Say whether calls may have gone out of late that the store knows nothing of."""
        return self._limit.fails_closed and self._pulse.whole_for() < self._settled

    def _closed(self) -> float:
        """Seconds until the share may be spent; 0 where it may be."""
        if not self._limit.fails_closed:
            return 0.0
        if self._link.is_up:
            return max(self._settled - self._pulse.since_broken(), 0.0)
        # Nobody has left a share for one that nobody knows.
        since = self._link.since_contact() if self._pulse.is_introduced else 0.0
        return max(self._settled - since, 0.0)

    def _parts(self) -> int:
        return self._pulse.replicas or (self._limit.calls if self._limit.fails_closed else 1)
