"""sFOX: the wallets of the account that a caller's own api token opens, read in one call and followed by a feed.

One call answers the whole account as a bare array of JSON numbers in whole units, exponents included; strings are
understood as well, as its feed sends them. Only `currency`, `balance` and `available` are always there. Figures may be
negative where something is borrowed, and need not add up: they are shown as they came. Error bodies are undocumented
and may repeat the token, so only the status is believed; an object in place of the array is an error in disguise.

The feed wants its requests one at a time, each after the acknowledgement of the last. Its messages hold rows, and
nowhere is it said whether all of them; numbers that it shares with the acknowledgements, which need not ascend; and
stamps in nanoseconds that are documented as microseconds. Wallets beside the account (web3) come as objects.
"""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, HttpUrl, WebsocketUrl

from gateway.domain.clock import SystemClock
from gateway.domain.provider import Provider
from gateway.domain.sources import Feed, Source
from gateway.providers import BareUrls, CallTerms, OpenSockets, OpenUpstream, Registration
from gateway.providers.sfox.feed import SfoxFeed
from gateway.providers.sfox.message import BALANCES
from gateway.providers.sfox.patience import Pace
from gateway.providers.sfox.wallets import SfoxWallets
from gateway.upstream.limit import Limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.websocket import SocketTerms

# Five reads of this route in ten seconds. Past it the route stays closed for ten; refused again right after, it is the
# limit of the whole address that was passed, and a minute.
_LIMIT = Limit(5, 10, fails_closed=True, slack=1)
_PENALTIES = (10.0, 60.0)
# Ten connections and forty requests in a minute of one address, over all of its accounts; past that, two minutes.
_FEED_LIMIT = Limit(40, 60, fails_closed=True)
_FEED_PENALTY = 120.0
_FEED_CONNECTIONS = 10


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks sFOX; the tokens belong to the callers."""

    url: BareUrls = Field((HttpUrl("https://api.sfox.com"),), repr=False, description="hosts to ask, best first")
    feed_url: Annotated[WebsocketUrl | None, BeforeValidator(lambda told: None if told in ("", "none") else told)] = (
        Field(
            WebsocketUrl("wss://ws.sfox.com/ws"),
            repr=False,
            description="where changes are told, as a WebSocket's URL; none for no feed",
        )
    )
    fresh_for: float = Field(
        3, ge=0, description="seconds for which wallets may be repeated; sFOX allows 5 reads in 10"
    )


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    terms = CallTerms(RetryPolicy(2, first_wait=1), _LIMIT, penalty=lambda step, _: _PENALTIES[min(step, 1)])
    return (SfoxWallets(settings.fresh_for, open_upstream([str(url) for url in settings.url], terms)),)


def _feeds(
    settings: Settings, sources: Sequence[Source[Any, Any]], open_sockets: OpenSockets
) -> Sequence[Feed[Any, Any]]:
    if settings.feed_url is None:
        return ()
    (wallets,) = (source for source in sources if isinstance(source, SfoxWallets))
    terms = SocketTerms(BALANCES, _FEED_LIMIT, lambda _step, _now: _FEED_PENALTY, _FEED_CONNECTIONS)
    return (SfoxFeed(str(settings.feed_url), wallets, open_sockets(terms), SystemClock(), Pace()),)


REGISTRATION = Registration(
    name="sfox",
    provider=Provider.SFOX,
    settings=Settings,
    sources=_sources,
    # Whether anything can be read depends on the callers, whose tokens the app knows.
    configured=lambda _: True,
    example=lambda _: None,
    feeds=_feeds,
)
