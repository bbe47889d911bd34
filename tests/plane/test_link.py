"""The way to a store: lost at the first command that fails, found by whoever knocks, and never in anyone's way."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, NoPermissionError, OutOfMemoryError, ResponseError
from structlog.testing import capture_logs

from gateway.readings.shelf import open_shelf
from gateway.replicas.address import StoreAddress
from gateway.replicas.link import PATIENCE, Link, StoreLost
from tests.plane.clock import HeldClock
from tests.readings.opening import PatientLink, find
from tests.stores.process import StoreProcess
from tests.stores.until import until


class HastyLink(Link):
    """A link whose patience is over soon."""

    patience = 0.05


@pytest.fixture
async def link(store: StoreProcess) -> AsyncIterator[Link]:
    """Give a link that has found its store."""
    async with Redis.from_url(store.url) as client:
        link = PatientLink(client, HeldClock(100.0))
        await find(link)
        yield link
        await link.close()


async def _ping(link: Link) -> bool:
    return bool(await link.run(link.client.ping))


async def test_before_it_was_found_a_store_is_not_asked_and_not_missed(store: StoreProcess) -> None:
    async with Redis.from_url(store.url) as client:
        link = Link(client, HeldClock(100.0))
        assert (link.is_up, link.was_lost, link.reason) == (False, False, None)
        with pytest.raises(StoreLost):
            await _ping(link)
        assert (link.was_lost, link.reason) == (False, None)
        with capture_logs() as told:
            await link.knock(client.ping)
        assert await _ping(link)
        # That it is there at the start is no news.
        assert told == []


async def test_a_lost_store_is_told_once_and_so_is_that_it_is_back(store: StoreProcess, link: Link) -> None:
    store.kill()
    with capture_logs() as told:
        for _ in range(3):
            with pytest.raises(StoreLost):
                await _ping(link)
            with pytest.raises(StoreLost):
                await link.knock(link.client.ping)
        assert (link.is_up, link.was_lost) == (False, True)
        await store.start()
        await find(link)
    assert [line["event"] for line in told] == ["store.lost", "store.found"]
    assert told[0]["reason"] == "ConnectionError"
    assert str(store.port) not in str(told)
    assert (link.is_up, link.was_lost, link.reason) == (True, False, None)
    assert await _ping(link)


async def test_while_it_is_lost_no_command_is_even_begun(store: StoreProcess, link: Link) -> None:
    async def never() -> None:
        raise AssertionError("no command is sent to a store that is lost")

    store.kill()
    with pytest.raises(StoreLost):
        await _ping(link)
    with pytest.raises(StoreLost):
        await link.run(never)


async def test_the_moment_of_the_last_answer_is_kept(store: StoreProcess, link: Link) -> None:
    clock = link._clock  # noqa: SLF001 - the one that this test gave it
    assert isinstance(clock, HeldClock)
    clock.now += 5
    assert link.since_contact() == 5
    await _ping(link)
    assert link.since_contact() == 0
    store.kill()
    clock.now += 3
    with pytest.raises(StoreLost):
        await _ping(link)
    assert link.since_contact() == 3


async def test_a_frozen_store_costs_no_more_than_the_patience_and_leaves_no_task(store: StoreProcess) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with Redis.from_url(store.url) as client:
        link = HastyLink(client, HeldClock(100.0))
        link.patience = 20
        await find(link)
        link.patience = 0.05
        before = asyncio.all_tasks()
        store.freeze()
        with capture_logs() as told, pytest.raises(StoreLost):
            await _ping(link)
        assert [line["reason"] for line in told] == ["it does not answer in time"]
        # What was given up ends by itself, and nobody complains that it was not looked at.
        await until(lambda: asyncio.all_tasks() == before)
        store.thaw()
    assert complaints == []


async def test_nobody_complains_of_a_command_that_answers_its_end_with_an_error(link: Link) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionResetError from None

    link.patience = 0.05
    before = asyncio.all_tasks()
    with pytest.raises(StoreLost):
        await link.run(stubborn)
    await until(lambda: asyncio.all_tasks() == before)
    gc.collect()
    assert complaints == []


async def test_a_process_that_was_busy_itself_does_not_take_its_store_for_lost(store: StoreProcess) -> None:
    async with Redis.from_url(store.url) as client:
        link = Link(client, HeldClock(100.0))
        await find(link)

        async def answer() -> bool:
            # The answer is there, but this process is busy with something else for longer than it would wait.
            asyncio.get_running_loop().call_soon(lambda: time.sleep(2 * PATIENCE))
            return bool(await client.ping())

        assert await link.run(answer)
        assert link.is_up


async def test_what_ends_in_time_with_a_fault_of_the_gateways_own_is_not_the_stores(link: Link) -> None:
    async def wrong() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await link.run(wrong)
    assert link.is_up


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (AuthenticationError("WRONGPASS"), "it refuses the user or the password, or what they may do"),
        (NoPermissionError("NOPERM key:secret"), "it refuses the user or the password, or what they may do"),
        (OutOfMemoryError("OOM"), "its memory is full"),
        (ResponseError("OOM command not allowed in a script"), "its memory is full"),
        (TimeoutError(), "it does not answer in time"),
        (ConnectionResetError("peer 10.0.0.7"), "ConnectionResetError"),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
async def test_the_operator_is_told_why_and_no_name(link: Link, trouble: Exception, reason: str) -> None:
    async def fail() -> None:
        raise trouble

    with capture_logs() as told, pytest.raises(StoreLost):
        await link.run(fail)
    assert told == [{"event": "store.lost", "log_level": "warning", "reason": reason}]
    assert link.reason == reason


async def test_a_reason_that_changes_is_news(store: StoreProcess, link: Link) -> None:
    store.kill()
    with capture_logs() as told:
        with pytest.raises(StoreLost):
            await _ping(link)
        await store.start()
        await store.ask("CONFIG", "SET", "requirepass", "closed")
        with pytest.raises(StoreLost):
            await link.knock(link.client.ping)
    assert [line["reason"] for line in told] == [
        "ConnectionError",
        "it refuses the user or the password, or what they may do",
    ]


async def test_closing_leaves_no_connection_and_nobody_gets_through(store: StoreProcess) -> None:
    shelf = open_shelf(StoreAddress.parse(store.url), 60, HeldClock())
    shelf.link.patience = 20
    before = asyncio.all_tasks()
    await find(shelf.link)
    await asyncio.gather(*(_ping(shelf.link) for _ in range(100)))
    await shelf.link.close()
    with pytest.raises(StoreLost):
        await _ping(shelf.link)
    assert asyncio.all_tasks() == before
    # The asker's own is the only one.

    async def is_alone() -> bool:
        return len((await store.ask("CLIENT", "LIST")).splitlines()) == 1

    await until(is_alone)
