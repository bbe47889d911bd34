"""What all readings share."""

from dataclasses import dataclass, field

from gateway.domain.clock import Clock
from gateway.readings.flight import Flights
from gateway.readings.health import Health
from gateway.readings.landing import Landing
from gateway.readings.name import Names
from gateway.readings.post import Posts
from gateway.readings.store import Store
from gateway.readings.tally import Tally
from gateway.readings.turn import Turns


@dataclass(frozen=True, slots=True)
class Plane:
    """Where answers are kept and under which names, what is under way, and how the providers are doing."""

    names: Names
    store: Store
    flights: Flights[Landing]
    health: Health
    tally: Tally
    clock: Clock
    # Seconds that one upstream call may take, whoever waits for it.
    timeout: float
    # None where there is no other replica to take turns with.
    turns: Turns | None = None
    posts: Posts = field(default_factory=lambda: Posts(None))
