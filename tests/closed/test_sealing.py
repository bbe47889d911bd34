"""Nothing of the inside comes out: whatever fails, and wherever, there is a reference, and the log has the rest."""

import json
from typing import Any

import aiohttp
import pytest
from starlette.middleware import Middleware
from starlette.types import Receive, Scope, Send
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType
from structlog.testing import capture_logs

from gateway.domain.caller import Caller
from gateway.domain.network import Networks
from gateway.schema.context import Context
from gateway.server.endpoint import Endpoint
from gateway.server.parts import Parts
from tests.closed.broken import HOOKS, Breaking, BrokenResult, app, results, schema, served
from tests.server.crashing import INSIDE, crashing_server, parts

FIELDS = ["number", "colour", "numbers", "text", "nothing", "raising", "told", "grouped"]


class HollowParts(Parts):
    """Lacks what entities are resolved with."""

    def context(self, caller: Caller, timeout: float | None = None, max_age: int | None = None) -> Context:
        whole = Parts.context(self, caller, timeout, max_age)
        nothing: Any = None
        networks: Networks = nothing
        return Context(
            whole.caller,
            whole.loaders,
            networks,
            whole.limits,
            whole.health,
            whole.clock,
            whole.pay,
            whole.listening,
            whole.timeout,
        )


def _assert_sealed(text: str, lines: list[Any]) -> None:
    """See that one fault was masked, and that the log has it under the same reference."""
    for part in (INSIDE, "swordfish", "Error(", "Traceback", ".py", "NoneType", "resolver", "inside"):
        assert part not in text
    (error,) = json.loads(text)["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    (line,) = (line for line in lines if line["event"] == "request.crashed")
    assert line["reference"] in error["message"]
    assert isinstance(line["exc_info"], BaseException)


async def _ask(url: str, query: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as http, http.post(f"{url}/graphql", json={"query": query}) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_fault_in_a_hook_is_masked(hook: type[SchemaExtension]) -> None:
    async with served(app(Endpoint(schema(hook), None))) as url:
        with capture_logs() as lines:
            status, text = await _ask(url, "{ well }")
    assert status in (200, 500)
    _assert_sealed(text, lines)


@pytest.mark.parametrize("field", FIELDS)
async def test_a_fault_in_a_field_or_in_what_it_gives_is_masked(field: str) -> None:
    async with served(app(Endpoint(schema(), None))) as url:
        with capture_logs() as lines:
            _, text = await _ask(url, f"{{ {field} }}")
    _assert_sealed(text, lines)
    assert json.loads(text)["errors"][0]["path"] == [field]


async def test_a_fault_in_the_answers_making_is_masked() -> None:
    async with served(app(BrokenResult(schema(), None))) as url:
        with capture_logs() as lines:
            status, text = await _ask(url, "{ well }")
    assert status == 500
    _assert_sealed(text, lines)


async def test_a_fault_in_an_entity_is_masked() -> None:
    account = '{__typename: "Account", address: "1AzvGNJwEgQvu6eFfeQDjcetPiRi3rfa22"}'
    query = f"{{ _entities(representations: [{account}]) {{ __typename }} }}"
    async with crashing_server(parts(HollowParts)) as url:
        with capture_logs() as lines:
            _, text = await _ask(url.removesuffix("/graphql"), query)
    _assert_sealed(text, lines)


async def _raise(*_: Any) -> None:
    raise RuntimeError(INSIDE)


async def test_a_fault_in_a_middleware_is_masked() -> None:
    async with served(app(Endpoint(schema(), None), Middleware(Breaking, act=_raise))) as url:
        with capture_logs() as lines:
            status, text = await _ask(url, "{ well }")
    assert status == 500
    _assert_sealed(text, lines)


async def _break_off(_: Scope, __: Receive, send: Send) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data":', "more_body": True})
    raise RuntimeError(INSIDE)


async def test_an_answer_that_breaks_off_is_cut_short_and_the_fault_is_in_the_log_alone() -> None:
    async with served(app(Endpoint(schema(), None), Middleware(Breaking, act=_break_off))) as url:
        with capture_logs() as lines, pytest.raises(aiohttp.ClientPayloadError):
            await _ask(url, "{ well }")
    assert [str(line["exc_info"]) for line in lines if line["event"] == "request.crashed"] == [INSIDE]


async def _accept_and_raise(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    raise RuntimeError(INSIDE)


async def _close_and_raise(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 4400, "reason": "told"})
    raise RuntimeError(INSIDE)


@pytest.mark.parametrize(("act", "code"), [(_accept_and_raise, 1011), (_close_and_raise, 4400)])
async def test_a_fault_under_a_websocket_closes_it_without_a_word(
    act: Any, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(app(Endpoint(schema(), None), Middleware(Breaking, act=act))) as url:
        with capture_logs() as lines:
            async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/graphql") as socket:
                message = await socket.receive()
                assert message.type is aiohttp.WSMsgType.CLOSE
                assert (message.data, message.extra) == (code, "told" if code == 4400 else "")
    assert [str(line["exc_info"]) for line in lines if line["event"] == "request.crashed"] == [INSIDE]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def _streamed(broken: Any, query: str) -> list[dict[str, Any]]:
    kinds = (OperationType.QUERY, OperationType.SUBSCRIPTION)
    stream = await broken.stream(query, allowed_operation_types=kinds)
    return [error async for answer in stream for error in results(answer)]


@pytest.mark.parametrize("hook", HOOKS)
async def test_a_fault_in_a_hook_is_masked_on_a_stream_too(hook: type[SchemaExtension]) -> None:
    with capture_logs() as lines:
        errors = await _streamed(schema(hook), "{ well }")
    _assert_sealed(json.dumps({"errors": errors[-1:]}), lines)
    assert not any(INSIDE in str(error) for error in errors)


@pytest.mark.parametrize("field", FIELDS)
async def test_a_fault_in_a_field_is_masked_on_a_stream_too(field: str) -> None:
    with capture_logs() as lines:
        errors = await _streamed(schema(), f"{{ {field} }}")
    _assert_sealed(json.dumps({"errors": errors}), lines)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing_such }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("", "BAD_REQUEST"),
        ("mutation { well }", "BAD_REQUEST"),
        ("fragment F on Query { well }", "BAD_REQUEST"),
        ("query ($n: Int = 1) { echo(number: $n) }", ""),
        ('query ($n: Int = "x") { echo(number: $n) }', "GRAPHQL_VALIDATION_FAILED"),
        ("query ($n: Int!) { echo(number: $n) }", "BAD_USER_INPUT"),
    ],
)
async def test_what_is_the_callers_is_told_on_a_stream_with_its_code(query: str, code: str) -> None:
    with capture_logs() as lines:
        errors = await _streamed(schema(), query)
    assert [error["extensions"]["code"] for error in errors] == ([code] if code else [])
    assert lines == []


async def test_a_value_that_an_argument_cannot_take_is_the_callers() -> None:
    with capture_logs() as lines:
        answer = await schema().execute("query ($n: Int = 1) { echo(number: $n) }", {"n": None})
    assert [error["extensions"]["code"] for error in results(answer)] == ["BAD_USER_INPUT"]
    assert lines == []
