"""One connection to sFOX's feed, from its first request to its end."""

from collections.abc import AsyncGenerator
from typing import TypeAlias

import structlog

from gateway.domain.clock import Clock, Deadline
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Answer, Position, PositionKind
from gateway.domain.sources import Effort
from gateway.providers.sfox.account import Account
from gateway.providers.sfox.message import BALANCES, SUBSCRIBE, Message, authenticate
from gateway.providers.sfox.patience import Pace
from gateway.providers.sfox.wallets import SfoxWallets
from gateway.upstream.decoding import Undecodable
from gateway.upstream.websocket import Socket

Wallets: TypeAlias = tuple[ExchangeWallet, ...]
# So much disorder in a row, and the numbering has begun anew: only another connection knows where it stands.
_MOST_DISORDER = 3

log = structlog.get_logger(__name__)


class Numbering:
    """Positions that go on where a new connection's numbers begin anew.

    A connection's numbers are counted from the microsecond of its first acknowledgement, by sFOX's own clock: so
    they go forward from connection to connection and from replica to replica, and still fit a double.
    """

    def __init__(self) -> None:
        self._begun = 0
        self._last = 0

    def begin(self, microseconds: int) -> None:
        self._begun = max(microseconds, self._last)

    def position(self, sequence: int) -> Position:
        self._last = self._begun + sequence
        return Position(PositionKind.SEQUENCE, self._last)


class Watch:
    """Watches one account over one connection."""

    def __init__(
        self,
        socket: Socket,
        wallets: SfoxWallets,
        credential: Credential,
        numbering: Numbering,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._socket = socket
        self._wallets = wallets
        self._credential = credential
        self._numbering = numbering
        self._clock = clock
        self._pace = pace
        self._account = Account()
        now = clock.monotonic()
        # Moments: of the earliest next read, the next read without need, and the last message.
        self._read_at = now
        self._recheck_at = now + pace.recheck_every
        self._heard_at = now
        # Whatever was on its way when the account was read is in before this ping is answered.
        self._settled_by = 0

    async def told(self) -> AsyncGenerator[Answer[Wallets] | UpstreamError, None]:
        """Tell the account, each change of it, and at times that it is still so; raises where the connection ends."""
        await self._ask(authenticate(self._credential), "authenticate", ProblemCode.UPSTREAM_UNAUTHENTICATED)
        await self._ask(SUBSCRIBE, "subscribe", ProblemCode.UPSTREAM_FORBIDDEN)
        last: Wallets | None = None
        answered = 0
        while True:
            trouble = await self._read_where_due()
            if trouble is not None:
                last = None
                yield trouble
            body = await self._socket.receive(self._idle())
            if body is not None:
                await self._hear(body)
            if self._account.doubt is not None or self._socket.answered < self._settled_by:
                continue
            wallets = self._account.wallets
            if wallets != last or self._socket.answered > answered:
                last, answered = wallets, self._socket.answered
                yield Answer(wallets, BALANCES, self._numbering.position(self._account.sequence or 0))

    async def _ask(self, request: object, action: str, refusal: ProblemCode) -> None:
        """Make a request, and wait until it is acknowledged: sFOX's own samples do not, and lose a race."""
        await self._socket.ask(request)
        deadline = Deadline.after(self._clock, self._pace.acknowledged_within)
        while deadline.remaining() > 0:
            body = await self._socket.receive(deadline.remaining())
            message = None if body is None else self._take(body)
            if message is None or message.succeeded is None or message.action not in (action, None):
                continue
            if not message.succeeded:
                # No reason is ever given.
                raise self._error(refusal, f"{action}: refused")
            return
        raise self._error(ProblemCode.TIMEOUT, f"{action}: not acknowledged")

    async def _hear(self, body: bytes) -> None:
        message = self._take(body)
        if message is not None and message.succeeded is False:
            # Nothing was asked for that could be refused: a limit was passed.
            raise await self._socket.sockets.banned("an error that nothing was asked for")

    def _take(self, body: bytes) -> Message | None:
        self._heard_at = self._clock.monotonic()
        try:
            message = Message.read(body)
        except Undecodable as wanted:
            self._account.misheard(wanted)
            return None
        if self._account.sequence is None:
            self._numbering.begin(message.microseconds or int(self._clock.time() * 1_000_000))
        self._account.hear(message)
        if self._account.disorder >= _MOST_DISORDER:
            raise self._error(ProblemCode.PROTOCOL, "the numbering has begun anew")
        return message

    async def _read_where_due(self) -> UpstreamError | None:
        """Read the account where it is in doubt, or has not been read for long; gives what kept a doubt from ending."""
        now = self._clock.monotonic()
        doubt = self._account.doubt
        if doubt is None and now >= self._recheck_at:
            # Not right after a message: what was read might be from before it.
            self._recheck_at = max(self._heard_at + self._pace.reads_apart, now)
            if self._recheck_at <= now:
                await self._read(may_wait=False)
        elif doubt is not None and now >= self._read_at:
            trouble = await self._read(may_wait=True)
            log.info("feed.read", provider=self._wallets.terms.provider, reason=doubt, succeeded=trouble is None)
            return trouble
        return None

    async def _read(self, *, may_wait: bool) -> UpstreamError | None:
        effort = Effort(Deadline.after(self._clock, self._pace.read_within), may_wait)
        trouble: UpstreamError | None = None
        try:
            answer = await self._wallets.answer(self._credential, effort)
        except UpstreamError as error:
            trouble = error
        else:
            self._account.read(answer.value, anew=self._account.doubt is None)
            self._settled_by = await self._socket.ping()
        now = self._clock.monotonic()
        waits = trouble.retry_after if trouble is not None and trouble.retry_after else 0.0
        self._read_at = now + max(self._pace.reads_apart, waits)
        self._recheck_at = now + self._pace.recheck_every
        return trouble

    def _idle(self) -> float:
        """Seconds for which nothing is to be done but to listen."""
        read_at = self._recheck_at if self._account.doubt is None else self._read_at
        return max(read_at - self._clock.monotonic(), 0.0)

    def _error(self, code: ProblemCode, detail: str) -> UpstreamError:
        return self._socket.sockets.error(code, detail)
