"""Budgets: how many calls a credential may still make of a provider, in any window and through its penalties."""

from collections.abc import Callable

from limits.aio.storage import Storage

from gateway.upstream.limit import Left, Limit
from gateway.upstream.penalty import Penalties
from gateway.upstream.sharing import SharedWindow, Sharing
from gateway.upstream.window import Window, open_window


class Budget:
    """A provider's budget: what is counted, and the penalties that the provider imposes."""

    def __init__(
        self,
        limit: Limit | None,
        penalty: Callable[[int, float], float],
        *,
        storage: Storage,
        time: Callable[[], float],
        name: str,
        sharing: Sharing | None = None,
    ) -> None:
        """Without a `limit` nothing is counted, and penalties are kept all the same.

        `penalty` gives the seconds of a penalty that the provider does not tell, by its number and the moment at which
        it begins: 0 for the first, 1 and on for those for being refused right after it. `time` is the wall clock's, by
        which the windows are counted. `storage` counts in this process; with `sharing` all replicas count together.
        """
        self._window: Window | None = None
        if limit is not None and sharing is not None:
            self._window = SharedWindow(limit, sharing, storage, time, name)
        elif limit is not None:
            self._window = open_window(limit, storage, time, name)
        self._penalties = Penalties(name, penalty, time, sharing.link if sharing else None)
        self._time = time

    async def take(self, who: str) -> float:
        """Take one call, and give 0; or take nothing, and give the seconds until it is worth trying again."""
        if wait := await self._penalties.ask(who):
            return wait
        return await self._window.take(who) if self._window else 0.0

    def penalty(self, who: str) -> float:
        """Seconds for which the provider stays closed, as far as is known here, 0 where it is open."""
        return self._penalties.wait(who)

    async def empty(self, who: str, told: float | None) -> float:
        """Let nothing through for as long as the provider's penalty lasts; gives its seconds."""
        return await self._penalties.begin(who, told)

    async def left(self, who: str) -> Left | None:
        """Say what is left; None where nothing is counted."""
        if self._window is None:
            return None
        wait = await self._penalties.ask(who)
        return Left(0, self._time() + wait) if wait else await self._window.left(who)
