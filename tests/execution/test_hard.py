"""Hand-written operations are answered as compiled exactly as by the reference executor."""

from collections import Counter

from gateway.execution.unhandled import Reason
from gateway.server.compiled import AT_HAND, COMPILED
from tests.execution.hard import EVERYTHING, HARD
from tests.execution.twins import open_twins


async def test_hard_operations_are_answered_to_the_byte_as_by_the_reference_executor() -> None:
    async with open_twins() as twins:
        await twins.warm(EVERYTHING, 100)
        await twins.warm(EVERYTHING, 2)
        twins.hows = Counter()
        for question in HARD:
            await twins.agree(question)
            # Some of what is kept grows too old on the way, some nearly.
            twins.clock.advance(0.125)
        assert {AT_HAND, COMPILED, Reason.RAISED, Reason.VALUE, Reason.VARIABLES, Reason.INTROSPECTION} <= set(
            twins.hows
        )
        assert twins.hows[AT_HAND] + twins.hows[COMPILED] > 0.5 * len(HARD)
        assert twins.walked_twice > 50
