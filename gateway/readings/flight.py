"""One call at a time for each name: whoever asks for what is already being asked waits for that answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

L = TypeVar("L")


class Flights(Generic[L]):
    """Calls under way, shared between requests; a call outlives the requests that wait for it.

    A call has one future for all its names: what it brings for each of them.
    """

    def __init__(self) -> None:
        self._landings: dict[str, asyncio.Future[Mapping[str, L]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Count the calls under way, or what is expected of them where they have yet to begin."""
        return len(self._tasks) or len(self._landings)

    def expect(self, name: str, landing: "asyncio.Future[Mapping[str, L]]") -> None:
        """Say what will bring a name's, of a call that is to be started for it in this turn of the loop."""
        self._landings[name] = landing

    def landing(self, name: str) -> "asyncio.Future[Mapping[str, L]] | None":
        """Give what a call under way will bring, for a name and those that are asked about with it."""
        return self._landings.get(name)

    def start(
        self,
        landing: "asyncio.Future[Mapping[str, L]]",
        names: Sequence[str],
        call: Callable[[], Coroutine[None, None, Sequence[L]]],
    ) -> None:
        """Begin the call that was expected; it brings something for each of the names, in order, and must not raise."""
        task = asyncio.get_running_loop().create_task(self._fly(landing, names, call))
        self._tasks.add(task)
        # Not in the task itself: one that is ended before its first step would leave its waiters waiting.
        task.add_done_callback(partial(self._landed, landing, names))

    async def _fly(
        self,
        landing: "asyncio.Future[Mapping[str, L]]",
        names: Sequence[str],
        call: Callable[[], Awaitable[Sequence[L]]],
    ) -> None:
        landed = dict(zip(names, await call(), strict=True))
        self._forget(names)
        landing.set_result(landed)

    def _landed(
        self, landing: "asyncio.Future[Mapping[str, L]]", names: Sequence[str], task: asyncio.Task[None]
    ) -> None:
        self._tasks.discard(task)
        if landing.cancel():
            self._forget(names)

    def _forget(self, names: Sequence[str]) -> None:
        for name in names:
            del self._landings[name]

    async def close(self) -> None:
        """End every call under way; those who wait see a cancelled landing."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Calls that have yet to begin never will.
        for landing in self._landings.values():
            landing.cancel()
        self._landings.clear()
