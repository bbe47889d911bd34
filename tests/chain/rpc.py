"""JSON-RPC 2.0 over HTTP as a stock Solana node speaks it: status 200 throughout, batches in order."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import web

from tests.chain.node import Node
from tests.chain.params import RpcError, read_params

MAX_BODY = 50 * 1024
_CONTENT_TYPES = ("application/json", "application/json;charset=utf-8")
_MEMBERS = {"jsonrpc", "id", "method", "params"}
_U64 = 2**64
_NODE = web.AppKey("node", Node)


@asynccontextmanager
async def serve_rpc(node: Node) -> AsyncIterator[str]:
    """Serve the node on a free port of loopback; yields its URL."""
    app = web.Application()
    app[_NODE] = node
    app.router.add_route("*", "/", _reply)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    try:
        await web.SockSite(runner, listener).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()
        listener.close()


async def _reply(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return await request.app[_NODE].pubsub.serve(request)
    if request.method != "POST":
        return web.Response(status=405, text="Used HTTP Method is not allowed. POST or OPTIONS is required\n")
    if request.headers.get("Content-Type", "").replace(" ", "").lower() not in _CONTENT_TYPES:
        return web.Response(
            status=415, text="Supplied content type is not allowed. Content-Type: application/json is required\n"
        )
    # One byte past the limit is enough to know.
    body = await _read_up_to(request, MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return web.Response(status=413, text="request body size exceeds allowed maximum\n")
    try:
        body.decode()
    except UnicodeDecodeError:
        return web.Response(status=400, text="request body is not valid UTF-8\n")
    answer = _answer(request.app[_NODE], body)
    # Sorted, because a node's results pass through a sorted map.
    text = b"" if answer is None else msgspec.json.encode(answer, order="sorted") + b"\n"
    return web.Response(body=text, headers={"Content-Type": "application/json; charset=utf-8"})


async def _read_up_to(request: web.Request, limit: int) -> bytes:
    body = b""
    while len(body) < limit and (chunk := await request.content.read(limit - len(body))):
        body += chunk
    return body


def _answer(node: Node, body: bytes) -> Any:
    """The reply to one call or to a batch; None where there is nothing to say."""
    try:
        question = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _failure(None, RpcError(-32700, "Parse error"))
    if isinstance(question, list):
        return [reply for call in question if (reply := _call(node, call)) is not None] or None
    return _call(node, question)


def _call(node: Node, call: Any) -> dict[str, Any] | None:
    name = call.get("id") if isinstance(call, dict) else None
    if not _is_id(name):
        return _failure(None, RpcError(-32600, "Invalid request"))
    if not _is_call(call):
        return _failure(name, RpcError(-32600, "Invalid request"))
    try:
        result = node.answer(call["method"], read_params(call.get("params")))
    except RpcError as problem:
        reply = _failure(name, problem)
    else:
        reply = {"jsonrpc": "2.0", "result": result, "id": name}
    return reply if "id" in call else None


def _is_id(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return 0 <= value < _U64
    return value is None or isinstance(value, str)


def _is_call(call: Any) -> bool:
    return (
        isinstance(call, dict)
        and call.get("jsonrpc") == "2.0"
        and isinstance(call.get("method"), str)
        and call.keys() <= _MEMBERS
    )


def _failure(name: Any, problem: RpcError) -> dict[str, Any]:
    error = {"code": problem.code, "message": problem.message}
    if problem.data is not None:
        error["data"] = problem.data
    return {"jsonrpc": "2.0", "error": error, "id": name}
