"""Pages of other origins may ask where the operator lists them, and cannot make a browser ask where not."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.running import Gateway, running_gateway
from tests.server.wire import JSON, get, post, request

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = b'{"query": "{ limits { maxDepth } }"}'
ASK = "/graphql?query={limits{maxDepth}}"
APP, EVIL = "https://app.example", "https://evil.example"
# What may be asked before the asking: a page sends a key, and JSON.
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def listing() -> AsyncIterator[Gateway]:
    """Give a gateway that lets one web app in."""
    async with running_gateway(GATEWAY_CORS_ORIGINS=f'["{APP}", "http://localhost:3000"]') as running:
        yield running


async def test_a_listed_origin_may_ask_and_read_with_a_key_and_without_cookies(listing: Gateway) -> None:
    for origin in (APP, "http://localhost:3000"):
        leave = await request(listing, "OPTIONS", "/graphql", {"Origin": origin, **PREFLIGHT})
        assert leave.status == 200
        assert leave.headers["Access-Control-Allow-Origin"] == origin
        assert leave.headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert leave.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
        assert "Access-Control-Allow-Credentials" not in leave.headers
        reply = await post(listing, BODY, {**JSON, "Origin": origin})
        assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, origin)
        assert reply.headers["Access-Control-Expose-Headers"] == "Age, Retry-After, WWW-Authenticate"
        assert "Access-Control-Allow-Credentials" not in reply.headers


async def test_a_refusal_can_be_read_by_a_listed_origin_too(listing: Gateway) -> None:
    reply = await post(listing, BODY, {**JSON, "Origin": APP, "Authorization": "Bearer demo.wrong"})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (401, APP)


async def test_an_answer_says_that_it_depends_on_the_origin_even_where_there_is_none(listing: Gateway) -> None:
    for headers in ({}, {"Origin": APP}, {"Origin": EVIL}):
        assert "Origin" in (await post(listing, BODY, {**JSON, **headers})).headers["Vary"]


@pytest.mark.parametrize(
    "origin", [EVIL, "null", "https://app.example.evil.example", "http://app.example", "https://app.example:444", "*"]
)
async def test_another_origin_is_let_neither_ask_nor_read(listing: Gateway, origin: str) -> None:
    refused = await request(listing, "OPTIONS", "/graphql", {"Origin": origin, **PREFLIGHT})
    assert (refused.status, refused.code) == (400, "FORBIDDEN")
    assert "Access-Control-Allow-Origin" not in refused.headers
    assert "Access-Control-Allow-Origin" not in (await post(listing, BODY, {**JSON, "Origin": origin})).headers


async def test_a_listed_origin_has_no_other_methods(listing: Gateway) -> None:
    headers = {"Origin": APP, "Access-Control-Request-Method": "DELETE"}
    assert (await request(listing, "OPTIONS", "/graphql", headers)).code == "FORBIDDEN"


async def test_no_origin_is_listed_unless_the_operator_says_so(standing: Gateway) -> None:
    refused = await request(standing, "OPTIONS", "/graphql", {"Origin": APP, **PREFLIGHT})
    assert (refused.status, refused.code, refused.headers["Allow"]) == (405, "BAD_REQUEST", "GET, POST")
    for reply in (refused, await post(standing, BODY, {**JSON, "Origin": APP})):
        assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


# What browsers add to a link, an image, a script, a form and a fetch of another site's page.
ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": EVIL},
    {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
    {"Origin": EVIL},
    {"Sec-Fetch-Site": "whatever comes next"},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_a_page_elsewhere_cannot_make_a_browser_get_an_answer(
    standing: Gateway, listing: Gateway, headers: dict[str, str]
) -> None:
    for gateway in (standing, listing):
        reply = await get(gateway, ASK, {**headers, "Accept": "*/*"})
        assert (reply.status, reply.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_form_elsewhere_cannot_make_a_browser_post_a_query(standing: Gateway, content_type: str) -> None:
    reply = await post(standing, BODY, {"Content-Type": content_type, "Sec-Fetch-Site": "cross-site"})
    assert reply.status == 415


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Accept": "text/html,*/*;q=0.8"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
        {"Sec-Fetch-Mode": "cors"},
    ],
)
async def test_a_person_a_page_of_ours_and_a_program_may_get_one(standing: Gateway, headers: dict[str, str]) -> None:
    assert (await get(standing, ASK, headers)).status == 200


async def test_a_listed_origin_may_get_one(listing: Gateway) -> None:
    reply = await get(listing, ASK, {"Origin": APP, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"})
    assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (200, APP)


async def test_a_link_elsewhere_leads_to_the_page(standing: Gateway) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Accept": "text/html"}
    assert (await get(standing, "/graphql", headers)).status == 200
