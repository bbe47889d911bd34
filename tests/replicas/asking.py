"""Callers who go on asking while a test does harm elsewhere."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from tests.end_to_end.asking import Question
from tests.replicas.replica import Replica

# Seconds between two questions of one caller.
_PACE = 0.05


@asynccontextmanager
async def callers_of(
    replicas: Sequence[Replica], question_of: Callable[[int], Question], max_age: int | None = None
) -> AsyncIterator[list[Any]]:
    """Let one caller ask each replica without end; gives the readings, in the order in which they came.

    A caller's n-th question is the n-th that `question_of` gives. An answer that is no answer fails the test. Each
    hears its last answer, so that nothing of theirs is under way afterwards.
    """
    readings: list[Any] = []
    is_over = False

    async def ask(replica: Replica) -> None:
        for number in count():
            if is_over:
                return
            readings.append(await replica.read(question_of(number), max_age))
            await asyncio.sleep(_PACE)

    async with asyncio.TaskGroup() as group:
        for replica in replicas:
            group.create_task(ask(replica))
        yield readings
        is_over = True
