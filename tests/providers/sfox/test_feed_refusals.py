"""Refused, kept out, or out of reach: the feed waits as long as sFOX wants it to, and no secret is ever told."""

import logging
from contextlib import AsyncExitStack

import pytest
import structlog

from gateway.domain.exchange import Credential
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.sandbox import credentials
from gateway.upstream.limit import Limit
from tests.providers.sfox.follower import CREDENTIAL, Stage, Told, following, staged
from tests.providers.sfox.test_feed import BEGINNING

STRANGER = Credential("canary-token", "stranger")


async def test_a_refused_token_is_tried_again_after_three_seconds_and_then_every_two_minutes(stage: Stage) -> None:
    async with following(stage.feed(), STRANGER) as follower:
        for _ in range(4):
            assert (await follower.trouble()).code is ProblemCode.UPSTREAM_UNAUTHENTICATED
    assert [3 <= wait < 4 for wait in stage.time.waits] == [True, False, False]
    assert all(120 <= wait <= 150 for wait in stage.time.waits[1:])
    assert stage.calls("subscribe") == 0


async def test_a_refusal_that_passes_leaves_no_trace(stage: Stage) -> None:
    await stage.fail("feed-refuse", route="authenticate")
    async with following(stage.feed()) as follower:
        assert (await follower.trouble()).code is ProblemCode.UPSTREAM_UNAUTHENTICATED
        assert await follower.balances() == BEGINNING


async def test_a_refused_subscription_is_forbidden(stage: Stage) -> None:
    await stage.fail("feed-refuse", route="subscribe")
    async with following(stage.feed()) as follower:
        assert (await follower.trouble()).code is ProblemCode.UPSTREAM_FORBIDDEN
        assert await follower.balances() == BEGINNING


async def test_who_is_kept_out_waits_for_two_minutes(stage: Stage) -> None:
    await stage.fail("feed-ban", route="GET /ws")
    async with following(stage.feed()) as follower:
        trouble = await follower.trouble()
        assert (trouble.code, trouble.retry_after) == (ProblemCode.RATE_LIMITED, 120)
        assert await follower.balances() == BEGINNING
    assert [120 <= wait <= 150 for wait in stage.time.waits] == [True]
    assert stage.calls("GET /ws") == 2


async def test_a_ban_in_the_middle_is_understood_as_one(stage: Stage) -> None:
    async with following(stage.feed()) as follower:
        await follower.next()
        await stage.fail("feed-ban")
        await stage.change("2")
        assert (await follower.trouble()).code is ProblemCode.RATE_LIMITED
        assert (await follower.balances())["BTC"] == "2"
    assert stage.time.waits[0] >= 120


async def test_a_ban_holds_for_every_account_of_the_gateway(stage: Stage) -> None:
    feed = stage.feed()
    await stage.fail("feed-ban", route="GET /ws")
    async with following(feed) as one, following(feed) as two:
        assert (await one.trouble()).code is ProblemCode.RATE_LIMITED
        assert (await two.trouble()).code is ProblemCode.RATE_LIMITED
    # The second asked nobody.
    assert stage.calls("GET /ws") == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401", ProblemCode.UPSTREAM_UNAUTHENTICATED),
        ("403", ProblemCode.UPSTREAM_FORBIDDEN),
        ("404", ProblemCode.REJECTED),
        ("503", ProblemCode.UNAVAILABLE),
        ("html", ProblemCode.PROTOCOL),
        ("redirect", ProblemCode.PROTOCOL),
        ("disconnect", ProblemCode.UNAVAILABLE),
    ],
)
async def test_an_opening_that_fails_is_told_by_its_own_code(stage: Stage, status: str, code: ProblemCode) -> None:
    await stage.fail(status, route="GET /ws")
    async with following(stage.feed()) as follower:
        assert (await follower.trouble()).code is code
        assert await follower.balances() == BEGINNING


async def test_an_opening_that_hangs_is_given_up(stage: Stage) -> None:
    await stage.fail("hang", route="GET /ws")
    async with following(stage.feed(opens_within=0.05)) as follower:
        assert (await follower.trouble()).code is ProblemCode.TIMEOUT


async def test_waits_double_up_to_two_minutes(stage: Stage) -> None:
    async with following(stage.feed(url="ws://127.0.0.1:1/ws")) as follower:
        for _ in range(8):
            assert (await follower.trouble()).code is ProblemCode.UNAVAILABLE
    wanted = [3, 6, 12, 24, 48, 96, 120]
    assert [least <= wait <= least * 1.25 for least, wait in zip(wanted, stage.time.waits, strict=True)] == [True] * 7


async def test_no_more_connections_are_opened_than_the_vendor_allows() -> None:
    async with staged(limits=True) as stage, AsyncExitStack() as stack:
        feed = stage.feed()
        followers = [await stack.enter_async_context(following(feed)) for _ in range(11)]
        told = [await follower.next() for follower in followers]
        troubles = [each for each in told if isinstance(each, UpstreamError)]
        # The account may be read five times in ten seconds, and that is another matter.
        assert [each.detail for each in troubles if "connection" in each.detail] == ["every connection is taken"]
        assert (await stage.shown())["kept_out"] == []
        assert stage.calls("GET /ws") == 10


async def test_no_more_is_asked_in_a_minute_than_the_vendor_allows() -> None:
    async with staged(limits=True) as stage:
        feed = stage.feed(limit=Limit(40, 60))
        await stage.fail("feed-drop", times=None, route="GET /ws")
        details = []
        for _ in range(45):
            async with following(feed) as follower:
                details.append((await follower.trouble()).detail)
        assert details[-1] == "the budget is spent"
        assert stage.calls("GET /ws") + stage.calls("authenticate") <= 40
        assert (await stage.shown())["kept_out"] == []


async def test_secrets_are_in_no_error_and_in_no_line_of_the_log(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[Told] = []
    with structlog.testing.capture_logs() as lines:
        async with following(stage.feed(), STRANGER) as follower:
            told.append(await follower.trouble())
        for fault in ("feed-half", "feed-drop", "feed-close", "feed-ban", "feed-oversize"):
            await stage.order(reset=True)
            async with following(stage.feed(), CREDENTIAL) as follower:
                await follower.next()
                await stage.fail(fault)
                await stage.change("2")
                await stage.fail("feed-drop")
                await stage.beside()
                told += await follower.until(lambda result: isinstance(result, UpstreamError))
    errors = [(repr(each), each.detail, each.message) for each in told if isinstance(each, UpstreamError)]
    assert len(errors) == 6
    written = f"{errors} {lines} {caplog.text} {CREDENTIAL!r}"
    assert "canary" not in written
    assert credentials.SFOX_TOKEN not in written
    assert "ws://" not in written
