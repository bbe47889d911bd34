"""Calls under way: shared by all who ask, spoilt by none who leaves, and ended with the gateway."""

import asyncio
from collections.abc import Mapping

import pytest

from gateway.domain.problem import ProblemCode
from gateway.domain.reading import Outcome, Reading, ServedFrom
from gateway.readings.flight import Flights
from tests.readings.told import UNTOLD, Stand, ToldSource, terms, trouble


def _asking(stand: Stand, *keys: str, within: float = 5) -> "asyncio.Task[list[Reading[str]]]":
    return asyncio.create_task(stand.read(*keys, max_age=0, within=within))


async def test_many_who_ask_at_once_share_one_call() -> None:
    stand = Stand()
    stand.told.gate.clear()
    asking = [_asking(stand, "k") for _ in range(50)]
    await stand.told.begun.wait()
    stand.told.gate.set()
    for (reading,) in await asyncio.gather(*asking):
        assert reading.value == UNTOLD
        assert reading.provenance is not None
        assert reading.provenance.served_from is ServedFrom.UPSTREAM
    assert stand.told.asked == [["k"]]


async def test_who_comes_late_joins_for_the_keys_that_are_under_way_and_starts_the_others() -> None:
    stand = Stand()
    stand.told.gate.clear()
    early = _asking(stand, "a", "b")
    await stand.told.begun.wait()
    stand.told.begun.clear()
    late = _asking(stand, "b", "c")
    await stand.told.begun.wait()
    stand.told.gate.set()
    await asyncio.gather(early, late)
    assert stand.told.asked == [["a", "b"], ["c"]]


async def test_a_shared_failure_is_everybodys_under_one_reference() -> None:
    stand = Stand()
    stand.told.gate.clear()
    stand.told.fault = trouble()
    asking = [_asking(stand, "k") for _ in range(3)]
    await stand.told.begun.wait()
    stand.told.gate.set()
    readings = [reading for (reading,) in await asyncio.gather(*asking)]
    assert {reading.outcome for reading in readings} == {Outcome.UNAVAILABLE}
    assert len({reading.problem.reference for reading in readings if reading.problem}) == 1
    assert stand.told.asked == [["k"]]


async def test_who_leaves_hurts_neither_the_call_nor_the_others_who_wait() -> None:
    stand = Stand()
    stand.told.gate.clear()
    leaving, staying = _asking(stand, "k"), _asking(stand, "k")
    await stand.told.begun.wait()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    stand.told.gate.set()
    (reading,) = await staying
    assert reading.value == UNTOLD
    assert stand.told.asked == [["k"]]


async def test_a_call_that_everybody_left_still_fills_the_store() -> None:
    stand = Stand()
    stand.told.gate.clear()
    leaving = _asking(stand, "k")
    await stand.told.begun.wait()
    landing = stand.plane.flights.landing(stand.name("k"))
    leaving.cancel()
    stand.told.gate.set()
    assert landing is not None
    await landing
    reading = await stand.one()
    assert reading.provenance is not None
    assert reading.provenance.served_from is ServedFrom.CACHE
    assert stand.told.asked == [["k"]]


async def test_past_the_requests_deadline_it_is_told_a_timeout_while_the_call_goes_on() -> None:
    stand = Stand()
    stand.told.gate.clear()
    in_time, late = await stand.read("a", "b", within=0)
    for reading in (in_time, late):
        assert (reading.outcome, reading.value) == (Outcome.UNAVAILABLE, None)
        assert reading.problem is not None
        assert reading.problem.code is ProblemCode.TIMEOUT
    assert in_time.problem == late.problem
    landing = stand.plane.flights.landing(stand.name("a"))
    stand.told.gate.set()
    assert landing is not None
    await landing
    assert (await stand.one("a")).outcome is Outcome.FRESH
    assert stand.told.asked == [["a", "b"]]


async def test_what_landed_before_the_deadline_is_shown_beside_what_did_not() -> None:
    source = ToldSource(terms(max_keys=1))
    stand = Stand(source)
    await stand.one("known")
    source.gate.clear()
    known, late = await stand.read("known", "late", within=0)
    assert known.outcome is Outcome.FRESH
    assert late.outcome is Outcome.UNAVAILABLE
    source.gate.set()
    await stand.plane.flights.close()


async def test_past_the_deadline_an_older_reading_stands_in() -> None:
    stand = Stand()
    await stand.one()
    stand.told.gate.clear()
    reading = await stand.one(max_age=0, within=0)
    assert (reading.outcome, reading.value) == (Outcome.STALE, UNTOLD)
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.TIMEOUT
    await stand.plane.flights.close()


async def test_closing_ends_the_calls_and_tells_those_who_wait() -> None:
    stand = Stand()
    stand.told.gate.clear()
    waiting = _asking(stand, "k")
    await stand.told.begun.wait()
    await stand.plane.flights.close()
    (reading,) = await waiting
    assert reading.outcome is Outcome.UNAVAILABLE
    assert reading.problem is not None
    assert reading.problem.code is ProblemCode.UNAVAILABLE
    assert len(stand.plane.flights) == 0


async def test_closing_lets_go_even_of_who_waits_for_a_call_that_had_not_begun() -> None:
    async def never() -> list[str]:
        raise AssertionError("a call that was ended first must not begin")

    flights: Flights[str] = Flights()
    landing: asyncio.Future[Mapping[str, str]] = asyncio.get_running_loop().create_future()
    flights.expect("k", landing)
    flights.start(landing, ["k"], never)
    await flights.close()
    assert landing.cancelled()
    assert flights.landing("k") is None


async def test_closing_what_nothing_is_under_way_in_does_nothing() -> None:
    await Stand().plane.flights.close()


async def test_a_name_is_free_again_once_its_call_has_landed() -> None:
    stand = Stand()
    name = stand.name("k")
    await stand.one()
    assert stand.plane.flights.landing(name) is None
    assert len(stand.plane.flights) == 0
