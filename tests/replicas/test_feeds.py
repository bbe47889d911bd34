"""One replica holds a feed and the others follow it; whatever becomes of the one, another takes its place."""

import pytest

from tests.replicas.fleet import PATIENCE, Berth, Fleet, fleet_over
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess
from tests.stores.until import until

PROVIDERS = pytest.mark.parametrize("provider", ["solana", "sfox"])
# Whose lease it is, either engine says alike, and each has its turn.
REDIS = pytest.mark.parametrize("engine", [Engine.REDIS], indirect=True)
VALKEY = pytest.mark.parametrize("engine", [Engine.VALKEY], indirect=True)


async def _another_holds(fleet: Fleet, former: Berth) -> Berth:
    await until(lambda: any(berth is not former for berth in fleet.connected), 60)
    return next(berth for berth in fleet.connected if berth is not former)


@REDIS
@PROVIDERS
async def test_when_the_holder_of_a_feed_is_killed_another_takes_over_and_nobody_misses_a_change(
    provider: str, store: StoreProcess
) -> None:
    async with fleet_over(store, 3, provider) as fleet:
        former, others = fleet.connected[0], fleet.others
        await fleet.change(3)
        await fleet.heard_by(fleet.berths)
        former.listener.may_be_closed = True
        await former.replica.kill()
        await fleet.change(2)
        holder = await fleet.one_holds()
        assert holder in others
        await fleet.change()
        await fleet.heard_by(others)
        await fleet.change(3)
        await fleet.heard_by(others)
        assert await fleet.one_holds() is holder


@VALKEY
@PROVIDERS
async def test_a_holder_that_was_frozen_stands_down_once_it_runs_again_and_shows_nothing_from_before(
    provider: str, store: StoreProcess
) -> None:
    async with fleet_over(store, 3, provider) as fleet:
        former, others = fleet.connected[0], fleet.others
        await fleet.change()
        await fleet.heard_by(fleet.berths)
        former.replica.freeze()
        # These it finds on its own connection when it runs again.
        await fleet.change(3)
        holder = await _another_holds(fleet, former)
        await fleet.heard_by(others)
        await fleet.change(2)
        await fleet.heard_by(others)
        for other in others:
            await fleet.ask(other, 0)
        former.replica.thaw()
        assert await fleet.one_holds() is holder
        await fleet.change(2)
        await fleet.heard_by(fleet.berths)
        for berth in fleet.berths:
            await fleet.ask(berth, None)
        assert await fleet.one_holds() is holder


@REDIS
@PROVIDERS
async def test_a_holder_that_is_stopped_sends_its_listeners_away_and_another_takes_over_at_once(
    provider: str, store: StoreProcess
) -> None:
    async with fleet_over(store, 2, provider) as fleet:
        former, (other,) = fleet.connected[0], fleet.others
        former.listener.may_be_closed = True
        await fleet.change()
        await former.replica.stop()
        await until(lambda: former.listener.closed_with == 1012, PATIENCE)
        await fleet.change(2)
        assert await fleet.one_holds() is other
        await fleet.heard_by([other])
        await fleet.change()
        await fleet.heard_by([other])
