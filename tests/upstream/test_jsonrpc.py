"""JSON-RPC by itself: requests that a strict node takes, ids that never repeat, and errors that repeat no words."""

import asyncio
from typing import Any

import msgspec
import pytest

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.upstream.jsonrpc import RpcError
from tests.providers.recorded import Asked, Recorded, Told, always, serve_recorded, told
from tests.upstream.opening import PlainRpc, open_upstream


def echo(asked: Asked) -> Told:
    """Answer every call with its own parameters, and a batch in reverse."""
    calls: Any = asked.tree
    if isinstance(calls, list):
        return told([{"id": call["id"], "result": call["params"]} for call in reversed(calls)])
    return told({"id": calls["id"], "result": calls["params"]})


def sent(recorded: Recorded) -> list[dict[str, Any]]:
    """List the calls that came, those of batches one by one."""
    trees = [asked.tree for asked in recorded.asked]
    return [call for tree in trees for call in (tree if isinstance(tree, list) else [tree])]


async def test_a_request_has_the_members_that_a_strict_node_takes_and_no_other() -> None:
    async with serve_recorded(echo) as recorded, open_upstream(recorded.url) as upstream:
        rpc = PlainRpc(upstream)
        assert await rpc.call("method", ["key", 2**64 - 1], list[Any]) == ["key", 2**64 - 1]
        assert await rpc.batch("method", [["a"], ["b"]], list[str]) == [["a"], ["b"]]
        calls = sent(recorded)
    assert [set(call) for call in calls] == [{"jsonrpc", "id", "method", "params"}] * 3
    assert {call["jsonrpc"] for call in calls} == {"2.0"}


async def test_ids_never_repeat_and_calls_at_once_get_their_own_answers() -> None:
    async with serve_recorded(echo) as recorded, open_upstream(recorded.url) as upstream:
        rpc = PlainRpc(upstream)
        singles = (rpc.call("method", [number], list[int]) for number in range(20))
        batches = (rpc.batch("method", [[number], [-number]], list[int]) for number in range(20, 40))
        assert await asyncio.gather(*singles) == [[number] for number in range(20)]
        assert await asyncio.gather(*batches) == [[[number], [-number]] for number in range(20, 40)]
        ids = [call["id"] for call in sent(recorded)]
    assert len(set(ids)) == len(ids) == 60


async def test_an_error_keeps_the_nodes_words_out_of_what_is_printed() -> None:
    error = {"code": -32602, "message": "canary", "data": "canary"}
    async with serve_recorded(always({"id": 1, "error": error})) as recorded, open_upstream(recorded.url) as upstream:
        with pytest.raises(RpcError) as raised:
            await PlainRpc(upstream).call("method", [], int)
    assert (raised.value.code, raised.value.message) == (-32602, "canary")
    assert "canary" not in f"{raised.value} {raised.value!r}"


async def test_a_result_of_another_type_is_the_nodes_breach_and_is_not_quoted() -> None:
    body = msgspec.json.encode({"id": 1, "result": "canary"})
    async with serve_recorded(always(body)) as recorded, open_upstream(recorded.url) as upstream:
        with pytest.raises(UpstreamError) as raised:
            await PlainRpc(upstream).call("method", [], int)
    assert raised.value.code is ProblemCode.PROTOCOL
    assert "canary" not in f"{raised.value!r} {raised.value.detail}"
