"""Many who listen to one thing leave the loop to others in between, and each of them still hears every change."""

import asyncio

from gateway.domain.reading import Outcome, Reading
from gateway.readings.audience import Audience

MANY = 1000
# How many may make their events while a query that has come waits for its turn.
AT_ONCE = 16


async def test_listeners_make_their_events_some_at_a_time_and_each_hears_every_change_in_order() -> None:
    audience: Audience[int] = Audience()
    heard: dict[int, list[int | None]] = {number: [] for number in range(MANY)}

    async def listen(number: int) -> None:
        async for reading in audience.admit().hear():
            heard[number] += [reading.value]

    listening = [asyncio.create_task(listen(number)) for number in heard]
    await asyncio.sleep(0)
    assert len(audience) == MANY
    turns = []
    for change in (1, 2):
        audience.tell(Reading(Outcome.FRESH, change), heartbeat=False)
        # In each turn whatever else has come is dealt with too.
        for _ in range(MANY):
            before = sum(map(len, heard.values()))
            await asyncio.sleep(0)
            turns.append(sum(map(len, heard.values())) - before)
    assert max(turns) <= AT_ONCE
    assert all(each == [1, 2] for each in heard.values())
    audience.dismiss()
    await asyncio.gather(*listening)


async def test_changes_that_follow_at_once_are_heard_in_order_by_those_who_have_yet_to_be_woken() -> None:
    audience: Audience[int] = Audience()
    listeners = [audience.admit() for _ in range(MANY)]
    for change in (1, 2, 3):
        audience.tell(Reading(Outcome.FRESH, change), heartbeat=False)
    audience.dismiss()
    heard = [[reading.value async for reading in listener.hear()] for listener in listeners]
    assert heard == [[1, 2, 3]] * MANY
