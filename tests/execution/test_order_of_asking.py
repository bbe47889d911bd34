"""What an operation asks for is begun when the reference executor begins it, and nothing is left over of it."""

import asyncio
import base64
import warnings
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest

from gateway.domain.sources import Effort, Result
from tests.execution import figures
from tests.execution.hard import HOLDER, OWNER
from tests.execution.source import Fate, FatedSource
from tests.execution.twins import Question, Side, Twins, open_twins


class _Gate:
    """Holds a source's answers back until it is opened."""

    def __init__(self, source: FatedSource) -> None:
        self.opened = asyncio.Event()
        self._answers = source.answers
        source.answers = self.answers  # type: ignore[method-assign]  # of this one source

    async def answers(self, keys: Sequence[Any], effort: Effort) -> Sequence[Result[Any]]:
        await self.opened.wait()
        return await self._answers(keys, effort)


@pytest.fixture
async def twins() -> AsyncIterator[Twins]:
    async with open_twins() as found:
        yield found


_MIXED = Question(
    "query ($given: [_Any!]!) { _entities(representations: $given) { ... on TokenAccount { outcome } "
    "... on Account { tokens { outcome } } } }",
    {
        "given": [
            {"__typename": "TokenAccount", "address": figures.ACCOUNTS[Fate.READ].text},
            {"__typename": "Account", "address": OWNER},
        ]
    },
)


_WALLET = base64.urlsafe_b64encode(f"SFOX\n{figures.HOLDING[Fate.DOWN].mark}\nBTC".encode()).decode().rstrip("=")
_TWO_TROUBLES = Question(
    '{ rune(id: "840008:8") { name } _entities(representations: '
    f'[{{__typename: "ExchangeWallet", id: "{_WALLET}"}}]) {{ __typename }} }}',
    caller=figures.HOLDING[Fate.DOWN],
)


async def _asked_meanwhile(side: Side, question: Question, held: str, wanted: str) -> bool:
    """Hold one question back, and say whether another one is asked all the same."""
    gate = _Gate(side.world.sources[held])
    asking = asyncio.create_task(side.ask(question))
    for _ in range(300):
        await asyncio.sleep(0)
    found = bool(side.world.sources[wanted].asked)
    gate.opened.set()
    await asking
    return found


async def test_the_reference_executor_goes_on_below_each_entity_as_it_comes(twins: Twins) -> None:
    assert await _asked_meanwhile(twins.reference, _MIXED, "token_account_by_address", "tokens_by_owner")


async def test_a_compiled_operation_goes_on_below_each_entity_as_it_comes(twins: Twins) -> None:
    await twins.agree(_MIXED)
    twins.clock.advance(3600)
    twins.compiled.world.sources["tokens_by_owner"].asked.clear()
    assert await _asked_meanwhile(twins.compiled, _MIXED, "token_account_by_address", "tokens_by_owner")


async def _troubles(side: Side, *, held: bool) -> list[list[str | int]]:
    """Give the places of errors in their order; the first field's provider may answer after all others."""
    gate = _Gate(side.world.sources["rune_by_id"])
    if not held:
        gate.opened.set()
    asking = asyncio.create_task(side.ask(_TWO_TROUBLES))
    for _ in range(300):
        await asyncio.sleep(0)
    gate.opened.set()
    told = await asking
    return [error["path"] for error in msgspec.json.decode(told.body)["errors"]]


@pytest.mark.parametrize("held", [False, True])
async def test_errors_are_the_same_in_whichever_order_providers_answer(twins: Twins, *, held: bool) -> None:
    await twins.agree(_TWO_TROUBLES)
    found, expected = [await _troubles(side, held=held) for side in (twins.compiled, twins.reference)]
    # The reference executor tells them as providers answer; what is executed again knows only how often it waited.
    assert (found != expected) is held
    assert sorted(map(str, found)) == sorted(map(str, expected))


async def test_what_was_begun_is_ended_when_a_field_beside_it_fails_at_once(twins: Twins) -> None:
    question = Question(
        f'{{ _entities(representations: [{{__typename: "Rune", id: "840001:1"}}, {{__typename: "TokenAccount", '
        f'address: "{figures.ACCOUNTS[Fate.READ].text}"}}]) {{ __typename }} rune(id: "840001:1") {{ name }} '
        f'account(address: "{HOLDER}") {{ id }} }}',
        caller=figures.NOBODY,
    )
    with warnings.catch_warnings(record=True) as left:
        warnings.simplefilter("always")
        await twins.compiled.ask(question)
        await twins.compiled.ask(question)
    assert [str(each.message) for each in left if "Executor" not in str(each.message)] == []


async def test_what_is_read_once_is_counted_once_where_not_everything_is_at_hand(twins: Twins) -> None:
    question = Question(
        f'{{ account(address: "{HOLDER}") {{ runes {{ outcome }} }} other: account(address: "{OWNER}") '
        "{ tokens(maxAge: 0) { outcome } } }"
    )
    for _ in range(2):
        await twins.agree(question)
    counted = []
    for side in (twins.compiled, twins.reference):
        side.world.plane.tally.news()
        await side.ask(question)
        counted.append(side.world.plane.tally.news())
    assert counted[0] == counted[1]
