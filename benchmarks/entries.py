"""What one reading takes in memory, and whether a hit takes longer among more of them: in one process, with no wire."""

import gc
import time
import tracemalloc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

from gateway.domain.clock import SystemClock
from gateway.readings.encoding import Encoding
from gateway.readings.entry import Entry
from gateway.readings.memory import BoundedMemory
from gateway.readings.store import Store

SIZES = (1_000, 10_000, 100_000, 1_000_000)
_HITS = 4_000
_ROUNDS = 9
_COPIES = 500
_SEED = 4
# As long as the names that the gateway gives.
_NAME = "SOLANA_RPC:token_account_by_address:mainnet:CONFIRMED:%040x"
_KEEP_FOR = 3600.0


@dataclass(frozen=True, slots=True)
class Weight:
    """What one reading takes, in bytes: in a gateway's memory, and in the store with its key and its mark's."""

    what: str
    in_memory: float
    in_store: float


async def weigh(written: bytes, shape: Any) -> float:
    """Say how many bytes a gateway's memory takes for a reading that is read from the store's own text of it.

    Counted by tracemalloc, over many copies with names of their own: all that is allocated for them, the rows of the
    memory's own tables included, and without what the allocator itself keeps in reserve.
    """
    store = Store(BoundedMemory(_COPIES, SystemClock()), _KEEP_FOR)
    encoding = Encoding()
    gc.collect()
    tracemalloc.start()
    try:
        for n in range(_COPIES):
            entry = encoding.decode(written, shape)
            if entry is None:
                raise SystemExit("The store holds a reading that cannot be read.")
            await store.put({_NAME % n: entry}, shape)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return taken / _COPIES


async def time_hits(written: bytes, shape: Any) -> Mapping[int, float]:
    """Say how many seconds a hit takes among so many readings; the sizes take turns, and each gives its median."""
    sample = Encoding().decode(written, shape)
    if sample is None:
        raise SystemExit("The store holds a reading that cannot be read.")
    stores = {size: await _filled(size, sample) for size in SIZES}
    random = Random(_SEED)  # noqa: S311 - no secret
    taken: dict[int, list[float]] = {size: [] for size in SIZES}
    for _ in range(_ROUNDS):
        for size, store in stores.items():
            # Made anew, as each request makes them: nothing of a name is known from the last time.
            names = [_NAME % random.randrange(size) for _ in range(_HITS)]
            taken[size].append(await _time(store, names, shape) / _HITS)
    return {size: median(each) for size, each in taken.items()}


async def _filled(size: int, sample: Entry) -> Store:
    """Fill a memory to its bound; the readings share what they say and nothing else."""
    memory = BoundedMemory(size, SystemClock())
    for n in range(size):
        await memory.set(_NAME % n, Entry(sample.answer, sample.read_at + n), ttl=_KEEP_FOR)
    return Store(memory, _KEEP_FOR)


async def _time(store: Store, names: Sequence[str], shape: Any) -> float:
    started = time.perf_counter()
    for name in names:
        (kept,) = await store.get([name], shape)
        if kept.entry is None:
            raise SystemExit("What was kept is gone.")
    return time.perf_counter() - started
