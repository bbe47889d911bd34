"""Which of a provider's hosts is gone to for a WebSocket, and how long one that failed is left alone."""

import pytest

from gateway.upstream.door import Door, Doors
from gateway.upstream.pace import Pace


class Times:
    """Waits of one second for each failure in a row, and those that were made."""

    def __init__(self) -> None:
        self.paused: list[float] = []

    async def pause(self, seconds: float) -> None:
        self.paused.append(seconds)

    @property
    def pace(self) -> Pace:
        return Pace(wait=float, pause=self.pause, settles=60)


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def doors(times: Times) -> Doors:
    return Doors(["wss://a?key=canary", "wss://b", "wss://c"], times.pace)


async def test_the_best_that_is_not_left_alone_is_gone_to_at_once(doors: Doors, times: Times) -> None:
    first = await doors.next(100)
    first.failed(100, 100, 0)
    second = await doors.next(100)
    second.failed(100, 100.5, 0)
    assert [first.number, second.number, (await doors.next(100.5)).number] == [0, 1, 2]
    # The first was left alone for a second.
    assert (await doors.next(101)) is first
    assert times.paused == []


async def test_where_all_are_left_alone_the_one_that_may_be_tried_soonest_is_waited_for(
    doors: Doors, times: Times
) -> None:
    for told, ended in ((9, 100.0), (0, 100.25), (0, 100.5)):
        (await doors.next(100.5)).failed(100, ended, told)
    assert (await doors.next(100.5)).number == 1
    assert times.paused == [0.75]


def test_failures_in_a_row_are_waited_after_for_longer_until_a_socket_has_lasted(times: Times) -> None:
    door = Door(0, "wss://a", times.pace)
    rests = []
    for began, ended in ((0, 1), (1, 2), (2, 61), (61, 121), (121, 122)):
        door.failed(began, ended, 0)
        rests.append(door.rest(ended))
    assert rests == [1, 2, 3, 1, 2]


def test_sockets_that_end_together_are_one_failure(times: Times) -> None:
    door = Door(0, "wss://a", times.pace)
    for began in (0, 5, 9):
        door.failed(began, 10, 0)
    assert (door.rest(10), door.rest(10.75), door.rest(20)) == (1, 0.25, 0)
    door.failed(11, 12, 0)
    assert door.rest(12) == 2


def test_what_a_host_tells_is_waited_for_whichever_socket_heard_it(times: Times) -> None:
    door = Door(0, "wss://a", times.pace)
    door.failed(0, 10, 0)
    door.failed(5, 10.5, 7)
    assert door.rest(10.5) == 7
    door.failed(6, 11.5, 0)
    assert door.rest(11.5) == 6


async def test_nothing_shown_of_a_host_holds_its_url(doors: Doors) -> None:
    assert repr(await doors.next(0)) == "<Door 0>"
