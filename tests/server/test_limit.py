"""Every limit is a setting that is told at `limits`: what is exactly at it passes, and one more names it."""

from typing import Any

import pytest

from gateway.sandbox.addresses import OWNER
from tests.running import DEMO_KEY, running_gateway

ACCOUNT = f'account(address: "{OWNER}")'
ONE = f"{ACCOUNT} {{ id }}"
SPREAD = "fragment f on Limits { maxDepth maxCost }"
NAMED = f'{{__typename: "Token", mint: "{OWNER}"}}'
TWO_ENTITIES = f"_entities(representations: [{NAMED}, {NAMED}]) {{ __typename }}"
ENTITY = f"_entities(representations: {NAMED}) {{ __typename }}"


def _document(fields: str) -> str:
    return f"{{ {fields} }} {SPREAD if '...f' in fields else ''}"


@pytest.mark.parametrize(
    ("limit", "most", "within", "beyond", "found"),
    [
        (
            "maxDepth",
            3,
            "providers { lastProblem { code } }",
            f"{ACCOUNT} {{ runes {{ nodes {{ rune {{ id }} }} }} }}",
            5,
        ),
        ("maxDepth", 1, "__typename __schema { types { name } }", "limits { maxDepth }", 2),
        ("maxAliases", 0, "__typename", "a: __typename", 1),
        ("maxAliases", 2, "a: __typename b: __typename", "a: limits { b: maxDepth } ... { c: __typename }", 3),
        ("maxFields", 4, "limits { ...f } __typename", "limits { ...f ...f }", 5),
        ("maxMerges", 3, "limits { maxDepth maxDepth maxDepth }", "__typename " * 4, 6),
        ("maxAddresses", 2, f"a: {ONE} b: {ONE}", f'accounts(addresses: ["{OWNER}", "{OWNER}"]) {{ id }} {ONE}', 3),
        ("maxRepresentations", 2, TWO_ENTITIES, f"a: {TWO_ENTITIES} b: {ENTITY}", 3),
        (
            "maxPageSize",
            5,
            "exchangeWallets(first: 5) { outcome }",
            f"{ACCOUNT} {{ tokens(first: 6) {{ outcome }} }}",
            6,
        ),
        (
            "maxCost",
            103,
            f"{ACCOUNT} {{ tokens {{ outcome }} }}",
            f"{ACCOUNT} {{ id tokens {{ outcome totalCount }} }}",
            105,
        ),
    ],
)
async def test_what_is_at_a_limit_passes_and_what_is_beyond_is_refused_by_name(
    limit: str, most: int, within: str, beyond: str, found: int
) -> None:
    setting = "GATEWAY_LIMITS__" + "".join(f"_{letter}" if letter.isupper() else letter for letter in limit).upper()
    settings: Any = {setting: str(most)}
    async with running_gateway(**settings) as gateway:
        assert (await gateway.ask(_document(within), key=DEMO_KEY)).data
        calls = gateway.sandbox.calls
        before = {name: sum(routes.values()) for name, routes in calls.items()}
        refused = await gateway.ask(_document(beyond), key=DEMO_KEY)
        (error,) = refused.body["errors"]
        told = {"code": "LIMIT_EXCEEDED", "limit": limit, "maximum": most, "found": found}
        assert error["extensions"] == told
        assert f" is {found}; at most {most} is allowed." in error["message"]
        assert before == {name: sum(routes.values()) for name, routes in calls.items()}


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ({"a": 1, "b": [2, 3], "c": {"d": 4, "e": [5]}}, None),
        ({"a": [], "b": {}, "c": None, "d": "x", "e": True}, None),
        ({"a": list(range(6))}, 6),
        ({"a": {"b": [{"c": [1, 2]}, {"d": {"e": 3}}], "f": [4, [5, [6, [7]]]]}}, 7),
    ],
)
async def test_variables_may_hold_so_many_values_and_no_more(sent: dict[str, Any], found: int | None) -> None:
    async with running_gateway(GATEWAY_LIMITS__MAX_VALUES="5") as gateway:
        answer = await gateway.ask("{ limits { maxValues } }", sent)
        if found is None:
            assert answer.data == {"limits": {"maxValues": 5}}
        else:
            assert answer.body["errors"][0]["extensions"]["found"] == found


async def test_the_limits_that_are_set_are_those_that_are_told() -> None:
    async with running_gateway(GATEWAY_LIMITS__MAX_COST="7", GATEWAY_LIMITS__MAX_PAGE_SIZE="9") as gateway:
        told = (await gateway.ask("{ limits { maxCost maxPageSize maxDepth maxRepresentations } }")).data["limits"]
    assert told == {"maxCost": 7, "maxPageSize": 9, "maxDepth": 15, "maxRepresentations": 500}


async def test_every_operation_is_told_what_it_costs_and_no_other_document_is() -> None:
    async with running_gateway() as gateway:
        answer = await gateway.ask(f"{{ {ACCOUNT} {{ tokenAccounts {{ outcome }} }} }}")
        assert answer.body["extensions"] == {"cost": {"requested": 203, "maximum": 150_000, "upstreamCalls": 2}}
        failed = await gateway.ask('{ account(address: "nothing") { id } }')
        assert "extensions" not in failed.body
