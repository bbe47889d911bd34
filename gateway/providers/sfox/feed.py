"""sFOX's feed: wallets of an account as they change, over one connection for each follower."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

from gateway.domain.clock import Clock
from gateway.domain.exchange import Credential
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer
from gateway.domain.sources import Feed
from gateway.providers.sfox.patience import Pace, Patience
from gateway.providers.sfox.wallets import SfoxWallets
from gateway.providers.sfox.watch import Numbering, Wallets, Watch
from gateway.upstream.websocket import Sockets


class SfoxFeed(Feed[Credential, Wallets]):
    """Follows an account; where the numbering is in doubt it is read again, inside the budget of its source."""

    def __init__(
        self,
        url: str,
        wallets: SfoxWallets,
        sockets: Sockets,
        clock: Clock,
        pace: Pace,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.terms = wallets.terms
        # A ping is sent, answered, and then told of.
        self.heartbeat = pace.ping_every + sockets.pong_within
        self._url = url
        self._wallets = wallets
        self._sockets = sockets
        self._clock = clock
        self._pace = pace
        self._sleep = sleep

    async def follow(self, key: Credential) -> AsyncGenerator[Answer[Wallets] | UpstreamError, None]:
        """Follow an account over one connection after the other; what ended each is told before the next is tried."""
        patience = Patience(self._pace)
        numbering = Numbering()
        while True:
            begun = self._clock.monotonic()
            trouble = self._sockets.error(ProblemCode.UNAVAILABLE, "the connection ended")
            try:
                async with self._sockets.open(self._url, ping_every=self._pace.ping_every) as socket:
                    watch = Watch(socket, self._wallets, key, numbering, self._clock, self._pace)
                    async with aclosing(watch.told()) as told:
                        async for result in told:
                            yield result
            except UpstreamError as error:
                trouble = error
            except Exception as fault:  # noqa: BLE001 - a feed ends only when its follower leaves
                trouble = self._sockets.error(ProblemCode.INTERNAL, f"unforeseen {type(fault).__name__}")
                trouble.__cause__ = fault
            wait = patience.after(trouble, self._clock.monotonic() - begun)
            yield trouble
            await self._sleep(wait)
