"""JSON-RPC 2.0 over POST: single calls, and batches matched by id."""

import itertools
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from gateway.domain.problem import UpstreamError
from gateway.upstream.status import error_of
from gateway.upstream.upstream import Call, Reply, Upstream

T = TypeVar("T")

_NOTHING = msgspec.Raw(b"")
# Statuses with which a proxy says "no batches here" rather than "not you" or "not now".
_BATCH_REFUSALS = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.NOT_IMPLEMENTED,
    }
)
_NOT_ABOUT_BATCHES = frozenset({429, -32005, -32016, -32029, -32429, -32603})


class RpcError(Exception):
    """A JSON-RPC error object; `message` is the node's own text: to tell errors apart by, never to pass on."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"JSON-RPC error {code}")
        self.code = code
        self.message = message


class _Error(msgspec.Struct):
    code: int
    message: str = ""


class _Response(msgspec.Struct):
    id: int | str | None = None
    result: msgspec.Raw = _NOTHING
    error: _Error | None = None


class JsonRpc:
    """Calls one node; `RpcError` is what the node says, `UpstreamError` all that goes wrong around it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._ids = itertools.count(1)

    async def call(self, method: str, params: Sequence[Any], shape: type[T]) -> T:
        request = self._request(method, params)
        reply = await self._post(method, request)
        self._require_ok(reply)
        response = self._upstream.decode(reply.body, _Response)
        result = self._result(response, shape)
        if response.id != request["id"] and not (isinstance(result, RpcError) and response.id is None):
            raise self._upstream.misfit("$.id: not the request's own")
        if isinstance(result, RpcError):
            raise result
        return result

    async def batch(
        self, method: str, many: Sequence[Sequence[Any]], shape: type[T]
    ) -> Sequence[T | RpcError | UpstreamError] | None:
        """Ask many at once; the results have the order of the questions, whatever order they came in.

        Gives None where the node takes no batches.
        """
        requests = [self._request(method, params) for params in many]
        reply = await self._post(method, requests)
        if reply.status in _BATCH_REFUSALS:
            return None
        self._require_ok(reply)
        if not reply.body.lstrip().startswith(b"["):
            self._raise_unless_about_batches(reply)
            return None
        responses = self._upstream.decode(reply.body, list[_Response])
        found: dict[int | str | None, T | RpcError | UpstreamError] = {}
        for response in responses:
            again = response.id in found
            found[response.id] = self._twice() if again else self._item(response, shape)
        return [found.get(request["id"]) or self._missing() for request in requests]

    def _raise_unless_about_batches(self, reply: Reply) -> None:
        if not reply.body.strip():
            return
        response = self._upstream.decode(reply.body, _Response)
        if response.error and response.error.code in _NOT_ABOUT_BATCHES:
            raise RpcError(response.error.code, response.error.message)

    def _item(self, response: _Response, shape: type[T]) -> T | RpcError | UpstreamError:
        try:
            return self._result(response, shape)
        except UpstreamError as error:
            return error

    def _result(self, response: _Response, shape: type[T]) -> T | RpcError:
        has_result = bool(bytes(response.result))
        if has_result == (response.error is not None):
            raise self._upstream.misfit("$: neither or both of result and error")
        if response.error is not None:
            return RpcError(response.error.code, response.error.message)
        return self._upstream.decode(bytes(response.result), shape)

    def _missing(self) -> UpstreamError:
        return self._upstream.misfit("$[...].id: one request left without an answer")

    def _twice(self) -> UpstreamError:
        return self._upstream.misfit("$[...].id: one request answered twice")

    def _request(self, method: str, params: Sequence[Any]) -> Mapping[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": params}

    async def _post(self, method: str, message: object) -> Reply:
        return await self._upstream.reply(Call(method, body=msgspec.json.encode(message)))

    def _require_ok(self, reply: Reply) -> None:
        if reply.status != HTTPStatus.OK:
            raise error_of(self._upstream.provider, reply.status, reply.headers.get("Retry-After"))
