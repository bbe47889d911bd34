"""One call at a time for each name: whoever asks for what is already being asked waits for that answer."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

L = TypeVar("L")


class Flights(Generic[L]):
    """Calls under way, shared between requests; a call outlives the requests that wait for it."""

    def __init__(self) -> None:
        self._landings: dict[str, asyncio.Future[L]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        """Count the calls under way, or what is expected of them where they have yet to begin."""
        return len(self._tasks) or len(self._landings)

    def expect(self, name: str) -> asyncio.Future[L]:
        """Give what a call will bring for a name, and is to be started for it in this turn of the loop."""
        future: asyncio.Future[L] = asyncio.get_running_loop().create_future()
        self._landings[name] = future
        return future

    def landing(self, name: str) -> asyncio.Future[L] | None:
        """Give what a call under way will bring for a name."""
        return self._landings.get(name)

    def start(
        self, names: Sequence[str], call: Callable[[], Coroutine[None, None, Sequence[L]]]
    ) -> list[asyncio.Future[L]]:
        """Begin one call that lands on each of the names, in order; `call` must not raise."""
        futures: dict[str, asyncio.Future[L]] = {name: self._landings.get(name) or self.expect(name) for name in names}
        task = asyncio.get_running_loop().create_task(self._fly(futures, call))
        self._tasks.add(task)
        # Not in the task itself: one that is ended before its first step would leave its waiters waiting.
        task.add_done_callback(partial(self._landed, futures))
        return list(futures.values())

    async def _fly(self, futures: Mapping[str, asyncio.Future[L]], call: Callable[[], Awaitable[Sequence[L]]]) -> None:
        landings = await call()
        for (name, future), landed in zip(futures.items(), landings, strict=True):
            del self._landings[name]
            future.set_result(landed)

    def _landed(self, futures: Mapping[str, asyncio.Future[L]], task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        for name, future in futures.items():
            if future.cancel():
                del self._landings[name]

    async def close(self) -> None:
        """End every call under way; those who wait see a cancelled landing."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # Calls that have yet to begin never will.
        for future in self._landings.values():
            future.cancel()
        self._landings.clear()
