"""The times of subscriptions over WebSockets: between pings, for a reply, and before what failed is tried again."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_FIRST_WAIT, _LONGEST_WAIT = 0.25, 30.0
_MOST_DOUBLINGS = 10


def doubling(step: int) -> float:
    """Seconds to wait after so many failures in a row: doubling, and anything from half of it to all."""
    longest = min(_FIRST_WAIT * 2.0 ** min(step, _MOST_DOUBLINGS), _LONGEST_WAIT)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - no secret


@dataclass(frozen=True, slots=True)
class Pace:
    """The times of a pubsub, in seconds; `pause` and `monotonic` are what they pass by."""

    ping: float = 20.0
    # For the reply to a subscription.
    patience: float = 10.0
    # A socket that has lasted so long was well, and is opened anew without waiting long.
    settles: float = 60.0
    wait: Callable[[int], float] = doubling
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    monotonic: Callable[[], float] = time.monotonic
