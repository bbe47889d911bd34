"""Snapshots of accounts that are followed: those wanted at about the same time are read in one call."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from gateway.domain.clock import Clock, Deadline
from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Position
from gateway.domain.sources import Effort, Result
from gateway.domain.token import AccountKey, TokenAccount
from gateway.providers.solana.by_address import SolanaTokenAccounts

# Seconds for which a call waits for company.
_GATHERS: Final = 0.02


class _Batch:
    """Accounts that are read together, for as long as anyone waits for one of them."""

    def __init__(self) -> None:
        self.floors: dict[AccountKey, Position | None] = {}
        self.waiting = 0
        self.task: asyncio.Task[Mapping[AccountKey, Result[TokenAccount]]] | None = None


class Snapshots:
    """Reads accounts by their addresses, within the budget and in so many seconds."""

    def __init__(self, source: SolanaTokenAccounts, clock: Clock, seconds: float) -> None:
        self._source = source
        self._clock = clock
        self._seconds = seconds
        self._gathering: _Batch | None = None

    async def read(self, key: AccountKey, floor: Position | None) -> Result[TokenAccount]:
        """Read one; `floor` is the newest position known of it."""
        batch = self._gathering
        if batch is None:
            batch = self._gathering = _Batch()
            batch.task = asyncio.create_task(self._together(batch))
        batch.floors[key] = floor
        batch.waiting += 1
        try:
            found = await asyncio.shield(batch.task)  # type: ignore[arg-type]  # it has one as soon as it is made
        finally:
            batch.waiting -= 1
            if not batch.waiting and batch.task is not None:
                batch.task.cancel()
                self._close(batch)
        return found[key]

    async def _together(self, batch: _Batch) -> Mapping[AccountKey, Result[TokenAccount]]:
        await asyncio.sleep(_GATHERS)
        self._close(batch)
        keys, most = list(batch.floors), self._source.terms.max_keys
        floors = {key: floor for key, floor in batch.floors.items() if floor is not None}
        effort = Effort(Deadline.after(self._clock, self._seconds), floors=floors)
        found: dict[AccountKey, Result[TokenAccount]] = {}
        for start in range(0, len(keys), most):
            chunk = keys[start : start + most]
            found |= zip(chunk, await self._answers(chunk, effort), strict=True)
        return found

    def _close(self, batch: _Batch) -> None:
        """Let nobody join any more."""
        if self._gathering is batch:
            self._gathering = None

    async def _answers(self, keys: Sequence[AccountKey], effort: Effort) -> Sequence[Result[TokenAccount]]:
        try:
            return await self._source.answers(keys, effort)
        except UpstreamError as error:
            return [error] * len(keys)
