"""What the gateway says of itself is true: which providers are on, how they did, and what a request may ask for."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tests.end_to_end.asking import QUESTIONS, RUNES, TOKENS, Question
from tests.readings.clock import StandingClock
from tests.running import DEMO_KEY, Gateway, running_gateway

PROVIDERS = """{ providers { provider configured circuit budgetRemaining budgetResetsAt lastSuccessAt
    lastProblem { code provider reference } } }"""
LIMITS = """{ limits {
    maxDepth maxAliases maxTokens maxCost maxAddresses maxPageSize maxSubscriptionsPerConnection } }"""


async def _providers(gateway: Gateway) -> dict[str, Any]:
    return {each["provider"]: each for each in (await gateway.ask(PROVIDERS)).data["providers"]}


async def test_at_the_start_every_provider_is_on_and_nothing_is_known_of_it(gateway: Gateway) -> None:
    providers = await _providers(gateway)
    assert set(providers) == {"XVERSE", "SOLANA_RPC", "BLOXROUTE", "SFOX"}
    for name, status in providers.items():
        assert status == {
            "provider": name,
            "configured": True,
            "circuit": "CLOSED",
            "budgetRemaining": None,
            "budgetResetsAt": None,
            "lastSuccessAt": None,
            "lastProblem": None,
        }
    assert not any(calls for calls in gateway.sandbox.calls.values())


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.route)
async def test_a_success_and_a_problem_are_told_of_the_provider_that_had_them(question: Question) -> None:
    clock = StandingClock()
    async with running_gateway(clock=clock) as gateway:
        await question.ask(gateway)
        status = (await _providers(gateway))[question.name]
        assert status["lastSuccessAt"] == "2027-01-15T08:00:00.000Z"
        assert status["lastProblem"] is None
        clock.advance(60)
        await gateway.fail(question.provider, "401")
        reading = await question.ask(gateway)
        providers = await _providers(gateway)
        assert providers[question.name]["lastSuccessAt"] == "2027-01-15T08:00:00.000Z"
        assert providers[question.name]["lastProblem"] == {
            "code": "UPSTREAM_UNAUTHENTICATED",
            "provider": question.name,
            "reference": reading["problem"]["reference"],
        }
        for name, status in providers.items():
            if name != question.name:
                assert (status["lastSuccessAt"], status["lastProblem"]) == (None, None)


@pytest.mark.parametrize(
    ("question", "running"),
    [
        (RUNES, lambda: running_gateway(GATEWAY_XVERSE__API_KEY="")),
        (TOKENS, lambda: running_gateway(GATEWAY_BLOXROUTE__AUTHORIZATION="")),
    ],
    ids=["xverse", "bloxroute"],
)
async def test_a_provider_without_its_credential_is_off_says_so_and_is_not_asked(
    question: Question, running: Callable[[], AbstractAsyncContextManager[Gateway]]
) -> None:
    async with running() as gateway:
        reading = await question.ask(gateway)
        assert (reading["outcome"], reading["problem"]["code"]) == ("UNAVAILABLE", "NOT_CONFIGURED")
        assert (reading["problem"]["retryable"], reading["nodes"], reading["provenance"]) == (False, None, None)
        status = (await _providers(gateway))[question.name]
        assert (status["configured"], status["lastProblem"]) == (False, None)
        assert not gateway.sandbox.calls[question.provider]
        assert (await QUESTIONS[1].ask(gateway))["outcome"] == "FRESH"


async def test_solana_needs_no_credential() -> None:
    async with running_gateway(GATEWAY_SOLANA__API_KEY="") as gateway:
        assert (await QUESTIONS[1].ask(gateway))["outcome"] == "FRESH"
        assert (await _providers(gateway))["SOLANA_RPC"]["configured"] is True


async def test_a_solana_key_may_go_in_the_url_where_the_vendor_wants_it_there() -> None:
    async with running_gateway(GATEWAY_SOLANA__AUTH="query") as gateway:
        assert (await QUESTIONS[1].ask(gateway))["outcome"] == "FRESH"
    async with running_gateway(GATEWAY_SOLANA__AUTH="query", GATEWAY_SOLANA__API_KEY="wrong") as gateway:
        assert (await QUESTIONS[1].ask(gateway))["problem"]["code"] == "UPSTREAM_UNAUTHENTICATED"


async def test_an_exchange_that_no_caller_has_an_account_at_is_not_configured() -> None:
    async with running_gateway(GATEWAY_CALLERS__DEMO__SFOX_TOKEN="", GATEWAY_CALLERS__OTHER__SFOX_TOKEN="") as gateway:
        answer = await gateway.ask(
            "{ exchangeWallets { outcome nodes { id } problem { code message } } }", key=DEMO_KEY
        )
        assert answer.data["exchangeWallets"] == {
            "outcome": "UNAVAILABLE",
            "nodes": None,
            "problem": {"code": "NOT_CONFIGURED", "message": "This caller has no account at the exchange."},
        }
        assert (await _providers(gateway))["SFOX"]["configured"] is False


async def test_the_limits_that_are_told_are_those_that_hold(gateway: Gateway) -> None:
    limits = (await gateway.ask(LIMITS)).data["limits"]
    assert limits == {
        "maxDepth": 15,
        "maxAliases": 100,
        "maxTokens": 1000,
        "maxCost": 150_000,
        "maxAddresses": 500,
        "maxPageSize": 1000,
        "maxSubscriptionsPerConnection": 100,
    }
    address = "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"
    aliases = " ".join(f"a{n}: __typename" for n in range(limits["maxAliases"] + 1))
    page = f'account(address: "{address}") {{ runes(first: {limits["maxPageSize"] + 1}) {{ outcome }} }}'
    tokens = "__typename " * limits["maxTokens"]
    for fields, code in (
        (aliases, "LIMIT_EXCEEDED"),
        (page, "LIMIT_EXCEEDED"),
        (tokens, "LIMIT_EXCEEDED"),
    ):
        assert (await gateway.ask(f"{{ {fields} }}")).codes == [code]


async def test_callers_may_be_kept_out_altogether() -> None:
    async with running_gateway(GATEWAY_ANONYMOUS_SCOPES="[]") as gateway:
        query = '{ account(address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22") { id } }'
        assert (await gateway.ask(query)).codes == ["UNAUTHENTICATED"]
        assert (await gateway.ask(query, key=DEMO_KEY)).data["account"]["id"]
