"""Following an account: what it holds now, then each change, exactly and in order, for as long as anyone listens."""

import asyncio
from decimal import Decimal

import pytest

from gateway.domain.amount import Amount, Precision
from gateway.domain.reading import Answer, PositionKind
from gateway.providers.sfox.patience import Pace
from gateway.sandbox import credentials
from tests.providers.sfox.follower import OTHER, QUICK, Stage, balances, following

BEGINNING = {"BTC": "1", "USD": "100", "ETH": "0.00000001", "LTC": "0.25161318", "USDC": "140.55"}


async def gone(stage: Stage) -> None:
    """Wait until the sandbox has no connection left."""
    async with asyncio.timeout(20):
        while (await stage.shown())["connections"]:
            pass


async def test_the_present_state_comes_first_and_then_every_change(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        assert await follower.balances() == BEGINNING
        for balance in ("2", "0", "2.5", "-1"):
            await stage.change(balance)
            assert await follower.balances() == {**BEGINNING, "BTC": balance}


async def test_one_reading_and_one_connection_are_all_it_costs(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        for balance in ("2", "3", "4"):
            await stage.change(balance)
            await follower.next()
        assert len((await stage.shown())["connections"]) == 1
    routes = ("GET /v1/user/balance", "GET /ws", "authenticate", "subscribe")
    assert [stage.calls(route) for route in routes] == [1, 1, 1, 1]


async def test_it_leaves_no_connection_open(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
    await gone(stage)


async def test_it_leaves_no_connection_open_when_it_is_cancelled(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        waiting = asyncio.create_task(follower.next())
        await stage.order()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await gone(stage)


async def test_amounts_are_read_from_their_digits(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        digits = "123456789012345678.123456789012345678"
        await stage.order(
            balance={"token": credentials.SFOX_TOKEN, "currency": "eth", "balance": digits, "borrow_wallet": "-1e-8"}
        )
        eth = next(wallet for wallet in (await follower.answer()).value if wallet.currency == "ETH")
        assert (eth.balance.text(), eth.balance.precision) == (digits, Precision.EXACT)
        assert eth.borrow == Amount.of_decimal(Decimal("-1e-8"))
        assert eth.held == Amount.of_decimal(Decimal(0))


async def test_a_new_currency_joins_those_that_are_there(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.order(
            balance={"token": credentials.SFOX_TOKEN, "currency": "sol", "balance": "7", "available": "7"}
        )
        assert await follower.balances() == {**BEGINNING, "SOL": "7"}


@pytest.mark.parametrize("mode", [{"feed_rows": "all"}, {"feed_acks": "bare"}])
async def test_whole_accounts_and_bare_acknowledgements_are_understood(stage: Stage, mode: dict[str, str]) -> None:
    await stage.order(mode=mode)
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.change("2")
        assert await follower.balances() == {**BEGINNING, "BTC": "2"}


async def test_a_wallet_beside_the_account_is_set_aside(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.beside()
        await stage.change("2")
        # It changed nothing, so nothing was told of it; and no number is missing.
        assert await follower.balances() == {**BEGINNING, "BTC": "2"}
    assert stage.calls("GET /v1/user/balance") == 1


async def test_nothing_is_told_when_nothing_changed(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.change("1")
        await stage.change("2")
        assert await follower.balances() == {**BEGINNING, "BTC": "2"}


async def test_followers_of_two_accounts_never_see_each_other(stage: Stage) -> None:
    feed = stage.feed()
    async with following(feed) as mine, following(feed, OTHER) as theirs:
        assert await mine.balances() == BEGINNING
        assert await theirs.balances() == {"BTC": "1.50000001", "SOL": "7.25"}
        await stage.change("5", token=credentials.SFOX_OTHER_TOKEN)
        await stage.change("6")
        assert (await mine.balances())["BTC"] == "6"
        assert (await theirs.balances())["BTC"] == "5"


async def test_positions_follow_the_numbering(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        first = (await follower.answer()).position
        assert first is not None
        await stage.beside()
        await stage.change("2")
        second = (await follower.answer()).position
        assert second is not None
        assert (first.kind, second.kind) == (PositionKind.SEQUENCE, PositionKind.SEQUENCE)
        # Two messages on; and counted from the microsecond in which the connection began.
        assert second.value - first.value == 2
        assert first.value == 1_767_225_600_000_000 + 2


async def test_answers_name_the_feed(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        assert (await follower.answer()).operation == "private.user.balances"


async def test_the_same_value_is_told_again_while_all_is_well(stage: Stage) -> None:
    feed = stage.feed(Pace(ping_every=0.01))
    async with following(feed) as follower:
        told = [await follower.answer() for _ in range(4)]
        assert [balances(each) for each in told] == [BEGINNING] * 4
        assert [each.position for each in told] == [told[0].position] * 4
    assert feed.heartbeat == 5.01
    assert stage.calls("GET /v1/user/balance") == 1


async def test_what_changed_while_the_account_was_read_is_neither_lost_nor_undone(stage: Stage) -> None:
    await stage.order(latency_ms=100)
    async with following(stage.feed()) as follower:
        first = asyncio.create_task(follower.next())
        # The subscription stands, and the read is under way.
        await stage.asked("GET /v1/user/balance")
        await stage.change("2")
        await stage.change("3")
        result = await first
        assert isinstance(result, Answer)
        assert balances(result)["BTC"] == "3"
        await stage.change("4", "usd")
        assert await follower.balances() == {**BEGINNING, "BTC": "3", "USD": "4"}


async def test_the_feed_keeps_to_the_terms_of_the_source_beside_it(stage: Stage) -> None:
    feed = stage.feed(QUICK)
    assert (feed.terms.capability, feed.terms.provider) == ("wallets_by_credential", "SFOX")
