"""Where the feed is, and how long it waits: what the settings and the provider's file say of it."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest

from gateway.app import PROVIDERS, read_settings
from gateway.config import BadSettings
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Credential
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.sources import Effort, Feed
from gateway.providers.sfox import Settings
from gateway.providers.sfox.feed import SfoxFeed
from gateway.providers.sfox.patience import Pace, Patience
from gateway.providers.sfox.wallets import SfoxWallets
from gateway.upstream.limit import Limit
from gateway.upstream.websocket import Sockets, SocketTerms
from tests.providers.sfox.follower import QUICK, Stage, following
from tests.upstream.opening import opening_once, opening_sockets


async def feeds(name: str, **environ: str) -> tuple[Sequence[Feed[Any, Any]], list[SocketTerms]]:
    """Make the feeds of a provider as its registration makes them."""
    settings = read_settings(environ)
    (registration,) = (each for each in PROVIDERS if each.name == name)
    section = settings.section(name, registration.settings)
    asked: list[SocketTerms] = []
    async with aiohttp.ClientSession() as session:

        def open_sockets(terms: SocketTerms, **options: Any) -> Sockets:
            asked.append(terms)
            return opening_sockets(Provider.SFOX, session)(terms, **options)

        sources = registration.sources(section, opening_once(registration.provider, session))
        return registration.feeds(section, sources, open_sockets), asked


async def test_the_feed_is_the_vendors_unless_told_otherwise() -> None:
    settings = read_settings({})
    (sfox,) = (each for each in PROVIDERS if each.name == "sfox")
    assert str(settings.section("sfox", sfox.settings).feed_url) == "wss://ws.sfox.com/ws"
    (feed,), (terms,) = await feeds("sfox")
    assert isinstance(feed, SfoxFeed)
    assert terms.penalty is not None
    assert (terms.limit, terms.connections, terms.penalty(0, 0)) == (Limit(40, 60, fails_closed=True), 10, 120)


async def test_none_is_no_feed() -> None:
    assert await feeds("sfox", GATEWAY_SFOX__FEED_URL="none") == ((), [])
    # An empty variable is one that is not given; in a file it is empty.
    assert Settings.model_validate({"feed_url": ""}).feed_url is None


@pytest.mark.parametrize("name", ["xverse", "solana", "bloxroute"])
async def test_other_providers_have_none_of_this_kind(name: str) -> None:
    found, _ = await feeds(name)
    assert not any(isinstance(feed, SfoxFeed) for feed in found)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/ws", "ws.sfox.com"])
def test_a_url_that_is_no_websocket_is_refused_by_name(url: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings({"GATEWAY_SFOX__FEED_URL": url})
    assert refused.value.lines[0].startswith("GATEWAY_SFOX__FEED_URL: ")
    assert url not in refused.value.lines[0]


def waits(*lasted: float, code: ProblemCode = ProblemCode.UNAVAILABLE) -> list[int]:
    """Give whole seconds of the waits after connections that lasted for so long, without what is added to them."""
    patience = Patience(Pace())
    steps = (3, 6, 12, 24, 48, 96, 120)
    found = []
    for each in lasted:
        wait = patience.after(UpstreamError(code, Provider.SFOX), each)
        found.append(next(step for step in steps if step <= wait <= step * 1.25))
    return found


def test_a_connection_that_lasted_owes_nothing_to_the_trouble_before_it() -> None:
    assert waits(0, 59, 60, 0, 1) == [3, 6, 3, 6, 12]
    assert waits(0, 0, 60, 0, code=ProblemCode.UPSTREAM_FORBIDDEN) == [3, 120, 3, 120]


def test_what_the_provider_tells_is_waited_for() -> None:
    error = UpstreamError(ProblemCode.UNAVAILABLE, Provider.SFOX, retry_after=40)
    assert 40 <= Patience(Pace()).after(error, 0) <= 50


class Faulty(SfoxWallets):
    """Wallets with a fault of the gateway's own, once."""

    faults = 1

    async def answer(self, credential: Credential, effort: Effort) -> Any:
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError
        return await super().answer(credential, effort)


async def test_a_fault_of_the_gateways_own_is_told_and_is_no_end(stage: Stage) -> None:
    sound = stage.feed()
    upstream = sound._wallets._upstream  # noqa: SLF001 - the same way to the same sandbox
    url = stage.sandbox.urls["sfox"].replace("http", "ws") + "/ws"
    feed = SfoxFeed(url, Faulty(3, upstream), sound._sockets, SystemClock(), QUICK, stage.time.sleep)  # noqa: SLF001 - likewise
    async with following(feed) as follower:
        trouble = await follower.trouble()
        assert (trouble.code, trouble.detail) == (ProblemCode.INTERNAL, "unforeseen ZeroDivisionError")
        assert isinstance(trouble.__cause__, ZeroDivisionError)
        assert (await follower.balances())["BTC"] == "1"
