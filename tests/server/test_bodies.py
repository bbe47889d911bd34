"""Requests that are not well formed are told so, in JSON and with a status of their own, and never crash anything."""

import gzip

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.running import Gateway
from tests.server.wire import JSON, post, request

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASK = b'{"query": "{ limits { maxDepth } }"%s}'
BODIES = {
    "nothing": b"",
    "a string": b'"{ limits { maxDepth } }"',
    "a number": b"1",
    "null": b"null",
    "an empty array": b"[]",
    "a batch": b'[{"query": "{ limits { maxDepth } }"}]',
    "an empty object": b"{}",
    "no query": b'{"query": null}',
    "an empty query": b'{"query": ""}',
    "a query that is a number": b'{"query": 1}',
    "a query that is a list": b'{"query": []}',
    "no UTF-8": b'{"query": "\xff\xfe"}',
    "UTF-16": '{"query": "{ limits { maxDepth } }"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a lone surrogate in the query": b'{"query": "\\ud800"}',
    "a lone surrogate in a variable": ASK % b', "variables": {"a": "\\ud800"}',
    "NaN": ASK % b', "variables": {"a": NaN}',
    "an integer without end": ASK % (b', "variables": {"a": ' + b"9" * 5000 + b"}"),
    "a number beyond all doubles": ASK % b', "variables": {"a": 1e400}',
    "half a body": b'{"query": "{ lim',
    "more than one body": b'{"query": "{ limits { maxDepth } }"} {}',
    "brackets without end": b"[" * 100_000,
    "deep nesting": b'{"query": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "variables that are a string": ASK % b', "variables": "a"',
    "variables that are a list": ASK % b', "variables": []',
    "variables that are a number": ASK % b', "variables": 1',
    "an operation's name that is a number": ASK % b', "operationName": 1',
    "an operation's name that is a list": ASK % b', "operationName": []',
    "the name of no operation": ASK % b', "operationName": "Other"',
    "extensions that are a number": ASK % b', "extensions": 1',
    "no operation": b'{"query": "fragment F on Query { limits { maxDepth } }"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
async def test_a_body_that_will_not_do_is_a_bad_request(standing: Gateway, body: bytes) -> None:
    reply = await post(standing, body)
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/graphql",
        "application/graphql-response+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonevil",
        "text/plain; application/json",
        "application/json, application/json",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        'application/json; charset="utf-7"',
        "garbage;;;",
        "",
    ],
)
async def test_a_body_of_another_type_is_not_read(standing: Gateway, content_type: str) -> None:
    reply = await post(standing, ASK % b"", {"Content-Type": content_type})
    assert (reply.status, reply.code) == (415, "BAD_REQUEST")


@pytest.mark.parametrize(
    "content_type", ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"; x=y']
)
async def test_json_is_json_however_its_type_is_spelt(standing: Gateway, content_type: str) -> None:
    assert (await post(standing, ASK % b"", {"Content-Type": content_type})).status == 200


async def test_a_compressed_body_is_not_read(standing: Gateway) -> None:
    reply = await post(standing, gzip.compress(ASK % b""), {**JSON, "Content-Encoding": "gzip"})
    assert (reply.status, reply.code) == (415, "BAD_REQUEST")
    assert (await post(standing, ASK % b"", {**JSON, "Content-Encoding": "identity"})).status == 200


async def test_a_subscription_is_not_served_as_one_answer(standing: Gateway) -> None:
    reply = await post(standing, b'{"query": "subscription { exchangeWallets { outcome } }"}')
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")
    assert "text/event-stream" in reply.error["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_not_allowed_and_which_are_is_said(standing: Gateway, method: str) -> None:
    reply = await request(standing, method, "/graphql", JSON, ASK % b"")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "BAD_REQUEST", "GET, POST")


async def test_the_least_that_is_asked_for_and_the_most_that_may_be_sent_along_is_answered(standing: Gateway) -> None:
    for more in (b"", b', "variables": null, "operationName": null', b', "variables": {"unused": 1}, "extensions": {}'):
        reply = await post(standing, ASK % more)
        assert (reply.status, msgspec.json.decode(reply.body)["data"]) == (200, {"limits": {"maxDepth": 15}})


async def test_one_operation_of_several_is_chosen_by_its_name(standing: Gateway) -> None:
    query = "query A { limits { maxDepth } } query B { limits { maxCost } }"
    reply = await post(standing, msgspec.json.encode({"query": query, "operationName": "B"}))
    assert msgspec.json.decode(reply.body)["data"] == {"limits": {"maxCost": 150_000}}


LITERALS = {
    "an integer without end": ("{ account(address: %s) { runes(first: " + "9" * 5000 + ") { outcome } } }"),
    "a float for an integer": "{ account(address: %s) { runes(first: 1.5) { outcome } } }",
    "a field that is not there": "{ account(address: %s) { balance } }",
    "a selection on a leaf": "{ account(address: %s) { id { x } } }",
    "an undefined variable": "{ account(address: %s) { runes(first: $first) { outcome } } }",
    "an argument twice": "{ rune(id: 1, id: 1) { id } account(address: %s) { id } }",
    "a mutation": "mutation { account(address: %s) { id } }",
}


@pytest.mark.parametrize("query", LITERALS.values(), ids=LITERALS.keys())
async def test_a_document_that_does_not_fit_the_schema_is_told_so(standing: Gateway, query: str) -> None:
    answer = await standing.ask(query % '"1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"')
    assert set(answer.codes) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "data" not in answer.body
    for error in answer.body["errors"]:
        assert "int_max_str_digits" not in error["message"]


@pytest.mark.parametrize("query", ["{", "}", "   ", "{ a", "query {{ }}", "{ \u0000 }", "{a{" * 400, '{ a(b: "'])
async def test_a_document_that_does_not_parse_is_told_so(standing: Gateway, query: str) -> None:
    answer = await standing.ask(query)
    assert answer.codes == ["GRAPHQL_PARSE_FAILED"]
    assert "data" not in answer.body


WRONG_VARIABLES = {
    "a float": 1.5,
    "true": True,
    "an object": {},
    "a list of two": ["1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22", 1],
    "null": None,
    "a huge integer": 2**63 - 1,
    "control characters": "\u0000\u0007",
}


@pytest.mark.parametrize("variable", WRONG_VARIABLES.values(), ids=WRONG_VARIABLES.keys())
async def test_a_variable_of_another_type_is_told_so(standing: Gateway, variable: object) -> None:
    answer = await standing.ask("query ($a: Address!) { account(address: $a) { id } }", {"a": variable})
    assert answer.codes == ["BAD_USER_INPUT"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
QUERIES = st.sampled_from(
    [
        "{ limits { maxDepth } }",
        "query ($v: [_Any!]!) { _entities(representations: $v) { __typename } }",
        "query ($v: Address!) { account(address: $v) { id } }",
        'query ($v: RuneFilter) { account(address: "1") { runes(filter: $v) { outcome } } }',
        "query ($v: [String!]) { exchangeWallets(currencies: $v) { outcome } }",
    ]
)
MEMBERS = st.fixed_dictionaries(
    {"query": QUERIES | VALUES},
    optional={
        "variables": st.fixed_dictionaries({"v": VALUES}) | VALUES,
        "operationName": VALUES,
        "extensions": VALUES,
    },
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=MEMBERS | VALUES)
async def test_whatever_json_comes_in_json_goes_out_and_nothing_crashes(standing: Gateway, body: object) -> None:
    reply = await post(standing, msgspec.json.encode(body))
    assert reply.status in (200, 400)
    answer = msgspec.json.decode(reply.body)
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert "INTERNAL" not in codes
    assert (reply.status == 400) <= (codes == {"BAD_REQUEST"})
