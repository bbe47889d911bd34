"""Keys that are asked for in one turn of the loop, whoever asks: they leave together, as many to a call as may be."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from gateway.readings.flight import Flights
from gateway.readings.landing import Landing
from gateway.readings.store import Kept

K = TypeVar("K", bound=Hashable)


class Boarding(Generic[K]):
    """Where one capability's keys wait for the end of the turn; alone where a call takes no more than one."""

    def __init__(
        self,
        flights: Flights[Landing],
        most: int,
        call: Callable[[dict[str, K], Mapping[str, Kept]], Coroutine[None, None, Sequence[Landing]]],
    ) -> None:
        """`call` asks about so many keys, by their names, with what is kept of them."""
        self._flights = flights
        self._most = most
        self._call = call
        self._waiting: dict[str, K] = {}
        self._kept: dict[str, Kept] = {}

    def board(self, due: Mapping[str, K], kept: Mapping[str, Kept]) -> "dict[str, asyncio.Future[Landing]]":
        """Give what will be brought for each name; none of them may be under way."""
        futures = {name: self._flights.expect(name) for name in due}
        if self._most == 1:
            for name, key in due.items():
                self._leave({name: key}, kept)
            return futures
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._leave_all)
        self._waiting |= due
        self._kept |= {name: kept[name] for name in due}
        return futures

    def _leave_all(self) -> None:
        waiting, kept = self._waiting, self._kept
        self._waiting, self._kept = {}, {}
        # Where the gateway is closing, nobody waits any more.
        names = [name for name in waiting if self._flights.landing(name) is not None]
        for start in range(0, len(names), self._most):
            self._leave({name: waiting[name] for name in names[start : start + self._most]}, kept)

    def _leave(self, chunk: dict[str, K], kept: Mapping[str, Kept]) -> None:
        self._flights.start(list(chunk), partial(self._call, chunk, kept))
