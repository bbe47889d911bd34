"""Two accounts that anyone can tell apart, and the readings of a source that opens them."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.domain.clock import Deadline
from gateway.domain.exchange import Credential, Fingerprints
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer, Outcome, Position, PositionKind, Reading
from gateway.domain.sources import Effort, Result, Source, Terms
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.memory import BoundedMemory
from gateway.readings.name import Names
from gateway.readings.plane import Plane
from gateway.readings.readings import Readings
from gateway.readings.shelf import Shelf
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.readings.turn import Turns
from gateway.upstream.metrics import Metrics
from tests.readings.clock import StandingClock

KEEP_FOR = 3600.0
# Seconds after which a read that nobody holds up would have been over long ago.
_LONG = 5.0
# Seconds for which a call may hang: it ends when its account answers, whatever the clock says.
_FOR_EVER = 1e9


@dataclass
class Account:
    """What one credential opens; each has its own figures, order of positions and trouble."""

    credential: Credential
    position: int
    trouble: ProblemCode
    is_failing: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    @property
    def figure(self) -> str:
        return f"figures of {self.credential.secret}"


class Accounts(Source[Credential, str]):
    """Opens an account by its secret alone, as an exchange does."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self.terms = Terms(Provider.SFOX, "wallets_by_credential", "", 10, 1)
        # The first is always far ahead of the second.
        self.mine = Account(fingerprints.credential("first-secret"), 900, ProblemCode.UPSTREAM_FORBIDDEN)
        self.yours = Account(fingerprints.credential("second-secret"), 100, ProblemCode.REJECTED)
        self.both = (self.mine, self.yours)
        self.asked: Counter[str] = Counter()

    async def answers(self, keys: Sequence[Credential], effort: Effort) -> Sequence[Result[str]]:  # noqa: ARG002 - asked at once
        return [await self._answer(key.secret) for key in keys]

    async def _answer(self, secret: str) -> Result[str]:
        (account,) = (each for each in self.both if each.credential.secret == secret)
        self.asked[secret] += 1
        await account.gate.wait()
        if account.is_failing:
            return UpstreamError(account.trouble, Provider.SFOX)
        return Answer(account.figure, "ask", Position(PositionKind.SEQUENCE, account.position))


class Gatekeeper:
    """One replica's readings of the accounts."""

    def __init__(
        self, accounts: Accounts, fingerprints: Fingerprints, clock: StandingClock, shelf: Shelf | None = None
    ) -> None:
        self.clock = clock
        metrics = Metrics()
        self.plane = Plane(
            Names(fingerprints),
            Store(BoundedMemory(100, clock), KEEP_FOR, shelf),
            Flights(),
            Health(clock, {Provider.SFOX: True}, {}, metrics),
            Tally(metrics),
            clock,
            _FOR_EVER,
            Turns(shelf.link) if shelf else None,
        )
        self._readings = Readings(accounts, self.plane, str)

    async def read(self, account: Account, max_age: float | None = None, within: float = _LONG) -> Reading[str]:
        """Read an account on behalf of its owner; fails where the owner is told anything that is the other's."""
        deadline = Deadline.after(self.clock, within)
        (reading,) = await self._readings.read([account.credential], deadline, max_age)
        assert reading.value in (None, account.figure), "another's figures"
        at = reading.provenance.position if reading.provenance else None
        assert at in (None, Position(PositionKind.SEQUENCE, account.position)), "another's position"
        if reading.problem is not None:
            own = {account.trouble} if account.is_failing else set()
            waits = set() if account.gate.is_set() else {ProblemCode.TIMEOUT}
            assert reading.problem.code in own | waits, f"another's trouble: {reading.problem}"
        return reading

    async def reads_its_own(self, account: Account, max_age: float | None = None) -> None:
        """Read an account that is well, on behalf of its owner, who must get it."""
        reading = await self.read(account, max_age)
        assert (reading.outcome, reading.value, reading.problem) == (Outcome.FRESH, account.figure, None)
