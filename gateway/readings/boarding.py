"""Keys that are asked for in one turn of the loop, whoever asks: they leave together, as many to a call as may be."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from gateway.domain.token import AccountKey, Commitment
from gateway.readings.flight import Flights
from gateway.readings.landing import Landing
from gateway.readings.store import Kept

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class _Gate(Generic[K]):
    """A call that is to leave at the end of the turn: its keys, by their names, and what is kept of them."""

    landing: "asyncio.Future[Mapping[str, Landing]]"
    keys: dict[str, K] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)


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
        # By the commitment of their keys, where these have one: what differs in it cannot be asked in one call.
        self._open: dict[Commitment | None, _Gate[K]] = {}

    def board(
        self, due: Mapping[str, K], kept: Mapping[str, Kept]
    ) -> "dict[str, asyncio.Future[Mapping[str, Landing]]]":
        """Give what will be brought for each name, and those beside it; none of them may be under way."""
        futures = {}
        for name, key in due.items():
            commitment = key.commitment if isinstance(key, AccountKey) else None
            gate = self._gate(commitment)
            gate.keys[name] = key
            gate.kept[name] = kept[name]
            self._flights.expect(name, gate.landing)
            futures[name] = gate.landing
            if self._most == 1:
                self._leave(commitment, gate)
            elif len(gate.keys) == self._most:
                del self._open[commitment]
        return futures

    def _gate(self, commitment: Commitment | None) -> _Gate[K]:
        """Give the call that has room, or a new one."""
        gate = self._open.get(commitment)
        if gate is None:
            loop = asyncio.get_running_loop()
            gate = self._open[commitment] = _Gate(loop.create_future())
            if self._most > 1:
                loop.call_soon(self._leave, commitment, gate)
        return gate

    def _leave(self, commitment: Commitment | None, gate: _Gate[K]) -> None:
        if self._open.get(commitment) is gate:
            del self._open[commitment]
        # Where the gateway is closing, nobody waits any more.
        if not gate.landing.cancelled():
            self._flights.start(gate.landing, list(gate.keys), partial(self._call, gate.keys, gate.kept))
