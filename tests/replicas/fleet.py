"""Replicas with someone who listens at each, and a road of its own from each to the feeds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

from gateway.sandbox import open_sandbox
from tests.live.listener import Listener, listening_to
from tests.live.road import Road, road_to
from tests.live.witness import Witness
from tests.live.world import Subject, World
from tests.replicas.replica import Replica, running_replica
from tests.stores.process import StoreProcess
from tests.stores.until import until

# Seconds that a busy machine may take; nothing here takes as many.
PATIENCE = 60


@dataclass(frozen=True, slots=True)
class Berth:
    """One replica, its road to the feed, who listens at it, and what was seen there."""

    replica: Replica
    road: Road
    listener: Listener
    witness: Witness


@dataclass(frozen=True, slots=True)
class Fleet:
    """All of them, and what they follow."""

    berths: Sequence[Berth]
    world: World
    subject: Subject

    @property
    def connected(self) -> list[Berth]:
        """Those that have a connection to the feed."""
        return [berth for berth in self.berths if berth.road.connections]

    @property
    def others(self) -> list[Berth]:
        return [berth for berth in self.berths if not berth.road.connections]

    async def one_holds(self) -> Berth:
        """Wait until one of them has a connection, one and no more; gives it."""
        await until(lambda: [berth.road.connections for berth in self.connected] == [1], PATIENCE)
        return self.connected[0]

    async def change(self, times: int = 1) -> None:
        for _ in range(times):
            await self.world.change(self.subject)
            if self.subject.provider == "solana":
                # As many as a change takes to be confirmed.
                await self.world.let_slots_pass(2)

    async def heard_by(self, berths: Sequence[Berth]) -> None:
        """Wait until all of them have heard what is true."""

        def all_know() -> bool:
            lasts = [berth.listener.last for berth in berths]
            return all(last is not None and self.world.is_true(self.subject, last) for last in lasts)

        await until(all_know, PATIENCE)

    async def ask(self, berth: Berth, max_age: int | None) -> None:
        """Ask, and have the answer judged with all that is seen there."""
        asked = len(berth.witness.seen)
        answer = await berth.replica.gateway.ask(self.subject.query(max_age), key=self.subject.key)
        berth.witness.answered("caller", self.subject, self.subject.shown(answer.data), asked)


@asynccontextmanager
async def fleet_over(store: StoreProcess, count: int, provider: str) -> AsyncIterator[Fleet]:
    """Start so many, and let each be listened to for one thing that the provider's feed tells."""
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(open_sandbox(limits=False))
        roads = [await stack.enter_async_context(road_to(sandbox.urls[provider])) for _ in range(count)]
        starting = [
            stack.enter_async_context(running_replica(sandbox, store, **_feed_over(provider, road))) for road in roads
        ]
        replicas = await asyncio.gather(*starting)
        world = World(replicas[0].gateway, Random(provider))
        await world.begin()
        subject = next(each for each in world.subjects if each.provider == provider)
        berths = []
        for number, (replica, road) in enumerate(zip(replicas, roads, strict=True)):
            witness = Witness()
            listening = listening_to(replica.gateway, subject, f"listener {number}", witness)
            berths.append(Berth(replica, road, await stack.enter_async_context(listening), witness))
        fleet = Fleet(berths, world, subject)
        await fleet.heard_by(berths)
        await fleet.one_holds()
        yield fleet
        for berth in berths:
            assert berth.witness.judge() == []


def _feed_over(provider: str, road: Road) -> dict[str, str]:
    url = road.url.replace("http", "ws", 1)
    return {"GATEWAY_SOLANA__WS_URL": url} if provider == "solana" else {"GATEWAY_SFOX__FEED_URL": f"{url}/ws"}
