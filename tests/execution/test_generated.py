"""Operations drawn from the schema are answered as compiled exactly as by the reference executor."""

import asyncio

import pytest
from graphql import DocumentNode
from hypothesis import HealthCheck, given, settings

from gateway.execution.unhandled import Reason
from gateway.server.compiled import AT_HAND, COMPILED
from tests.execution.drawing import documents, questions
from tests.execution.hard import EVERYTHING
from tests.execution.twins import SCHEMA, Twins, open_twins

# Each is written in several ways, and each of these asked twice.
_DOCUMENTS = 300
_DRAWN = settings(
    max_examples=_DOCUMENTS, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def _drawn() -> list[DocumentNode]:
    found: list[DocumentNode] = []

    @_DRAWN
    @given(documents(SCHEMA))
    def keep(document: DocumentNode) -> None:
        found.append(document)

    keep()
    return found


async def _ask_all(twins: Twins, drawn: list[DocumentNode]) -> int:
    asked = 0
    for seed, document in enumerate(drawn):
        for question in questions(SCHEMA, document, seed):
            await twins.agree(question)
            # Once more, with other pieces kept, and other answers grown old.
            twins.clock.advance(0.5)
            await twins.agree(question)
            twins.clock.advance(0.5)
            asked += 1
    return asked


# The reference executor lets go of what it has begun when a root field fails that may not be null.
@pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:coroutine 'GraphQLCoreConverter:RuntimeWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_operations_drawn_from_the_schema_are_answered_to_the_byte_as_by_the_reference_executor() -> None:
    async def run() -> tuple[Twins, int]:
        async with open_twins() as twins:
            await twins.warm(EVERYTHING, 100)
            await twins.warm(EVERYTHING, 2)
            twins.hows.clear()
            twins.walked_twice = 0
            return twins, await _ask_all(twins, _drawn())

    twins, asked = asyncio.run(run())
    hows, runs = twins.hows, twins.hows.total()
    assert asked > 1100
    # Most are really run as compiled, many of them at once; what is not is what somebody refuses, and little else.
    assert hows[COMPILED] + hows[AT_HAND] > 0.8 * runs
    assert hows[AT_HAND] > 0.1 * runs
    assert twins.walked_twice > 0.1 * runs
    assert hows[Reason.RAISED] < 0.15 * runs
    assert set(hows) <= {COMPILED, AT_HAND, Reason.RAISED, Reason.VALUE, Reason.VARIABLES, Reason.ARGUMENTS}
