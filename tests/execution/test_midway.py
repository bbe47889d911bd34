"""The middle way tells what the whole way tells, asks as much, and takes a cost once, however far it comes."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

import msgspec
from structlog.testing import capture_logs

from gateway.execution.unhandled import Reason
from gateway.sandbox.addresses import MANY_RUNES_HOLDER, RUNES_HOLDER
from gateway.server.compiled import AT_HAND, COMPILED
from gateway.server.midway import Midway
from tests.execution.hard import EVERYTHING, HARD
from tests.execution.twins import Question, same_references
from tests.execution.ways import nothing
from tests.execution.wire import Server, Servers, Wire, body, request
from tests.execution.world import World
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, running_gateway


@dataclass(frozen=True, slots=True)
class _Told:
    """What came back, and what had to be asked for it."""

    response: Any
    asked: Mapping[str, Counter[Any]]


async def _ask(server: Server, question: Question) -> _Told:
    """Ask by a head that is new, so that nothing is answered by the short way."""
    before = server.world.asked
    content = body(question.text, question.variables, operationName=question.name)
    ages = {} if question.max_age is None else {"x_max_age": str(question.max_age)}
    wire: Wire = server.connect()
    (response,) = await wire.send(request(content, question.caller, **ages))
    await server.world.landed()
    server.wires.pop().close()
    assert not response.at_once
    return _Told(response.told, {name: +(each - before[name]) for name, each in server.world.asked.items()})


async def test_hard_operations_are_answered_alike_on_both_ways_and_ask_as_much() -> None:
    clock = StandingClock()
    hows: Counter[str] = Counter()
    with same_references(), capture_logs():
        async with Servers().over(World(clock)) as middle, Servers().over(World(clock)) as whole:
            for seconds, questions in ((100.0, EVERYTHING), (2.0, EVERYTHING), (60.0, HARD), (0.125, HARD)):
                for question in questions:
                    with mock.patch.object(Midway, "answer", nothing):
                        expected = await _ask(whole, question)
                    assert await _ask(middle, question) == expected, question
                    clock.advance(0.125)
                clock.advance(seconds)
            # Each operation is counted once, on whichever way it was run.
            hows.update(middle.world.runs._counts)  # noqa: SLF001 - told to metrics alone
            assert hows == Counter(whole.world.runs._counts)  # noqa: SLF001 - likewise
    assert {AT_HAND, COMPILED, Reason.RAISED, Reason.VALUE, Reason.FIRST_SEEN} <= (+hows).keys()


_REFUSED: Final = (
    f'{{ good: account(address: "{RUNES_HOLDER}") {{ runes {{ outcome }} }} '
    f'bad: account(address: "{MANY_RUNES_HOLDER}") {{ runes(after: "nonsense") {{ outcome }} }} }}'
)
_READ: Final = f'{{ account(address: "{RUNES_HOLDER}") {{ runes(maxAge: 0) {{ outcome }} }} }}'


async def test_a_budget_pays_once_for_an_operation_that_the_middle_way_gives_up() -> None:
    async with running_gateway(GATEWAY_CALLERS__DEMO__BUDGET="10000/hour") as gateway:
        remaining = []
        for query in (_REFUSED, _REFUSED, _REFUSED, _READ, _READ, _READ):
            cost = (await gateway.ask(query, key=DEMO_KEY)).body["extensions"]["cost"]
            remaining.append((cost["remaining"], cost["requested"]))
    left = 10_000
    for told, requested in remaining:
        left -= requested
        assert told == left


async def test_what_the_middle_way_has_read_is_not_read_again_by_the_whole_way() -> None:
    async with running_gateway() as gateway:
        calls = []
        for _ in range(4):
            answer = await gateway.ask(_REFUSED.replace("runes {", "runes(maxAge: 0) {"))
            assert answer.codes == ["BAD_USER_INPUT"]
            calls.append(gateway.calls("xverse", "GET /v2/runes/address/{address}/balance"))
        # The first is run by the reference executor alone; the other address is read once, for any age will do there.
        assert [each - calls[0] for each in calls] == [0, 1, 2, 3]


async def test_what_is_asked_again_and_read_anew_is_whole_and_tells_its_cost() -> None:
    async with running_gateway() as gateway:
        for _ in range(3):
            answer = await gateway.ask(_READ)
            assert msgspec.json.encode(answer.body).startswith(b'{"data":{"account":{"runes":{"outcome":"FRESH"}}},')
            assert answer.body["extensions"]["cost"]["upstreamCalls"] == 1
            assert answer.headers["Vary"] == "Authorization, X-Max-Age, Accept"
