"""Events of subscriptions are told as compiled exactly as by the reference executor, whoever else listens."""

import asyncio
from collections import Counter

import pytest
from graphql import DocumentNode
from hypothesis import HealthCheck, given, settings

from gateway.execution.unhandled import Reason
from gateway.server.compiled import AT_HAND, COMPILED, SHARED
from tests.execution.drawing import events, subscriptions
from tests.execution.hard import ACCOUNT, HOLDER
from tests.execution.hearing import BROKEN, NEWS, Hearing
from tests.execution.mutant import Mutant
from tests.execution.twins import SCHEMA, Differs, Question, Twins, open_twins

# The reference executor lets go of what it has begun when all of an event is lost.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine 'Executor:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:coroutine 'GraphQLCoreConverter:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
_DOCUMENTS = 60
_DRAWN = settings(
    max_examples=_DOCUMENTS, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
_READING = "outcome problem { code message retryAfter } provenance { readAt servedFrom position { value } }"
_RUNES = f'runes(address: "{HOLDER}")'
_ACCOUNT = f'tokenAccount(address: "{ACCOUNT}")'
_WALLETS = "exchangeWallets"
# Each a selection that a person would not think of twice.
_HARD = (
    f"{_RUNES} {{ {_READING} nodes {{ rune {{ name }} amount {{ display }} }} pageInfo {{ endCursor }} totalCount }}",
    f"a: {_RUNES} {{ ...F provenance {{ age }} }} }} fragment F on Reading {{ outcome __typename",
    f"{_RUNES} {{ edges {{ node {{ rune {{ id inscriptionId }} }} }} outcome }}",
    f"{_ACCOUNT} {{ {_READING} amount {{ atomic }} token {{ symbol }} }}",
    f"{_ACCOUNT} {{ id address commitment amount {{ display }} provenance {{ age }} outcome state }}",
    f"{_ACCOUNT} {{ outcome owner {{ address runes {{ outcome }} tokens(first: 1) {{ outcome }} }} }}",
    f'{_ACCOUNT} {{ outcome owner {{ tokens(after: "x") {{ outcome }} runes(first: -1) {{ outcome }} }} }}',
    f"{_ACCOUNT} {{ owner {{ tokenAccounts(maxAge: 0) {{ nodes {{ outcome }} }} }} problem {{ code }} }}",
    f"{_WALLETS} {{ {_READING} nodes {{ id currency {{ code }} balance {{ display }} }} totalCount }}",
    f"{_WALLETS} {{ outcome edges {{ cursor node {{ id held {{ atomic }} }} }} }}",
    f'tokenAccount(address: "{HOLDER}") {{ outcome }}',
)
_SUBSCRIPTIONS = [Question(f"subscription {{ {each} }}") for each in _HARD]


async def _agree_on_all(twins: Twins) -> None:
    for question in _SUBSCRIPTIONS:
        await Hearing(twins, question).agree(NEWS)


async def test_events_of_every_kind_of_reading_are_told_as_by_the_reference_executor() -> None:
    async with open_twins() as twins:
        await _agree_on_all(twins)
        # Once more: what was asked for the first time is asked again.
        await _agree_on_all(twins)
        hows = twins.new_hows()
    assert {AT_HAND, COMPILED, SHARED, Reason.RAISED, Reason.FIRST_SEEN} == set(hows)


async def test_events_of_broken_readings_are_told_as_by_the_reference_executor() -> None:
    hows: Counter[str] = Counter()
    for question in _SUBSCRIPTIONS:
        # What is asked for them differs, and with it what is kept.
        async with open_twins() as twins:
            await Hearing(twins, question).agree(BROKEN)
            hows += twins.new_hows()
    assert hows[Reason.NULL] > 0
    assert hows[Reason.VALUE] > 0


def test_subscriptions_drawn_from_the_schema_are_told_to_the_byte_as_by_the_reference_executor() -> None:
    listening, documents = events(SCHEMA)
    drawn: list[DocumentNode] = []

    @_DRAWN
    @given(documents)
    def keep(document: DocumentNode) -> None:
        drawn.append(document)

    async def run() -> tuple[int, Twins]:
        heard = 0
        async with open_twins() as twins:
            for seed, document in enumerate(drawn):
                for question in subscriptions(listening, document, seed):
                    heard += await Hearing(twins, question).agree(NEWS) if twins.is_valid(question) else 0
            return heard, twins

    keep()
    heard, twins = asyncio.run(run())
    hows = twins.new_hows()
    assert heard > 1000
    assert hows[SHARED] > 0.2 * hows.total()
    assert hows[SHARED] + hows[AT_HAND] + hows[COMPILED] > 0.6 * hows.total()


async def test_what_is_one_callers_own_is_written_for_each_listener() -> None:
    wallets, account = (Question(f"subscription {{ {each} {{ outcome }} }}") for each in (_WALLETS, _ACCOUNT))
    async with open_twins() as twins:
        await Hearing(twins, wallets).agree(NEWS[:3])
        assert twins.new_hows()[SHARED] == 0
        await Hearing(twins, account).agree(NEWS[:3])
        assert twins.new_hows()[SHARED] > 0


@pytest.mark.parametrize(
    "mutant",
    [
        Mutant(
            "what is a caller's own is told to another",
            "gateway.schema.compiled",
            "tells={",
            'tells={"exchangeWallets": lambda page: page.reading, ',
        ),
        Mutant(
            "an event is told as the one before",
            "gateway.schema.compiled",
            '"tokenAccount": lambda held: held.reading',
            '"tokenAccount": lambda held: held.reading.keeps',
        ),
        Mutant(
            "an age is told as it was",
            "gateway.execution.compilation",
            "OperationType.SUBSCRIPTION or self._moves or",
            "OperationType.SUBSCRIPTION or",
        ),
        Mutant(
            "what is asked further is asked by the first listener alone",
            "gateway.execution.compilation",
            "len(self._steps) != 1",
            "not self._steps",
        ),
    ],
    ids=lambda mutant: mutant.said,
)
async def test_a_mistake_in_telling_events_is_noticed(mutant: Mutant) -> None:
    async with open_twins(mutant.make) as twins:
        with pytest.raises(Differs):
            await _agree_on_all(twins)
