"""How long a provider takes to answer: always as long, or now and then much longer, as real ones do."""

import math
from dataclasses import dataclass
from random import Random
from typing import Final

from gateway.sandbox.wire import Json

_LONGEST_MS: Final = 600_000
# Standard deviations between the median of a normal distribution and its 99th percentile.
_P99 = 2.3263


@dataclass(frozen=True, slots=True)
class Latency:
    """Log-normal around the median: one answer in a hundred takes longer than `p99_ms`."""

    median_ms: int = 0
    p99_ms: int = 0

    def seconds(self, random: Random) -> float:
        if self.p99_ms <= self.median_ms:
            return self.median_ms / 1000
        spread = math.log(self.p99_ms / max(self.median_ms, 1)) / _P99
        drawn = max(self.median_ms, 1) * math.exp(random.gauss(0, spread))
        return min(drawn, _LONGEST_MS) / 1000

    def shown(self) -> Json:
        return self.median_ms if self.p99_ms <= self.median_ms else {"median": self.median_ms, "p99": self.p99_ms}


def read_latency(told: Json) -> Latency:
    """Read a number of milliseconds, or a median and a 99th percentile; raise ValueError with a sentence."""
    if _is_time(told):
        return Latency(told, told)
    if isinstance(told, dict) and set(told) == {"median", "p99"} and all(_is_time(each) for each in told.values()):
        return Latency(told["median"], told["p99"])
    raise ValueError(
        f"'latency_ms' wants a whole number from 0 to {_LONGEST_MS}, or such numbers as 'median' and 'p99'"
    )


def _is_time(told: Json) -> bool:
    return type(told) is int and 0 <= told <= _LONGEST_MS
