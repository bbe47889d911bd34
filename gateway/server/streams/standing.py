"""How long a caller may go on listening: as long as what it showed is good."""

import asyncio
from dataclasses import dataclass, field

from gateway.domain.caller import Caller
from gateway.domain.clock import Clock
from gateway.schema.errors import CallerError, ErrorCode
from gateway.server.callers import BadKey, Callers, CannotTell

# Seconds after which a token is looked at again, should its issuer have withdrawn the key that signed it.
_LOOKED_AT = 60.0


@dataclass(frozen=True, slots=True)
class Standing:
    """A caller, and what it showed to be known as that caller."""

    callers: Callers
    caller: Caller
    shown: str | None = field(repr=False)

    async def lost(self, clock: Clock) -> CallerError:
        """Wait until what was shown is good no longer; gives what to say then.

        Keys are those that the gateway started with, and good as long as it runs.
        """
        expires_at = self.caller.expires_at
        if expires_at is None:
            await asyncio.get_running_loop().create_future()
            raise AssertionError("nobody ends this future")
        while (left := expires_at - clock.time()) > 0:
            await asyncio.sleep(min(left, _LOOKED_AT))
            try:
                await self.callers.identify(self.shown)
            except BadKey as wrong:
                return CallerError(ErrorCode.UNAUTHENTICATED, str(wrong))
            except CannotTell:
                # It was good when it could be told, and is until it expires.
                continue
        return CallerError(ErrorCode.UNAUTHENTICATED, "This token is not accepted any longer: it has expired.")
