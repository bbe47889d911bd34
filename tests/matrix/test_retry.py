"""How often a provider's only host is asked again when it says that it may be at once, and what that leaves behind."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine

from gateway.sandbox import Sandbox
from tests.matrix.clock import NOW, HeldClock
from tests.matrix.node import account, accounts, alone
from tests.matrix.play import settings_for
from tests.matrix.question import MINT, RUNE_ID, RUNES_V1, RUNES_V2, TOKEN_ACCOUNT, TOKENS, WALLETS
from tests.matrix.row import Asked, Question, Script, Told, always, json_of
from tests.matrix.stage import Part, Stage
from tests.running import Gateway, serving

_AT_ONCE = {"Retry-After": "0"}


@dataclass(frozen=True, slots=True)
class Policy:
    """How a provider is asked, what it answers when it is well, and how often it is asked again when it is not.

    `failures` is how many failures in a row are met before something says that it is enough.
    """

    question: Question
    well: Script
    retries: int
    failures: int


_RUNE = {"runeId": RUNE_ID, "runeName": "A", "divisibility": 0, "confirmedBalance": "1", "availableBalance": "1"}
_PENDING = {"incomingAmount": "0", "outgoingAmount": "0", "netAmount": "0"}
_V2 = {"indexerHeight": 1, "balances": [{**_RUNE, "projectedBalance": "1", "pendingBalance": _PENDING}]}
_V1 = {"indexerHeight": 1, "total": 1, "items": [{"id": RUNE_ID, "runeName": "A", "amount": "1"}]}
_TOKEN = {"tokenMint": MINT, "settledAmount": 1, "unsettledAmount": 0, "openOrdersAmount": 0}
_WALLET = {"currency": "btc", "balance": 1, "available": 1}


def _account(asked: Asked) -> Told:
    return alone(accounts(account()), asked)


# Five failures in a row open a host's circuit, before Solana's sixth try.
_POLICIES = {
    "xverse, v2": Policy(RUNES_V2, always(json_of(_V2)), 3, 4),
    "xverse, v1": Policy(RUNES_V1, always(json_of(_V1)), 3, 4),
    "bloxroute": Policy(TOKENS, always(json_of({"tokens": [_TOKEN]})), 3, 4),
    "solana": Policy(TOKEN_ACCOUNT, _account, 5, 5),
    "sfox": Policy(WALLETS, always(json_of([_WALLET])), 2, 3),
}


@asynccontextmanager
async def _asked(policy: Policy, part: Part, stage: Stage, sandbox: Sandbox) -> AsyncIterator[Gateway]:
    settings = {**settings_for(policy.question.provider, stage.add(part, hosts=1)), **policy.question.settings}
    async with serving(sandbox, clock=HeldClock(), **settings) as gateway:
        yield gateway


async def _ask(gateway: Gateway, question: Question) -> Mapping[str, Any]:
    answer = await gateway.ask(question.query, question.variables, key=question.key)
    reading, _ = question.read(answer.body)
    return reading


def _failing(times: int | None, told: Told, well: Script) -> Script:
    """Answer so many calls in one way, all of them where `times` is left out, and well after them."""
    numbers = itertools.count(1)
    return lambda asked: told if times is None or next(numbers) <= times else well(asked)


@pytest.mark.parametrize("name", _POLICIES)
async def test_a_rate_limit_that_may_be_tried_again_at_once_is_as_often_as_the_policy_says(
    name: str, stage: Stage, sandbox: Sandbox
) -> None:
    policy = _POLICIES[name]
    part = Part(_failing(None, Told(429, b"", _AT_ONCE), policy.well), lambda _: None, headers={})
    async with _asked(policy, part, stage, sandbox) as gateway:
        reading = await _ask(gateway, policy.question)
    assert part.calls == 1 + policy.retries
    assert (reading["problem"]["code"], reading["problem"]["retryAfter"]) == ("RATE_LIMITED", 0)


@pytest.mark.parametrize("name", _POLICIES)
async def test_a_failure_is_tried_again_as_often_as_the_policy_says_and_the_circuit_allows(
    name: str, stage: Stage, sandbox: Sandbox
) -> None:
    policy = _POLICIES[name]
    part = Part(_failing(None, Told(503, b"", _AT_ONCE), policy.well), lambda _: None, headers={})
    async with _asked(policy, part, stage, sandbox) as gateway:
        reading = await _ask(gateway, policy.question)
    assert part.calls == policy.failures
    assert reading["problem"]["code"] == "UNAVAILABLE"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", _POLICIES)
async def test_the_last_try_is_as_good_as_the_first(name: str, status: int, stage: Stage, sandbox: Sandbox) -> None:
    policy = _POLICIES[name]
    times = policy.retries if status == 429 else policy.failures - 1
    part = Part(_failing(times, Told(status, b"", _AT_ONCE), policy.well), lambda _: None, headers={})
    async with _asked(policy, part, stage, sandbox) as gateway:
        reading = await _ask(gateway, policy.question)
    assert (reading["outcome"], part.calls) == ("FRESH", times + 1)


@pytest.mark.parametrize("name", _POLICIES)
async def test_a_rate_limit_without_a_wait_closes_nothing(name: str, stage: Stage, sandbox: Sandbox) -> None:
    policy = _POLICIES[name]
    refused = 1 + policy.retries
    part = Part(_failing(refused, Told(429, b"", _AT_ONCE), policy.well), lambda _: None, headers={})
    async with _asked(policy, part, stage, sandbox) as gateway:
        first = await _ask(gateway, policy.question)
        second = await _ask(gateway, policy.question)
    assert (first["outcome"], second["outcome"], part.calls) == ("UNAVAILABLE", "FRESH", refused + 1)


@pytest.mark.parametrize("name", _POLICIES)
async def test_a_rate_limit_with_a_wait_keeps_everyone_away_for_as_long(
    name: str, stage: Stage, sandbox: Sandbox
) -> None:
    policy = _POLICIES[name]
    # Longer than a request has: nobody waits for it.
    told = Told(429, b"", {"Retry-After": "60"})
    part = Part(_failing(1, told, policy.well), lambda _: None, headers={})
    with time_machine.travel(NOW, tick=False) as time:
        async with _asked(policy, part, stage, sandbox) as gateway:
            first = await _ask(gateway, policy.question)
            time.shift(25)
            second = await _ask(gateway, policy.question)
            assert part.calls == 1
            time.shift(35)
            third = await _ask(gateway, policy.question)
    assert (first["problem"]["code"], first["problem"]["retryAfter"]) == ("RATE_LIMITED", 60)
    assert (second["problem"]["code"], second["problem"]["retryAfter"]) == ("RATE_LIMITED", 35)
    assert (third["outcome"], part.calls) == ("FRESH", 2)
