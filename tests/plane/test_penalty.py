"""Penalties: how long each provider stays closed to a credential that it has refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from limits.aio.storage import MemoryStorage

from gateway.domain.provider import Provider
from gateway.providers import CallTerms, Registration, bloxroute, sfox, solana, xverse
from gateway.upstream.budget import Budget
from gateway.upstream.host import Hosts
from gateway.upstream.limit import Left, Limit
from gateway.upstream.metrics import Metrics
from gateway.upstream.session import open_session
from gateway.upstream.upstream import Rules, Upstream
from tests.plane.clock import HeldClock

MINUTE = 1_800_000_000.0


async def terms_of(registration: Registration[Any]) -> CallTerms:
    """Give the terms on which a provider's own file opens its upstream."""
    found: list[CallTerms] = []
    async with open_session(connections=1, user_agent="test") as session:

        def open_upstream(
            urls: Sequence[str],
            terms: CallTerms,
            *,
            headers: Mapping[str, str] | None = None,  # noqa: ARG001 - no call is made
            query: Mapping[str, str] | None = None,  # noqa: ARG001 - likewise
            configured: bool = True,
        ) -> Upstream:
            found.append(terms)
            clock = HeldClock()
            budget = Budget(None, terms.penalty, storage=MemoryStorage(), time=clock.time, name="test")
            rules = Rules(terms.retry, budget)
            return Upstream(
                Provider.SFOX, Hosts(urls, clock.monotonic), session, rules, Metrics(), configured=configured
            )

        registration.sources(registration.settings(), open_upstream)
    (terms,) = found
    return terms


async def penalised(registration: Registration[Any], clock: HeldClock) -> Budget:
    terms = await terms_of(registration)
    return Budget(terms.limit, terms.penalty, storage=MemoryStorage(), time=clock.time, name="test")


async def test_sfox_stays_closed_for_ten_seconds_and_after_that_for_a_minute() -> None:
    clock = HeldClock(MINUTE)
    budget = await penalised(sfox.REGISTRATION, clock)
    assert await budget.empty("payer", None) == 10
    clock.now += 9
    assert await budget.take("payer") == 1
    clock.now += 1
    assert budget.penalty("payer") == 0
    # Refused right after it: the limit of the whole address was passed. And again, and it stays a minute.
    assert await budget.empty("payer", None) == 60
    clock.now += 60
    assert await budget.empty("payer", None) == 60


async def test_sfox_forgets_a_penalty_after_as_much_time_as_it_took() -> None:
    clock = HeldClock(MINUTE)
    budget = await penalised(sfox.REGISTRATION, clock)
    await budget.empty("payer", None)
    clock.now += 20.5
    assert await budget.empty("payer", None) == 10


async def test_bloxroute_stays_closed_until_the_next_full_minute_and_a_moment() -> None:
    clock = HeldClock(MINUTE + 48)
    budget = await penalised(bloxroute.REGISTRATION, clock)
    assert 12 <= await budget.empty("payer", None) < 13
    clock.now = MINUTE + 59.9
    assert budget.penalty("payer") > 0
    clock.now = MINUTE + 61
    assert budget.penalty("payer") == 0


async def test_xverse_and_solana_stay_closed_for_twice_as_long_each_time_but_not_for_ever() -> None:
    for registration, first, longest in ((xverse.REGISTRATION, 1, 32), (solana.REGISTRATION, 0.5, 32)):
        clock = HeldClock(MINUTE)
        budget = await penalised(registration, clock)
        lengths = []
        for _ in range(10):
            lengths.append(await budget.empty("payer", None))
            clock.now += lengths[-1]
        assert lengths[:4] == [first, first * 2, first * 4, first * 8]
        assert max(lengths) == longest == lengths[-1]


async def test_calls_that_were_under_way_when_a_penalty_began_make_it_no_worse() -> None:
    clock = HeldClock(MINUTE)
    budget = await penalised(sfox.REGISTRATION, clock)
    assert await budget.empty("payer", None) == 10
    clock.now += 1
    # Sent before the first refusal came back, and refused by the same limit.
    assert [await budget.empty("payer", None) for _ in range(9)] == [9] * 9
    assert budget.penalty("payer") == 9
    clock.now += 9
    assert await budget.empty("payer", None) == 60


@pytest.mark.parametrize("registration", [xverse.REGISTRATION, solana.REGISTRATION, bloxroute.REGISTRATION])
async def test_a_wait_that_the_provider_tells_outweighs_the_gateways_own(registration: Registration[Any]) -> None:
    clock = HeldClock(MINUTE)
    budget = await penalised(registration, clock)
    assert await budget.empty("payer", 7) == 7
    assert budget.penalty("payer") == 7
    # A longer one, told while it lasts, is kept; a shorter one opens nothing.
    assert await budget.empty("payer", 30) == 30
    await budget.empty("payer", 2)
    assert budget.penalty("payer") == 30


async def test_a_penalty_closes_the_provider_to_nobody_else() -> None:
    clock = HeldClock(MINUTE)
    budget = await penalised(sfox.REGISTRATION, clock)
    await budget.empty("payer", None)
    assert await budget.take("payer") == 10
    assert await budget.take("another") == 0


async def test_while_a_penalty_lasts_nothing_is_left_and_its_end_is_told() -> None:
    clock = HeldClock(MINUTE)
    budget = Budget(Limit(5, 10), lambda _step, _now: 10.0, storage=MemoryStorage(), time=clock.time, name="test")
    await budget.empty("payer", None)
    assert await budget.left("payer") == Left(0, MINUTE + 10)


async def test_where_nothing_is_counted_a_penalty_holds_all_the_same() -> None:
    clock = HeldClock(MINUTE)
    budget = Budget(None, lambda _step, _now: 10.0, storage=MemoryStorage(), time=clock.time, name="test")
    await budget.empty("payer", None)
    assert await budget.take("payer") == 10
    clock.now += 10
    assert await budget.take("payer") == 0
