"""Cost holds: no operation makes more calls than it was found to need, and more of anything never costs less."""

import asyncio
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

import pytest
from graphql import get_operation_ast, parse, validate
from hypothesis import HealthCheck, given, settings

from gateway.app import PROVIDERS, open_providers, read_settings
from gateway.domain.clock import SystemClock
from gateway.domain.exchange import Fingerprints
from gateway.sandbox.addresses import (
    GENERATED_HOLDERS,
    GENERATED_TOKEN_ACCOUNTS,
    OWNER,
    OWNER_OF_NONE,
    RUNES_HOLDER,
    TOKEN_ACCOUNT,
)
from gateway.schema import cost
from gateway.schema.context import Context
from gateway.schema.cost import Question
from gateway.schema.errors import CallerError
from gateway.schema.limits import RequestLimits
from gateway.schema.schema import create_schema
from gateway.server.documents import Documents
from gateway.server.guard import Guard
from gateway.server.measure import Measures, Ruler
from gateway.server.tariff import Tariff
from gateway.upstream.metrics import Metrics
from tests.running import DEMO_KEY, Gateway, running_gateway
from tests.server.documents import listed, roots, written

SCHEMA = create_schema().graphql
TARIFF = Tariff(SCHEMA)
TOTALS = "totals { positions } coverage { complete }"
_SLOWLY = [HealthCheck.too_slow, HealthCheck.data_too_large]


def measured(text: str) -> Measures:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    operation = get_operation_ast(document)
    assert operation is not None
    return Ruler(TARIFF, document, operation).measure({})


def calls_made(gateway: Gateway) -> int:
    """Count the calls that left the gateway; a Solana call is also counted by its method."""
    calls = gateway.sandbox.calls
    return calls["solana"]["POST /"] + sum(sum(calls[name].values()) for name in ("xverse", "bloxroute", "sfox"))


async def asked(text: str) -> tuple[int, int]:
    """Give the calls that a cold gateway made for an operation, and those it was found to need at the most."""
    async with running_gateway(GATEWAY_LIMITS__MAX_COST="100000000", GATEWAY_LIMITS__MAX_TOKENS="5000") as gateway:
        answer = await gateway.ask(text, key=DEMO_KEY)
        assert answer.body["data"] is not None, answer.body
        return calls_made(gateway), answer.body["extensions"]["cost"]["upstreamCalls"]


def of_accounts(fields: str, *addresses: str) -> str:
    return f"{{ accounts(addresses: {listed(addresses)}) {{ {fields} }} }}"


def of_entities(fields: str, *representations: str) -> str:
    return f"{{ _entities(representations: [{', '.join(representations)}]) {{ {fields} }} }}"


def wallet(runes: int) -> str:
    """Write what a wallet says of runes that its address does not hold."""
    rows = (f'{{runeName: "NUMBERED•RUNE•A{letter}", amount: "1"}}' for letter in ascii_uppercase[:runes])
    return f"[{', '.join(rows)}]"


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        (of_accounts("runes { outcome }", *GENERATED_HOLDERS[:7], *GENERATED_HOLDERS[:5]), 7),
        (of_accounts("runes { nodes { rune { inscriptionId } } }", *GENERATED_HOLDERS[:4]), 8),
        (of_accounts("tokens { outcome }", OWNER, OWNER, OWNER_OF_NONE, RUNES_HOLDER), 2),
        (of_accounts("tokenAccounts { outcome } runes { outcome }", OWNER, RUNES_HOLDER), 3),
        (of_accounts("a: tokenAccounts { outcome } b: tokenAccounts(commitment: CONFIRMED) { outcome }", OWNER), 4),
        (f"{{ tokenAccounts(addresses: {listed(GENERATED_TOKEN_ACCOUNTS[:201])}) {{ outcome }} }}", 3),
        (f'{{ tokenAccount(address: "{TOKEN_ACCOUNT}") {{ owner {{ tokens {{ outcome }} }} }} }}', 2),
        ("{ " + " ".join(f'r{n}: rune(id: "{900_000 + n}:1") {{ name }}' for n in range(21)) + " }", 3),
        ("{ a: exchangeWallets { outcome } b: exchangeWallets(first: 1) { outcome } }", 1),
        (of_entities("... on Account { tokens { outcome } }", f'{{__typename: "Account", address: "{OWNER}"}}'), 1),
        (of_entities("__typename", f'{{__typename: "TokenAccount", address: "{TOKEN_ACCOUNT}"}}'), 1),
        (of_entities("__typename", *(f'{{__typename: "Rune", id: "{900_000 + n}:1"}}' for n in range(11))), 2),
        (of_accounts("id chain address", OWNER, RUNES_HOLDER), 0),
        (f"{{ portfolio(addresses: {listed((*GENERATED_HOLDERS[:3], GENERATED_HOLDERS[0]))}) {{ {TOTALS} }} }}", 3),
        (f"{{ portfolio(addresses: {listed((OWNER, OWNER_OF_NONE, RUNES_HOLDER))}) {{ {TOTALS} }} }}", 2 * 2 + 1 + 1),
        (f'{{ portfolio(addresses: ["{OWNER}"], exchanges: [SFOX, SFOX]) {{ {TOTALS} }} }}', 2 + 1 + 1),
        (f"{{ portfolio(addresses: {listed(GENERATED_TOKEN_ACCOUNTS[:101])}) {{ {TOTALS} }} }}", 2 * 101 + 2),
        (f'{{ portfolio(addresses: ["{OWNER}"]) {{ accounts {{ tokenAccounts {{ outcome }} }} }} }}', 2 + 1),
        (f'{{ reconcileTokens(owner: "{OWNER}") {{ verdict }} }}', 2 * 2 + 1),
        (f'{{ reconcileRunes(address: "{RUNES_HOLDER}", wallet: []) {{ verdict }} }}', 1),
        (f'{{ reconcileRunes(address: "{RUNES_HOLDER}", wallet: {wallet(11)}) {{ verdict }} }}', 1 + 2),
    ],
)
async def test_a_cold_gateway_makes_the_very_calls_that_were_counted(query: str, calls: int) -> None:
    assert await asked(query) == (calls, calls)


@given(roots)
@settings(max_examples=40, deadline=None, suppress_health_check=_SLOWLY)
def test_no_operation_makes_more_calls_than_it_is_found_to_need(fields: list[str]) -> None:
    made, needed = asyncio.run(asked(written(fields)))
    assert made <= needed


@given(roots, roots)
@settings(max_examples=100, deadline=None, suppress_health_check=_SLOWLY)
def test_operations_side_by_side_cost_no_more_than_apart_and_no_less_than_the_dearer(
    one: list[str], other: list[str]
) -> None:
    apart, beside = measured(written(one)), measured(written(other, len(one)))
    both = measured(written([*one, *other]))
    # Each document has one field besides these: the name of the type.
    assert both.fields == apart.fields + beside.fields - 1
    assert both.addresses == apart.addresses + beside.addresses
    assert both.representations == apart.representations + beside.representations
    assert max(apart.upstream_calls, beside.upstream_calls) <= both.upstream_calls
    # Where two commitments are asked for, each of the shared calls may have to be made for both.
    assert both.upstream_calls <= 2 * (apart.upstream_calls + beside.upstream_calls)


@given(roots)
@settings(max_examples=50, deadline=None, suppress_health_check=_SLOWLY)
def test_the_same_asked_twice_needs_no_more_calls_where_the_operation_names_what_it_asks_about(
    fields: list[str],
) -> None:
    named = [each for each in fields if "owner" not in each]
    assert measured(written([*named, *named])).upstream_calls == measured(written(named)).upstream_calls


def test_the_keys_that_share_a_call_are_those_that_the_providers_let_share_one() -> None:
    declared = {each.capability: each.together for each in vars(cost).values() if isinstance(each, Question)}
    assert declared == asyncio.run(_max_keys())


async def _max_keys() -> dict[str, int]:
    async with open_providers(read_settings({}), SystemClock(), Metrics(), Fingerprints()) as opened:
        assert set(opened.sources) == {each.provider for each in PROVIDERS}
        return {each.terms.capability: each.terms.max_keys for group in opened.sources.values() for each in group}


async def test_a_caller_is_charged_what_an_operation_costs_before_it_runs_and_only_if_it_may_run() -> None:
    charged: list[int] = []

    @dataclass(frozen=True, slots=True)
    class Budgeted(Context):
        async def charge(self, cost: int) -> None:
            charged.append(cost)
            if len(charged) > 1:
                raise CallerError("SPENT", "Nothing is left.")

    documents = Documents(SCHEMA, RequestLimits(max_cost=3))
    schema = create_schema(extensions=[lambda: Guard(documents, RequestLimits(max_cost=3))])
    context = Budgeted(*([None] * 9))  # type: ignore[arg-type]  # what is asked needs nothing of the request

    async def ask(query: str) -> tuple[Any, list[str]]:
        result = await schema.execute(query, context_value=context)
        return result.data, [error.message for error in result.errors or ()]

    assert await ask("{ __typename }") == ({"__typename": "Query"}, [])
    assert charged == [1]
    assert await ask("{ limits { maxDepth maxCost maxTokens } }") == (
        None,
        ["The cost of this operation is 4; at most 3 is allowed."],
    )
    assert await ask("{ nothing }") == (None, ["Cannot query field 'nothing' on type 'Query'."])
    assert charged == [1]
    assert await ask("{ __typename }") == (None, ["Nothing is left."])


async def test_accounts_of_two_ages_and_commitments_need_no_call_but_one_for_each() -> None:
    one, other = GENERATED_TOKEN_ACCOUNTS[:70], GENERATED_TOKEN_ACCOUNTS[30:90]
    query = f"""{{
        a: tokenAccounts(addresses: {listed(one)}) {{ outcome }}
        b: tokenAccounts(addresses: {listed(other)}, maxAge: 0, commitment: CONFIRMED) {{ outcome }}
    }}"""
    assert await asked(query) == (2, 2)
