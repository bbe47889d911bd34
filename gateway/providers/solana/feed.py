"""Token accounts as they change: a snapshot, then each change that the node tells of, mended by snapshots."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec

from gateway.domain.clock import Clock
from gateway.domain.sources import Feed, Result
from gateway.domain.token import AccountKey, TokenAccount
from gateway.providers.solana.by_address import SolanaTokenAccounts
from gateway.providers.solana.follower import OPERATION, Beat, Follower, Heard
from gateway.providers.solana.node import Node
from gateway.providers.solana.snapshots import Snapshots
from gateway.upstream.channel import Inbox, Topic
from gateway.upstream.pubsub import Pubsub

# Seconds between beats, and those in which a value is told again at the latest while the feed is well: four beats to a
# snapshot that failed once, and its time.
_BEAT: Final = 2.0
HEARTBEAT: Final = 15.0
# Seconds that a snapshot may take.
_PATIENCE: Final = 5.0


class _Pulse:
    """Beats for all who follow, at the same moments."""

    def __init__(self, pause: Callable[[float], Awaitable[None]]) -> None:
        self._pause = pause
        self._inboxes: list[Inbox[Any]] = []
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def beating(self, inbox: Inbox[Any]) -> AsyncIterator[None]:
        self._inboxes.append(inbox)
        if self._task is None:
            self._task = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            self._inboxes.remove(inbox)
            if not self._inboxes and self._task is not None:
                task, self._task = self._task, None
                task.cancel()
                await asyncio.wait({task})

    async def _beat(self) -> None:
        number = 0
        while True:
            await self._pause(_BEAT)
            number += 1
            for inbox in self._inboxes:
                inbox.put(Beat(number))


class SolanaAccountFeed(Feed[AccountKey, TokenAccount]):
    """Token accounts by address, as each commitment comes to see them.

    While the subscription does not stand, snapshots alone are told, at every third beat.
    """

    def __init__(
        self,
        source: SolanaTokenAccounts,
        solana: Node,
        pubsub: Pubsub,
        clock: Clock,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`source` and `solana` are of the same node; between beats, `pause` is called."""
        self.terms = source.terms
        self.heartbeat = HEARTBEAT
        self._solana = solana
        self._pubsub = pubsub
        self._snapshots = Snapshots(source, clock, _PATIENCE)
        self._pulse = _Pulse(pause)

    async def follow(self, key: AccountKey) -> AsyncIterator[Result[TokenAccount]]:
        inbox: Inbox[Heard] = Inbox()
        follower = Follower(key, self._solana, self._snapshots, inbox)
        try:
            async with self._pulse.beating(inbox), self._pubsub.following(_topic(key), inbox):
                follower.ask()
                while True:
                    result = follower.hear(await inbox.next())
                    if result is not None:
                        yield result
        finally:
            await follower.close()


def _topic(key: AccountKey) -> Topic:
    config = {"encoding": "jsonParsed", "commitment": key.commitment.lower()}
    return Topic(OPERATION, "accountUnsubscribe", msgspec.json.encode([key.address.text, config]))
