"""Production: a stranger learns neither the schema nor a name in it, and there is no page."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from graphql import build_schema, get_introspection_query

from gateway.schema.schema import create_schema
from gateway.server.discretion import Discretion
from gateway.server.exposure import Exposure
from tests.running import Gateway, running_gateway
from tests.server.wire import get

HOLDER = "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"
ACCOUNT = "Ao7Gmmo61F91H7sxUSNAr9aMT2sGAyY7H8S1LZErczyK"
BY_COMMITMENT = f'query ($c: Commitment) {{ tokenAccount(address: "{ACCOUNT}", commitment: $c) {{ outcome }} }}'
TELLING = [
    get_introspection_query(),
    '{ __type(name: "Query") { name } }',
    "{ _service { sdl } }",
    "{ a: _service { b: sdl } }",
    "query ($no: Boolean = false) { _service @include(if: $no) { sdl } }",
    "{ ... on Query { ...Told } } fragment Told on Query { __schema { description } }",
]
# Each is wrong in another way; graphql-core would help with names for all of them.
WRONG: list[tuple[str, dict[str, object]]] = [
    ("{ acount { id } }", {}),
    ("{ account { chain } }", {}),
    ("{ limits }", {}),
    ("{ limits { maxDept } }", {}),
    ("{ limits { maxDepth { x } } }", {}),
    ('{ account(adress: "x") { chain } }', {}),
    ('{ account(address: "x") { chain } }', {}),
    ("query ($a: Adress!) { account(address: $a) { chain } }", {}),
    ("query ($a: Int!) { account(address: $a) { chain } }", {}),
    (f'{{ tokenAccount(address: "{ACCOUNT}", commitment: FINALISED) {{ outcome }} }}', {}),
    (f'{{ tokenAccount(address: "{ACCOUNT}", commitment: "FINAL\'IZED") {{ outcome }} }}', {}),
    (f'{{ account(address: "{HOLDER}") {{ ... on Rne {{ id }} }} }}', {}),
    (f'{{ account(address: "{HOLDER}") {{ ... on Rune {{ id }} }} }}', {}),
    (f'{{ account(address: "{HOLDER}") {{ runes(orderBy: NAMES) {{ node {{ x }} }} }} }}', {}),
    ("{ limits { ...F } } fragment F on Limit { x }", {}),
    ("{ limits @skipp(if: true) { maxDepth } }", {}),
    ("{ rune { name } }", {}),
    ("mutation { limits }", {}),
    ("subscription { limits }", {}),
    ("query ($c: Commitmnt) { limits { maxDepth } }", {"c": "x"}),
    (
        BY_COMMITMENT,
        {"c": "FINALISED"},
    ),
    (
        BY_COMMITMENT,
        {"c": "FIN Did you mean A'LISED"},
    ),
    (BY_COMMITMENT, {"c": 7}),
    ("query ($a: Address!) { account(address: $a) { chain } }", {"a": [1]}),
    ("query ($a: [Address!]!) { accounts(addresses: $a) { chain } }", {}),
    ('{ _entities(representations: [{__typename: "Rne"}]) { ... on Rnue { id } } }', {}),
]
# Names of the schema that the sentences around them use as plain words.
PLAIN_WORDS = {"type", "value", "name", "field", "address", "first", "after", "position", "operation"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed() -> AsyncIterator[Gateway]:
    """Give a gateway in production, for all tests of the module."""
    async with running_gateway(GATEWAY_PRODUCTION="true") as running:
        yield running


def _schema_names() -> set[str]:
    """Take the names from the printed schema, another way than the gateway takes them."""
    schema = build_schema(create_schema().as_str(), assume_valid=True)
    names = set()
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in ("Int", "String", "Boolean", "ID", "Float"):
            continue
        names.add(name)
        for field, described in getattr(kind, "fields", {}).items():
            names |= {field, *getattr(described, "args", {})}
        names |= set(getattr(kind, "values", {}))
    return names


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("query", TELLING)
async def test_in_production_nothing_tells_the_schema(closed: Gateway, query: str) -> None:
    answer = await closed.ask(query)
    assert set(answer.codes) == {"INTROSPECTION_OFF"}
    assert answer.body.get("data") is None


@pytest.mark.asyncio(loop_scope="module")
async def test_in_production_an_answer_still_says_of_which_type_it_is(closed: Gateway) -> None:
    assert (await closed.ask("{ limits { __typename } }")).data == {"limits": {"__typename": "Limits"}}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("query", "variables"), WRONG)
async def test_in_production_an_error_names_nothing_that_the_caller_did_not(
    closed: Gateway, query: str, variables: dict[str, object]
) -> None:
    answer = await closed.ask(query, variables)
    assert set(answer.codes) <= {"GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "BAD_REQUEST"}
    for error in answer.body["errors"]:
        assert not re.search("Did you mean ('|the )", error["message"])
        told = set(re.findall(r"\w+", error["message"])) - set(re.findall(r"\w+", query)) - PLAIN_WORDS
        assert not told & _schema_names()


@pytest.mark.parametrize(("query", "variables"), WRONG[:1])
async def test_outside_production_errors_help(query: str, variables: dict[str, object]) -> None:
    async with running_gateway() as gateway:
        answer = await gateway.ask(query, variables)
        assert "Did you mean 'account'" in answer.body["errors"][0]["message"]
        assert "type Query" in (await gateway.ask("{ _service { sdl } }")).data["_service"]["sdl"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", ["/graphql", "/graphiql/", "/graphiql/index.html", "/graphiql/settings.json", "/"])
async def test_in_production_there_is_no_page(closed: Gateway, path: str) -> None:
    reply = await get(closed, path, {"Accept": "text/html"})
    assert reply.status in (404, 406)
    assert b"<html" not in reply.body.lower()
    assert b"sandbox-secret" not in reply.body


async def test_a_routers_operator_may_open_introspection_alone() -> None:
    async with running_gateway(GATEWAY_PRODUCTION="true", GATEWAY_INTROSPECTION="true") as gateway:
        assert "type Query" in (await gateway.ask("{ _service { sdl } }")).data["_service"]["sdl"]
        assert (await gateway.ask("{ __schema { queryType { name } } }")).data["__schema"]["queryType"]
        wrong = await gateway.ask("{ acount { id } }")
        assert "account" not in wrong.body["errors"][0]["message"]
        assert (await get(gateway, "/graphiql/settings.json")).status == 404


async def test_introspection_may_be_closed_outside_production() -> None:
    async with running_gateway(GATEWAY_INTROSPECTION="false") as gateway:
        assert (await gateway.ask("{ _service { sdl } }")).codes == ["INTROSPECTION_OFF"]
        assert "account" not in (await gateway.ask("{ acount { id } }")).body["errors"][0]["message"]
        assert (await get(gateway, "/graphql", {"Accept": "text/html"})).status == 200


def test_what_is_open_follows_from_the_settings() -> None:
    assert Exposure.of(production=False, introspection=None, trusted_documents=None) == Exposure()
    closed = Exposure(page=False, introspection=False, names=False)
    assert Exposure.of(production=True, introspection=None, trusted_documents=None) == closed


def test_names_are_struck_out_of_input_objects_and_interfaces_too() -> None:
    schema = build_schema(
        "type Query { node(by: Wish): Thing } input Wish { colour: String } "
        "interface Thing { weight(unit: String): Int }"
    )
    told = Discretion(schema).strike("No 'colour' in 'Wish', nor 'Thing.weight(unit:)', '[Thing!]', 'it'.", "node")
    assert told == "No '…' in '…', nor '….…(…:)', '[…!]', 'it'."
