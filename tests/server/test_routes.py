"""What is served beside posted queries: queries in a URL, health, GraphiQL and its settings."""

from urllib.parse import quote

import msgspec
import pytest

from gateway.server.page import page_html
from tests.running import DEMO_KEY, Gateway
from tests.server.wire import JSON, JSON_TYPE, get, post, request

pytestmark = pytest.mark.asyncio(loop_scope="module")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_query_may_come_in_the_url(standing: Gateway) -> None:
    query = quote("query A($a: Address!) { account(address: $a) { chain } } query B { limits { maxDepth } }")
    variables = quote('{"a": "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"}')
    reply = await get(standing, f"/graphql?query={query}&variables={variables}&operationName=A")
    assert reply.status == 200
    assert reply.headers["Content-Type"] == JSON_TYPE
    assert msgspec.json.decode(reply.body)["data"] == {"account": {"chain": "BITCOIN"}}


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "?query=",
        "?variables={}",
        "?query={limits{maxDepth}}&variables=[",
        "?query={limits{maxDepth}}&variables=[]",
        "?query={limits{maxDepth}}&variables=1",
        "?query={limits{maxDepth}}&variables=%ff",
        "?query={limits{maxDepth}}&operationName=Other",
        "?query={limits{maxDepth}}&extensions=1",
        "?query=%7Blimits%7BmaxDepth%7D%7D%ff",
        "?query={limits{maxDepth}}&query={limits{maxCost}}",
        "?query=subscription{limits{maxDepth}}",
    ],
)
async def test_a_url_that_will_not_do_is_a_bad_request(standing: Gateway, parameters: str) -> None:
    reply = await get(standing, f"/graphql{parameters}")
    assert (reply.status, reply.code) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("more", ["variables=", "variables=null", "variables={}", "operationName=", "extensions=&_=7"])
async def test_what_is_empty_in_a_url_is_as_good_as_left_out(standing: Gateway, more: str) -> None:
    reply = await get(standing, f"/graphql?query={{limits{{maxDepth}}}}&{more}")
    assert (reply.status, msgspec.json.decode(reply.body)["data"]) == (200, {"limits": {"maxDepth": 15}})


async def test_a_mutation_is_posted_and_never_run_from_a_url(standing: Gateway) -> None:
    reply = await get(standing, "/graphql?query=mutation{limits{maxDepth}}")
    assert (reply.status, reply.code, reply.headers["Allow"]) == (405, "BAD_REQUEST", "POST")


@pytest.mark.parametrize("path", ["/nothing", "/graphql/more", "/graphiql/nothing.js", "/_sandbox", "/.env"])
async def test_what_is_not_there_is_not_found(standing: Gateway, path: str) -> None:
    reply = await get(standing, path)
    assert (reply.status, reply.code) == (404, "BAD_REQUEST")
    assert (await post(standing, b"{}", path=path)).status in (404, 405)


async def test_a_path_cannot_lead_out_of_the_page(standing: Gateway) -> None:
    reply = await get(standing, "/graphiql/%2e%2e/server.py")
    assert reply.status == 404
    assert b"Starlette" not in reply.body


async def test_health_is_told_without_asking_anyone(standing: Gateway) -> None:
    reply = await get(standing, "/healthz")
    assert (reply.status, msgspec.json.decode(reply.body)) == (200, {"status": "ok", "version": "0.1.0"})
    assert not any(calls for calls in standing.sandbox.calls.values())
    assert (await request(standing, "HEAD", "/healthz", {})).status == 200
    refused = await post(standing, b"", path="/healthz")
    assert (refused.status, refused.code) == (405, "BAD_REQUEST")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD"}


async def test_the_root_leads_to_the_page(standing: Gateway) -> None:
    reply = await get(standing, "/")
    assert (reply.status, reply.headers["Location"]) == (307, "/graphql")


async def test_a_browser_gets_graphiql_where_other_clients_hear_what_is_missing(standing: Gateway) -> None:
    page = await get(standing, "/graphql", HTML)
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert page.body.decode() == page_html()
    assert (await get(standing, "/graphql", {"Accept": "*/*"})).code == "BAD_REQUEST"
    asked = await get(standing, "/graphql?query={limits{maxDepth}}", HTML)
    assert msgspec.json.decode(asked.body)["data"] == {"limits": {"maxDepth": 15}}


async def test_the_page_learns_of_the_sandbox_and_its_key(standing: Gateway) -> None:
    settings = msgspec.json.decode((await get(standing, "/graphiql/settings.json")).body)
    assert settings == {"sandbox": True, "demoKey": DEMO_KEY}


async def test_an_introspection_query_is_answered(standing: Gateway) -> None:
    reply = await post(standing, b'{"query": "{ __schema { queryType { name } } }"}', JSON)
    assert msgspec.json.decode(reply.body)["data"] == {"__schema": {"queryType": {"name": "Query"}}}
