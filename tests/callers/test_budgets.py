"""Budgets: what a caller's operations cost in a time is bounded, and who is refused is told for how long."""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

import msgspec
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from limits.aio.storage import MemoryStorage

from gateway.domain.caller import Allowance, Caller
from gateway.sandbox.addresses import OWNER, TOKEN_ACCOUNT
from gateway.schema.errors import CallerError
from gateway.server.allowances import Allowances
from gateway.server.preference import GRAPHQL, JSON
from tests.callers.issuer import Publisher, believing_gateway, publishing, token_of
from tests.config.reading import DIGEST, refusal
from tests.running import DEMO_KEY, OTHER_KEY, READER_KEY, Answer, Gateway, running_gateway
from tests.server.wire import JSON as POSTED
from tests.server.wire import get, post

NOW = 1_800_000_000.25
CHEAP = "{ limits { maxDepth } }"
DEAR = f'{{ tokenAccount(address: "{TOKEN_ACCOUNT}", maxAge: 0) {{ outcome }} }}'


@pytest.fixture
def wall_clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


async def _cost(query: str) -> int:
    """Find out what a query costs, by asking it of a gateway where it costs more than there is."""
    async with running_gateway(GATEWAY_ANONYMOUS_BUDGET="1/hour") as gateway:
        cost: int = (await gateway.ask(query)).body["errors"][0]["extensions"]["cost"]
        return cost


def _shows(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def _spend(gateway: Gateway, key: str | None, query: str = CHEAP) -> int:
    """Ask until the budget is spent; give how often that went well."""
    for count in range(200):
        answer = await gateway.ask(query, key=key)
        if "errors" in answer.body:
            assert answer.codes == ["RATE_LIMITED"]
            return count
    raise AssertionError


async def test_a_spent_budget_is_told_with_the_cost_and_what_remains_and_nothing_is_run(
    wall_clock: time_machine.Traveller,
) -> None:
    cost = await _cost(DEAR)
    async with running_gateway(GATEWAY_CALLERS__DEMO__BUDGET=f"{2 * cost + 1}/minute") as gateway:
        for _ in range(2):
            assert (await gateway.ask(DEAR, key=DEMO_KEY)).data
            wall_clock.shift(10)
        calls = gateway.calls("solana", "getMultipleAccounts")
        refused = await gateway.ask(DEAR, key=DEMO_KEY)
        assert refused.body.get("data") is None
        (error,) = refused.body["errors"]
        # The first of the two leaves the window 60 s after it came, 20 s ago.
        assert error["extensions"] == {"code": "RATE_LIMITED", "cost": cost, "remaining": 1, "retryAfter": 40}
        assert error["message"] == (f"This costs {cost}; of {2 * cost + 1} in 60 s, 1 is left, and enough in 40 s.")
        assert refused.headers["Retry-After"] == "40"
        assert gateway.calls("solana", "getMultipleAccounts") == calls
        wall_clock.shift(39.9)
        assert (await gateway.ask(DEAR, key=DEMO_KEY)).codes == ["RATE_LIMITED"]
        wall_clock.shift(0.2)
        served = await gateway.ask(DEAR, key=DEMO_KEY)
        assert served.data
        assert "Retry-After" not in served.headers


async def test_a_spent_budget_is_a_429_in_graphqls_own_type_and_a_200_in_plain_json_with_retry_after_in_both(
    wall_clock: time_machine.Traveller,  # noqa: ARG001 - stands still
) -> None:
    async with running_gateway(GATEWAY_ANONYMOUS_BUDGET="2/minute") as gateway:
        assert await _spend(gateway, None) == 1
        for accept, status in ((JSON, 200), (GRAPHQL, 429)):
            for reply in (
                await post(gateway, b'{"query": "%b"}' % CHEAP.encode(), {**POSTED, "Accept": accept}),
                await get(gateway, "/graphql?query={limits{maxDepth}}", {"Accept": accept}),
            ):
                assert (reply.status, reply.code, reply.headers["Retry-After"]) == (status, "RATE_LIMITED", "60")
                assert reply.headers["Content-Type"].startswith(accept)
                assert "data" not in msgspec.json.decode(reply.body)
        # What was asked wrongly is told as that, and not charged.
        wrong = await post(gateway, b'{"query": "{ nothing }"}', {**POSTED, "Accept": GRAPHQL})
        assert (wrong.status, wrong.code, "Retry-After" in wrong.headers) == (400, "GRAPHQL_VALIDATION_FAILED", False)


async def test_a_providers_spent_budget_is_no_429_of_the_callers() -> None:
    query = msgspec.json.encode({"query": f'{{ reconcileTokens(owner: "{OWNER}") {{ verdict }} }}'})
    async with running_gateway() as gateway:
        for provider in ("solana", "bloxroute"):
            await gateway.fail(provider, "429")
        reply = await post(gateway, query, {**POSTED, "Accept": GRAPHQL})
        assert (reply.status, reply.code, "Retry-After" in reply.headers) == (294, "RATE_LIMITED", False)
        assert msgspec.json.decode(reply.body)["data"] is None


async def test_what_is_dearer_than_the_whole_budget_is_told_never_to_fit() -> None:
    cost = await _cost(DEAR)
    async with running_gateway(GATEWAY_CALLER_BUDGET=f"{cost - 1}/minute") as gateway:
        refused = await gateway.ask(DEAR, key=DEMO_KEY)
        (error,) = refused.body["errors"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "cost": cost, "remaining": cost - 1}
        assert "Retry-After" not in refused.headers
        own = await post(
            gateway, msgspec.json.encode({"query": DEAR}), {**POSTED, "Accept": GRAPHQL, **_shows(DEMO_KEY)}
        )
        assert (own.status, "Retry-After" in own.headers) == (429, False)
        assert (await gateway.ask(CHEAP, key=DEMO_KEY)).data


async def test_each_caller_has_a_budget_of_its_own_and_callers_without_a_key_have_one_together() -> None:
    cost = await _cost(CHEAP)
    async with running_gateway(
        GATEWAY_CALLER_BUDGET=f"{3 * cost}/hour",
        GATEWAY_ANONYMOUS_BUDGET=f"{2 * cost}/hour",
        GATEWAY_CALLERS__OTHER__BUDGET=f"{5 * cost}/hour",
        GATEWAY_CALLERS__READER__BUDGET="none",
    ) as gateway:
        assert await _spend(gateway, DEMO_KEY) == 3
        assert await _spend(gateway, None) == 2
        # Another address is no other caller.
        async with gateway.http.post(
            f"{gateway.url}/graphql", json={"query": CHEAP}, headers={"X-Forwarded-For": "192.0.2.7"}
        ) as response:
            assert (await response.json())["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert await _spend(gateway, OTHER_KEY) == 5
        for _ in range(10):
            assert (await gateway.ask(CHEAP, key=READER_KEY)).data


async def test_both_keys_of_one_caller_draw_on_one_budget() -> None:
    cost = await _cost(CHEAP)
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of "test"
    async with running_gateway(
        GATEWAY_CALLER_BUDGET=f"{3 * cost}/hour", GATEWAY_CALLERS__DEMO__NEXT_KEY_SHA256=digest
    ) as gateway:
        assert (await gateway.ask(CHEAP, key="demo.test")).data
        assert await _spend(gateway, DEMO_KEY) == 2
        assert await _spend(gateway, "demo.test") == 0


async def test_an_issuers_callers_have_a_budget_each_whatever_token_they_bring() -> None:
    cost = await _cost(CHEAP)
    async with (
        publishing() as publisher,
        _budgeted(publisher, f"{3 * cost}/hour") as gateway,
    ):
        assert (await gateway.ask(CHEAP, key=token_of(sub="ann", jti="1"))).data
        assert await _spend(gateway, token_of(sub="ann", jti="2")) == 2
        assert await _spend(gateway, token_of(sub="bob")) == 3


def _budgeted(publisher: Publisher, budget: str) -> AbstractAsyncContextManager[Gateway]:
    return believing_gateway(publisher, GATEWAY_CALLER_BUDGET=budget)


async def test_what_is_refused_for_another_reason_costs_nothing() -> None:
    cost = await _cost(CHEAP)
    async with running_gateway(GATEWAY_ANONYMOUS_BUDGET=f"{cost}/hour") as gateway:
        deep = "{ " + "a: limits { maxDepth } " * 101 + "}"
        for wrong in ("{", "{ nothing }", "{ limits }", deep, "query A { limits { maxDepth } } query B { __typename }"):
            assert (await gateway.ask(wrong)).codes != ["RATE_LIMITED"]
        assert (await gateway.ask(CHEAP)).data


async def test_requests_that_come_together_cannot_overspend() -> None:
    cost = await _cost(CHEAP)
    async with running_gateway(GATEWAY_ANONYMOUS_BUDGET=f"{7 * cost}/hour") as gateway:
        answers: list[Answer] = await asyncio.gather(*(gateway.ask(CHEAP) for _ in range(40)))
        assert sum("errors" not in answer.body for answer in answers) == 7


async def test_without_a_setting_nothing_is_counted(gateway: Gateway) -> None:
    answers = await asyncio.gather(*(gateway.ask(CHEAP, key=key) for key in (None, DEMO_KEY) * 30))
    assert all(answer.data for answer in answers)


@pytest.mark.parametrize("name", ["GATEWAY_CALLER_BUDGET", "GATEWAY_ANONYMOUS_BUDGET", "GATEWAY_CALLERS__ANN__BUDGET"])
@pytest.mark.parametrize("wrong", ["10", "0/minute", "100001/minute", "5/minute, 6/hour", "-1/minute", "minute", "x"])
def test_a_budget_that_is_none_is_refused(name: str, wrong: str) -> None:
    (line,) = refusal({name: wrong, "GATEWAY_CALLERS__ANN__KEY_SHA256": DIGEST})
    assert line.startswith(f"{name}: wants a cost of 1 to 100000 in a time, such as 10000/minute, or none")


STEPS = st.lists(st.tuples(st.sampled_from([0, 0.5, 1, 3, 7.25]), st.integers(1, 12)), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 12), st.integers(1, 9))
async def test_no_window_ever_holds_more_than_the_allowance_and_the_wait_told_is_the_shortest(
    steps: list[tuple[float, int]], most: int, seconds: int
) -> None:
    allowances, caller = Allowances(MemoryStorage()), Caller("a", frozenset(), allowance=Allowance(most, seconds))
    spent: list[tuple[float, int]] = []
    now = NOW
    with time_machine.travel(now, tick=False) as clock:
        for passed, cost in steps:
            # Windows are told apart by less than this.
            now += passed + 0.001
            clock.move_to(now)
            held = sum(each for at, each in spent if at >= now - seconds)
            try:
                remaining = await allowances.take(caller, cost)
            except CallerError as refused:
                extensions = refused.extensions or {}
                assert held + cost > most
                assert extensions["remaining"] == most - held
                wait = extensions.get("retryAfter")
                assert (wait is None) == (cost > most)
                if wait is not None:
                    assert sum(each for at, each in spent if at >= now + wait - seconds) + cost <= most
                    assert sum(each for at, each in spent if at >= now + wait - 1 - seconds) + cost > most
            else:
                spent.append((now, cost))
                assert remaining == most - held - cost >= 0
