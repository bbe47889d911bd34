"""Solana's accounts as they change: what is told, in which order, and through which troubles."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from gateway.app import read_settings
from gateway.config import BadSettings
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.sources import TokenAccountByAddress
from gateway.domain.token import Commitment, TokenAccountState
from gateway.providers import solana
from gateway.sandbox import addresses, open_sandbox
from gateway.sandbox.credentials import SOLANA_API_KEY
from gateway.upstream.session import open_session
from tests.providers.asking import open_source
from tests.providers.feeding import Feeding, Listener, Told, open_feeding, shown
from tests.providers.node import key
from tests.upstream.opening import opening_once, opening_sockets

NOTIFICATION, SUBSCRIBE = "accountNotification", "accountSubscribe"
CONFIRMED = 301_554_249


@pytest_asyncio.fixture
async def feeding() -> AsyncIterator[Feeding]:
    async with open_feeding() as opened:
        yield opened


def slots(told: list[Told]) -> list[int]:
    return [each.position.value for each in told if not isinstance(each, UpstreamError) and each.position is not None]


def tasks_of_the_feed() -> list[str]:
    """What runs on the feed's behalf, by the files of its code."""
    files = [task.get_coro().cr_code.co_filename for task in asyncio.all_tasks()]  # type: ignore[union-attr]  # coroutines
    return [file for file in files if "gateway/upstream" in file or "gateway/providers" in file]


async def listening(feeding: Feeding, account: str = addresses.TOKEN_ACCOUNT) -> Listener:
    listener = await feeding.listen(account)
    await feeding.settled(listener)
    return listener


async def test_the_present_value_comes_first_and_then_each_change(feeding: Feeding) -> None:
    listener = await listening(feeding)
    for amount in (5, 6, 0):
        await feeding.change(amount)
    await listener.until_amount(0)
    assert listener.shown == [9864, 9864, 5, 6, 0]
    assert slots(listener.told) == [CONFIRMED, CONFIRMED, CONFIRMED + 1, CONFIRMED + 2, CONFIRMED + 3]


@pytest.mark.parametrize(
    "account",
    [
        addresses.TOKEN_ACCOUNT,
        addresses.SCALED_ACCOUNT,
        addresses.WIDEST_ACCOUNT,
        addresses.DEEPEST_ACCOUNT,
        addresses.WRAPPED_SOL_ACCOUNT,
        addresses.INFINITE_ACCOUNT,
        addresses.UNPRINTABLE_ACCOUNT,
    ],
)
async def test_what_a_notification_tells_is_what_a_call_tells(feeding: Feeding, account: str) -> None:
    listener = await listening(feeding, account)
    await feeding.change(2**64 - 1, account)
    await feeding.order(balance={"tokenAccount": account, "state": "frozen"})
    told = await listener.until_last(
        lambda each: (
            isinstance(each, Answer) and each.value.state is not None and each.value.state is TokenAccountState.FROZEN
        )
    )
    async with open_source(
        feeding.sandbox.urls["solana"], TokenAccountByAddress, GATEWAY_SOLANA__API_KEY=SOLANA_API_KEY
    ) as source:
        (read,) = await source.answers([key(account, Commitment.CONFIRMED)])
    assert isinstance(read, Answer)
    assert isinstance(told, Answer)
    assert (told.value, told.position, told.operation) == (read.value, read.position, SUBSCRIBE)


async def test_a_closed_account_is_absent_and_no_zero(feeding: Feeding) -> None:
    listener = await listening(feeding)
    await feeding.change(None)
    told = await listener.until_last(lambda told: isinstance(told, Absent))
    assert told == Absent(SUBSCRIBE, Position(PositionKind.SLOT, CONFIRMED + 1))
    assert 0 not in listener.shown


async def test_an_account_that_is_made_later_is_told_of(feeding: Feeding) -> None:
    listener = await listening(feeding, addresses.CLOSED_ACCOUNT)
    book = feeding.sandbox.ledger.solana
    book.record(addresses.CLOSED_ACCOUNT, book.account(addresses.USDC_ACCOUNT, "processed"))
    await feeding.order(slots=1)
    await listener.until_amount(1_250_250_000)
    assert listener.shown == [None, None, 1_250_250_000]


async def test_what_is_no_token_account_is_told_as_the_source_tells_it(feeding: Feeding) -> None:
    listener = await feeding.listen(addresses.OWNER)
    await listener.until(lambda told: len(told) >= 2)
    assert set(listener.shown) == {ProblemCode.REJECTED}


async def test_a_change_between_the_snapshot_and_the_subscription_is_not_missed(feeding: Feeding) -> None:
    # The reply is late: what happens before it is not told by the node.
    await feeding.order(latency_ms=100)
    listener = await feeding.listen()
    await listener.until_amount(9864)
    await feeding.order(latency_ms=0)
    await feeding.change(5)
    await listener.until_amount(5)


async def test_a_snapshot_is_read_again_after_the_next_beat(feeding: Feeding) -> None:
    """A node may take up a subscription a moment after it has said so, and another may have been read from."""
    listener = await listening(feeding)
    await feeding.fail("gap", NOTIFICATION)
    await feeding.change(5)
    feeding.beats.let_pass()
    await listener.until_amount(5)


async def test_a_value_is_told_again_at_every_third_beat_with_a_later_position(feeding: Feeding) -> None:
    listener = await listening(feeding)
    for beats in (1, 2):
        told = len(listener.told)
        feeding.beats.let_pass(beats)
        await listener.until(lambda all_told, told=told: len(all_told) == told + 1)  # type: ignore[misc]  # a default
    await feeding.order(slots=7)
    feeding.beats.let_pass(3)
    await listener.until(lambda told: len(told) == 5)
    assert slots(listener.told)[-1] == CONFIRMED + 7
    assert feeding.feed.heartbeat >= 3 * max(feeding.beats.asked)


@pytest.mark.parametrize("fault", ["gap", "silence", "wrong-id"])
async def test_a_lost_notification_is_mended_by_the_next_snapshot(feeding: Feeding, fault: str) -> None:
    listener = await listening(feeding)
    feeding.beats.let_pass()
    await listener.until(lambda told: len(told) == 3)
    await feeding.fail(fault, NOTIFICATION)
    await feeding.change(5)
    feeding.beats.let_pass(2)
    await listener.until_amount(5)


async def test_neither_repeats_nor_older_slots_are_told(feeding: Feeding) -> None:
    listener = await listening(feeding)
    await feeding.fail("duplicate", NOTIFICATION)
    await feeding.change(5)
    await feeding.fail("reordered", NOTIFICATION)
    await feeding.change(6)
    await feeding.change(7)
    await feeding.change(8)
    await listener.until_amount(8)
    assert listener.shown == [9864, 9864, 5, 7, 8]


@pytest.mark.parametrize("fault", ["missing-field", "float-amount"])
async def test_a_notification_that_is_not_understood_has_a_snapshot_read(feeding: Feeding, fault: str) -> None:
    listener = await listening(feeding)
    await feeding.fail(fault, NOTIFICATION)
    await feeding.change(5)
    told = await listener.until_amount(5)
    assert isinstance(told, Answer)
    assert told.operation == "getMultipleAccounts"
    assert listener.shown == [9864, 9864, 5]


async def test_leaving_leaves_nothing_open(feeding: Feeding) -> None:
    one, other = await listening(feeding), await listening(feeding, addresses.USDC_ACCOUNT)
    assert tasks_of_the_feed()
    await one.leave()
    await feeding.until_watched([addresses.USDC_ACCOUNT])
    await other.leave()
    await feeding.until_watched()
    await feeding.until(lambda: not tasks_of_the_feed())


async def test_what_the_settings_say_is_what_is_opened() -> None:
    async with open_sandbox(limits=False) as sandbox, open_session(connections=10, user_agent="tests/1") as session:

        def feeds(**environ: str) -> Any:
            settings = read_settings({"GATEWAY_SOLANA__URL": sandbox.urls["solana"], **environ})
            opening = opening_once(Provider.SOLANA_RPC, session)
            section = settings.section("solana", solana.Settings)
            sources = solana.REGISTRATION.sources(section, opening)
            return solana.REGISTRATION.feeds(section, sources, opening_sockets(Provider.SOLANA_RPC, session))

        assert feeds() == ()
        for auth in ("header", "query", "none"):
            (feed,) = feeds(
                GATEWAY_SOLANA__WS_URL=sandbox.feeds["solana"],
                GATEWAY_SOLANA__API_KEY=SOLANA_API_KEY,
                GATEWAY_SOLANA__AUTH=auth,
            )
            events = feed.follow(key(addresses.TOKEN_ACCOUNT))
            assert shown(await anext(events)) == 9864
            assert shown(await anext(events)) == 9864
            await events.aclose()
        assert sandbox.calls["solana"][SUBSCRIBE] == 3
    for url in ("https://solana.example", "solana.example", "wss://", "wss://one.example,", "wss://one.example,two"):
        with pytest.raises(BadSettings, match=r"GATEWAY_SOLANA__WS_URL: wants a URL that begins with wss:// or ws://"):
            read_settings({"GATEWAY_SOLANA__WS_URL": url})


@pytest.mark.parametrize(
    "told", ["wss://one.example,wss://two.example/?k=canary", '["wss://one.example", "wss://two.example/?k=canary"]']
)
def test_several_hosts_are_told_like_those_of_the_calls_and_not_shown(told: str) -> None:
    settings = read_settings({"GATEWAY_SOLANA__WS_URL": told}).section("solana", solana.Settings)
    urls = [url.get_secret_value() for url in settings.ws_url]
    assert urls == ["wss://one.example", "wss://two.example/?k=canary"]
    assert "canary" not in f"{settings!r} {settings}"


def test_a_password_in_a_url_is_refused_where_the_key_would_take_its_place() -> None:
    environ = {
        "GATEWAY_SOLANA__API_KEY": "k",
        "GATEWAY_SOLANA__WS_URL": "wss://one.example,wss://user:canary@two.example",
    }
    with pytest.raises(BadSettings) as refused:
        read_settings(environ)
    (line,) = refused.value.lines
    assert "ws_url holds a name or a password" in line
    assert "canary" not in line
    read_settings({**environ, "GATEWAY_SOLANA__AUTH": "query"})
