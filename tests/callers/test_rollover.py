"""An issuer's keys through time: new ones are found, withdrawn ones are forgotten, an outage is lived through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from tests.callers.issuer import CURVE, EDWARDS, OTHER, RSA, Publisher, Signer, believing_gateway, publishing, token_of
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, Gateway

BETWEEN = 10
FRESH_FOR, KEEP_FOR = 300, 3600
QUERY = "{ limits { maxDepth } }"


@dataclass(frozen=True, slots=True)
class Stage:
    """A gateway whose clock is the test's, and the issuer that it believes."""

    gateway: Gateway
    publisher: Publisher
    clock: StandingClock

    async def status(self, token: str | None) -> int:
        return (await self.gateway.ask(QUERY, key=token)).status


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    clock = StandingClock()
    async with publishing() as publisher, believing_gateway(publisher, clock=clock) as gateway:
        yield Stage(gateway, publisher, clock)


@pytest.mark.parametrize("signer", [RSA, CURVE, EDWARDS, *(Signer(name, name) for name in ("PS256", "ES384", "ES512"))])
async def test_a_token_of_each_kind_of_key_opens(stage: Stage, signer: Signer) -> None:
    stage.publisher.keys = [OTHER.jwk(), signer.jwk()]
    assert await stage.status(token_of(signer)) == 200
    stage.publisher.keys = [signer.jwk(alg=None, use=None)]
    stage.clock.advance(FRESH_FOR + 1)
    assert await stage.status(token_of(signer)) == 200
    assert stage.publisher.requests == 2


async def test_keys_are_read_once_for_many_tokens_and_not_before_the_first(stage: Stage) -> None:
    await stage.gateway.ask(QUERY)
    await stage.gateway.ask(QUERY, key=DEMO_KEY)
    assert stage.publisher.requests == 0
    assert {await stage.status(token_of(signer)) for signer in (RSA, CURVE, EDWARDS) * 5} == {200}
    assert stage.publisher.requests == 1


async def test_tokens_that_come_together_wait_for_one_reading(stage: Stage) -> None:
    stage.publisher.opened.clear()
    asked = [asyncio.create_task(stage.status(token_of(signer))) for signer in (RSA, CURVE, OTHER) * 10]
    await stage.publisher.arrived.wait()
    stage.publisher.opened.set()
    assert await asyncio.gather(*asked) == [200, 200, 401] * 10
    assert stage.publisher.requests == 1


async def test_a_new_key_is_found_when_a_token_names_it(stage: Stage) -> None:
    assert await stage.status(token_of(RSA)) == 200
    stage.publisher.keys = [RSA.jwk(), OTHER.jwk()]
    # Not at once: a reading was just made, and strangers can make up names.
    assert await stage.status(token_of(OTHER)) == 401
    stage.clock.advance(BETWEEN)
    assert await stage.status(token_of(OTHER)) == 200
    assert stage.publisher.requests == 2
    assert await stage.status(token_of(RSA)) == 200
    assert stage.publisher.requests == 2


async def test_made_up_names_of_keys_do_not_make_the_gateway_pester_the_issuer(stage: Stage) -> None:
    for round_ in range(3):
        tokens = [OTHER.sign({}, kid=f"made-up-{round_}-{n}") for n in range(30)]
        assert set(await asyncio.gather(*(stage.status(token) for token in tokens))) == {401}
        assert await stage.status(token_of(RSA)) == 200
        assert stage.publisher.requests == round_ + 1
        stage.clock.advance(BETWEEN)


async def test_a_key_that_was_withdrawn_opens_nothing_once_keys_are_no_longer_fresh(stage: Stage) -> None:
    stolen = token_of(RSA)
    assert await stage.status(stolen) == 200
    stage.publisher.keys = [OTHER.jwk()]
    stage.clock.advance(FRESH_FOR)
    assert await stage.status(stolen) == 200
    stage.clock.advance(1)
    assert await stage.status(stolen) == 401
    assert await stage.status(token_of(OTHER)) == 200


@pytest.mark.parametrize("trouble", ["status", "body", "no keys"])
async def test_known_keys_serve_through_an_outage_for_the_stated_time_and_no_longer(stage: Stage, trouble: str) -> None:
    good, new = token_of(RSA, exp=2**40), token_of(OTHER, exp=2**40)
    assert await stage.status(good) == 200
    if trouble == "status":
        stage.publisher.status = 503
    else:
        stage.publisher.body = b"" if trouble == "body" else b"{}"
    stage.clock.advance(FRESH_FOR + 1)
    with capture_logs() as lines:
        assert await stage.status(good) == 200
    assert [line["event"] for line in lines].count("jwks.unread") == 1
    assert stage.publisher.requests == 2
    # Nobody can say whether the issuer has a key of this name by now.
    assert await stage.status(new) == 503
    for passed in (KEEP_FOR - FRESH_FOR - 1, 0):
        stage.clock.advance(passed)
        assert await stage.status(good) == 200
    stage.clock.advance(1)
    refused = await stage.gateway.ask(QUERY, key=good)
    assert (refused.status, refused.codes) == (503, ["UNAVAILABLE"])
    assert 1 <= int(refused.headers["Retry-After"]) <= BETWEEN
    # Whoever needs no token does not notice.
    assert (await stage.status(None), await stage.status(DEMO_KEY)) == (200, 200)
    stage.publisher.status, stage.publisher.body = 200, None
    stage.publisher.keys = [RSA.jwk(), OTHER.jwk()]
    stage.clock.advance(BETWEEN)
    assert (await stage.status(good), await stage.status(new)) == (200, 200)


async def test_an_outage_at_the_start_is_told_as_one_and_asked_about_in_moderation(stage: Stage) -> None:
    stage.publisher.status = 500
    for _ in range(5):
        refused = await stage.gateway.ask(QUERY, key=token_of(RSA))
        assert (refused.status, refused.codes, refused.headers["Retry-After"]) == (503, ["UNAVAILABLE"], str(BETWEEN))
    assert stage.publisher.requests == 1
    # What no key could make good is told all the same.
    assert await stage.status(RSA.sign({}, alg="none")) == 401
    stage.publisher.status = 200
    stage.clock.advance(BETWEEN)
    assert await stage.status(token_of(RSA)) == 200


async def test_an_outage_in_which_the_issuer_hangs_holds_nobody_up_twice(stage: Stage) -> None:
    good = token_of(RSA)
    assert await stage.status(good) == 200
    stage.publisher.status = 503
    stage.clock.advance(FRESH_FOR + 1)
    assert await stage.status(good) == 200
    stage.publisher.opened.clear()
    stage.publisher.arrived.clear()
    stage.clock.advance(BETWEEN)
    # The next reading is under way and hangs; who is known is let in meanwhile.
    with capture_logs() as lines:
        assert await stage.status(good) == 200
        await stage.publisher.arrived.wait()
        assert await stage.status(good) == 200
    assert stage.publisher.requests == 3
    assert "jwks.unread" not in [line["event"] for line in lines]


async def test_fresh_keys_open_while_a_reading_for_an_unknown_one_hangs(stage: Stage) -> None:
    good = token_of(RSA)
    assert await stage.status(good) == 200
    stage.clock.advance(BETWEEN)
    stage.publisher.opened.clear()
    stage.publisher.arrived.clear()
    unknown = asyncio.create_task(stage.status(token_of(OTHER)))
    await stage.publisher.arrived.wait()
    assert await stage.status(good) == 200
    stage.publisher.opened.set()
    assert await unknown == 401


async def test_a_gateway_stops_while_a_reading_hangs() -> None:
    clock = StandingClock()
    with ExitStack() as stack:
        async with publishing() as publisher:
            async with believing_gateway(publisher, clock=clock) as gateway:
                assert (await gateway.ask(QUERY, key=token_of(RSA))).status == 200
                publisher.status = 503
                clock.advance(FRESH_FOR + 1)
                assert (await gateway.ask(QUERY, key=token_of(RSA))).status == 200
                publisher.opened.clear()
                publisher.arrived.clear()
                clock.advance(BETWEEN)
                assert (await gateway.ask(QUERY, key=token_of(RSA))).status == 200
                await publisher.arrived.wait()
                stopping = stack.enter_context(capture_logs())
            # Neither waited for nor left behind.
            assert "jwks.unread" not in [line["event"] for line in stopping]
            assert not [task for task in asyncio.all_tasks() if "_refresh" in repr(task)]


async def test_what_is_told_of_an_outage_holds_no_url_and_no_token(stage: Stage) -> None:
    stage.publisher.status = 302
    stage.publisher.location = "http://127.0.0.1:1/elsewhere"
    token = token_of(RSA, sub="swordfish")
    with capture_logs() as lines:
        refused = await stage.gateway.ask(QUERY, key=token)
    (unread,) = [line for line in lines if line["event"] == "jwks.unread"]
    assert unread == {"event": "jwks.unread", "log_level": "warning", "detail": "status 302"}
    for inside in ("127.0.0.1", "jwks.json", "elsewhere", token, "swordfish"):
        assert inside not in repr(lines)
        assert inside not in repr(refused.body)
