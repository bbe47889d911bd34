"""What else the machine does meanwhile: a window in which others took a core's time says little of a server."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.process import cpu_seconds

# Of one core, over the window.
_MUCH = 0.10
_USER, _NICE, _SYSTEM, _STEAL = 1, 2, 3, 8


@dataclass(frozen=True, slots=True)
class Weather:
    """Seconds taken on the cores in use so far: by anyone, by the hypervisor's other guests, by this benchmark."""

    at: float
    all: float
    stolen: float
    own: float

    def disturbance_since(self, earlier: "Weather") -> float:
        """Say what part of a core was taken by others."""
        taken = (self.all - earlier.all) + (self.stolen - earlier.stolen) - (self.own - earlier.own)
        return max(taken, 0.0) / (self.at - earlier.at)


def is_disturbed(disturbance: float) -> bool:
    return disturbance > _MUCH


def look(pids: Sequence[int], cores: Sequence[int]) -> Weather:
    """Look at /proc; `pids` are the benchmark's children that still run."""
    names = {f"cpu{core}" for core in cores}
    rows = [line.split() for line in Path("/proc/stat").read_text().splitlines() if line.startswith("cpu")]
    ticks = os.sysconf("SC_CLK_TCK")
    mine = [row for row in rows if row[0] in names]
    everyone = sum(int(row[field]) for row in mine for field in (_USER, _NICE, _SYSTEM)) / ticks
    stolen = sum(int(row[_STEAL]) for row in mine) / ticks
    times = os.times()
    ended = times.user + times.system + times.children_user + times.children_system
    return Weather(time.monotonic(), everyone, stolen, ended + sum(map(cpu_seconds, pids)))
