"""What a resolver may see of the request it serves."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import strawberry

from gateway.domain.address import Address, Chain
from gateway.domain.caller import Caller, Scope
from gateway.domain.clock import Clock, Deadline, instant
from gateway.domain.exchange import Exchange
from gateway.domain.network import Networks
from gateway.domain.provider import Provider
from gateway.execution.unhandled import Unhandled
from gateway.loaders.listening import Listening
from gateway.loaders.loaders import Loaders
from gateway.readings.health import Health
from gateway.schema.errors import CallerError, ErrorCode, bad_input
from gateway.schema.executor import Tell
from gateway.schema.limits import RequestLimits

# Who is asked for an exchange's accounts.
PROVIDERS = {Exchange.SFOX: Provider.SFOX}


@dataclass(slots=True)
class Weighed:
    """What was found of the operation, before it ran or on the way; nothing until then."""

    is_paid: bool = False
    # What the caller's budget holds afterwards; None where it has none.
    remaining: int | None = None
    # Why what was compiled of it gave up, where it was tried.
    unhandled: Unhandled | None = None
    # What tells a subscription's events, where the library does not.
    tell: Tell | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """One request: its caller, its loaders, and what the gateway knows of itself."""

    caller: Caller
    loaders: Loaders
    networks: Networks
    limits: RequestLimits
    health: Health
    clock: Clock
    # Takes a cost out of the caller's budget, and gives what remains there.
    pay: Callable[[int], Awaitable[int | None]]
    listening: Listening
    # Seconds that a request may take, and each event of a subscription.
    timeout: float
    weighed: Weighed = field(default_factory=Weighed)
    # Counts the operation by how it was run.
    count_run: Callable[[str], None] = lambda _: None

    def renew(self) -> None:
        """Begin the next event of a subscription: what it asks further is asked anew."""
        self.loaders.renew(Deadline.after(self.clock, self.timeout))

    async def charge(self, cost: int) -> None:
        """Take the operation's cost out of its caller's budget, once; raises `RATE_LIMITED` where it holds less."""
        if not self.weighed.is_paid:
            self.weighed.remaining = await self.pay(cost)
            self.weighed.is_paid = True

    @property
    def now(self) -> datetime:
        return instant(self.clock.time())

    def moment(self) -> datetime:
        """Give `now` to whoever asks for it later, or not at all."""
        return self.now

    def payer(self, provider: Provider) -> str | None:
        """Give whose budget this caller's calls to the provider take from; None where no call can be made."""
        if provider not in PROVIDERS.values():
            return ""
        credentials = {PROVIDERS[exchange]: each for exchange, each in self.caller.credentials.items()}
        return credentials[provider].fingerprint if provider in credentials else None

    def require(self, scope: Scope) -> None:
        """Let the caller pass who may read this; raises `UNAUTHENTICATED` or `FORBIDDEN`."""
        if scope in self.caller.scopes:
            return
        if self.caller.name is None:
            raise CallerError(
                ErrorCode.UNAUTHENTICATED,
                f"This needs a caller's key with the scope {scope}: `Bearer <name>.<secret>`.",
            )
        raise CallerError(ErrorCode.FORBIDDEN, f"This caller does not have the scope {scope}.")

    def check_network(self, address: Address) -> None:
        """Refuse an address of another network than this gateway reads: it would look like an empty one."""
        if not self.networks.reads(address):
            raise bad_input(f"This gateway reads Bitcoin {self.networks.bitcoin}; the address is of another network.")

    def check_solana(self, address: Address) -> None:
        if address.chain is not Chain.SOLANA:
            raise bad_input("Expected a Solana address.")


Info: TypeAlias = strawberry.Info[Context, None]


def checked_age(max_age: int | None) -> int | None:
    """Refuse an age that no reading can have."""
    if max_age is not None and max_age < 0:
        raise bad_input("maxAge is in seconds, 0 or more; 0 means read now.")
    return max_age
