"""Over HTTP a subscription is a stream of events or of parts, for clients that name it, and nothing else changes."""

import asyncio
from collections.abc import AsyncGenerator

import aiohttp
import msgspec
import pytest
from aiohttp import ClientSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.types.execution import ExecutionResult

from gateway.schema.errors import CallerError
from gateway.server.streams.form import EVENTS as EVENT_FORM
from gateway.server.streams.form import PARTS as PART_FORM
from gateway.server.streams.form import Form
from gateway.server.streams.response import StreamResponse
from tests.closed.broken import served as served_app
from tests.server.crashing import INSIDE
from tests.transports.board import KEY, LISTEN, serving
from tests.transports.stream import EVENTS, PARTS, streamed

FORMS = pytest.mark.parametrize("accept", [EVENTS, PARTS])
# What urql sends with every query, and with a subscription.
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
URQL_SUBSCRIPTION = "text/event-stream, multipart/mixed"


@FORMS
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_listener_hears_the_present_state_and_then_each_change_once_and_in_order(
    accept: str, method: str
) -> None:
    async with serving() as served:
        served.board.tell(1)
        async with streamed(served, accept=accept, method=method) as stream:
            assert stream.response.status == 200
            assert await stream.figure() == 1
            for value in (2, 3, 3, 4):
                served.board.tell(value)
            assert [await stream.figure() for _ in range(3)] == [2, 3, 4]


async def test_events_are_written_as_graphql_sse_lays_down() -> None:
    async with serving() as served, streamed(served, "subscription { once }") as stream:
        assert stream.response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert await stream.piece() == b":"
        for value in (1, 2):
            name, _, data = (await stream.piece()).partition(b"\n")
            assert (name, msgspec.json.decode(data.removeprefix(b"data: "))["data"]) == (
                b"event: next",
                {"once": value},
            )
        assert await stream.rest() == b"event: complete\ndata: \n\n"


async def test_parts_are_written_as_apollo_lays_down_and_each_is_closed_by_its_boundary() -> None:
    async with serving() as served, streamed(served, "subscription { once }", accept=PARTS) as stream:
        assert stream.response.headers["Content-Type"] == 'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"'
        assert await stream.piece() == b""
        for value in (1, 2):
            head, _, body = (await stream.piece()).partition(b"\r\n\r\n")
            assert head == b"\r\ncontent-type: application/json"
            assert msgspec.json.decode(body)["payload"]["data"] == {"once": value}
        assert await stream.rest() == b"--\r\n"


@FORMS
async def test_nothing_on_the_way_may_keep_gather_or_compress_a_stream(accept: str) -> None:
    async with serving() as served:
        headers = {"Accept": accept, "Accept-Encoding": "gzip"}
        served.board.padding = 5000
        served.board.tell(1)
        async with served.http.post(served.url, json={"query": LISTEN}, headers=headers) as response:
            assert response.headers["Cache-Control"] == "no-store, no-transform"
            assert response.headers["X-Accel-Buffering"] == "no"
            assert "Content-Encoding" not in response.headers
            assert {"Accept", "Authorization", "X-Max-Age"} <= set(response.headers["Vary"].split(", "))
            assert b'"value":1' in await response.content.readuntil(b'"value":1')


@FORMS
async def test_one_that_goes_away_is_no_longer_listened_for(accept: str) -> None:
    async with serving() as served:
        async with streamed(served, accept=accept):
            await served.board.listened(1)
            assert await served.metric("gateway_subscriptions") == 1
        await served.board.listened(0)
        assert await served.metric("gateway_subscriptions") == 0


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/*", "multipart/mixed", "text/event-stream;q=0, */*"]
)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_is_refused_where_no_stream_is_named(accept: str, method: str) -> None:
    async with serving() as served, streamed(served, accept=accept, method=method) as stream:
        body = msgspec.json.decode(await stream.rest())
        if accept in ("text/*", "multipart/mixed"):
            assert stream.response.status == 406
            return
        assert (stream.response.status, body["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
        assert "text/event-stream" in body["errors"][0]["message"]


@pytest.mark.parametrize("accept", [URQL, PARTS, "text/event-stream, application/json;q=0.1"])
async def test_a_query_is_answered_in_json_wherever_that_will_do(accept: str) -> None:
    async with serving() as served, streamed(served, "{ __typename }", accept=accept) as stream:
        assert stream.response.content_type in ("application/json", "application/graphql-response+json")
        assert msgspec.json.decode(await stream.rest())["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accept", [URQL, URQL_SUBSCRIPTION, f"{PARTS},text/event-stream", "TEXT/Event-Stream"])
async def test_events_are_chosen_where_both_are_named_alike_or_parts_without_their_specification(accept: str) -> None:
    async with serving() as served, streamed(served, accept=accept) as stream:
        assert stream.response.content_type == EVENTS


async def test_parts_are_chosen_where_they_are_preferred() -> None:
    async with serving() as served, streamed(served, accept=f"{PARTS},text/event-stream;q=0.5") as stream:
        assert stream.response.content_type == "multipart/mixed"


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_query_is_streamed_where_nothing_else_will_do(method: str) -> None:
    async with serving() as served, streamed(served, "{ __typename }", method=method) as stream:
        assert (await stream.event())["data"] == {"__typename": "Query"}
        assert await stream.rest() == b"event: complete\ndata: \n\n"


@FORMS
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { secret }", "FORBIDDEN"),
        ('subscription { a: figure(name: "a") { b: value } }', "LIMIT_EXCEEDED"),
    ],
)
async def test_a_subscription_that_is_refused_says_why_in_its_stream(accept: str, query: str, code: str) -> None:
    async with (
        serving(limits={"max_aliases": 1}) as served,
        streamed(served, query, accept=accept, key=KEY) as stream,
    ):
        event = await stream.event()
        answer = event.get("payload", event)
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]
        assert await stream.rest() in (b"event: complete\ndata: \n\n", b"--\r\n")


@FORMS
async def test_a_fault_in_what_is_listened_to_is_masked_and_ends_the_stream(accept: str) -> None:
    async with serving() as served, streamed(served, "subscription { crashing }", accept=accept) as stream:
        assert await stream.event()
        event = await stream.event()
        assert INSIDE not in str(event)
        assert event.get("payload", event)["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert await stream.rest() in (b"event: complete\ndata: \n\n", b"--\r\n")


async def test_a_key_that_opens_nothing_and_a_malformed_request_are_refused_before_there_is_a_stream() -> None:
    async with serving() as served:
        async with streamed(served, key="ann.wrong") as stream:
            assert stream.response.status == 401
        async with served.http.post(served.url, json={"query": 1}, headers={"Accept": EVENTS}) as response:
            assert (response.status, response.content_type) == (400, "application/json")
        headers = {"Accept": EVENTS, "Origin": "https://evil.example"}
        async with served.http.get(served.url, params={"query": LISTEN}, headers=headers) as response:
            assert response.status == 403


async def _silent() -> AsyncGenerator[ExecutionResult, None]:
    await asyncio.get_running_loop().create_future()
    yield ExecutionResult(None, None)


async def _never() -> CallerError:
    await asyncio.get_running_loop().create_future()
    raise AssertionError


@pytest.mark.parametrize(
    ("form", "beat"),
    [(EVENT_FORM, b":\n\n"), (PART_FORM, b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql")],
)
async def test_a_stream_on_which_nothing_happens_says_again_and_again_that_it_is_alive(form: Form, beat: bytes) -> None:
    async def silent(_: Request) -> Response:
        return StreamResponse(_silent(), form, _never, asyncio.Event(), heartbeat=0.001)

    async with (
        served_app(Starlette(routes=[Route("/", silent)])) as url,
        ClientSession() as http,
        http.get(url) as response,
    ):
        assert await response.content.readexactly(len(form.opening)) == form.opening
        assert await response.content.readexactly(3 * len(beat)) == 3 * beat


async def test_one_that_never_began_to_read_is_let_go_too() -> None:
    async with serving() as served:
        timeout = aiohttp.ClientTimeout(sock_connect=5)
        async with ClientSession(timeout=timeout) as http:
            asking = asyncio.create_task(http.post(served.url, json={"query": LISTEN}, headers={"Accept": EVENTS}))
            await served.board.listened(1)
            (await asking).close()
        await served.board.listened(0)
