"""A gateway that tells, when it ends, what its garbage collector did: set as `gateway serve` sets it, or left alone."""

import atexit
import gc
import json
import sys
import time
from typing import Any

from gateway.cli import collector
from gateway.cli.main import main


class Passes:
    """Passes of the collector, with how long each took, by the oldest generation that it looked through."""

    def __init__(self) -> None:
        self._began = 0.0
        self._seconds: dict[int, list[float]] = {0: [], 1: [], 2: []}

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._seconds[info["generation"]].append(time.perf_counter() - self._began)

    def tell(self) -> None:
        whole = self._seconds[2]
        every = [seconds for passes in self._seconds.values() for seconds in passes]
        told = {"whole": len(whole), "longest": max(every, default=0.0), "seconds": sum(every)}
        sys.stdout.write(f"\n{json.dumps(told)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    passes = Passes()
    settle = collector.settle_collector

    def settled() -> None:
        """Begin to count where the gateway is about to serve."""
        if sys.argv[1] == "settled":
            settle()
        gc.callbacks.append(passes)

    collector.settle_collector = settled
    atexit.register(passes.tell)
    main(["serve"], standalone_mode=False)
