"""JSON-RPC 2.0 over POST: single calls, and batches matched by id."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from gateway.domain.problem import UpstreamError
from gateway.domain.sources import Effort
from gateway.upstream.session import Reply
from gateway.upstream.status import error_of
from gateway.upstream.upstream import Call, Upstream

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
    """Calls one node's methods.

    `meaning` gives the `UpstreamError` that a node's error stands for. One that is worth asking again ends an attempt;
    the others are handed out as `RpcError`, for the caller to tell apart.
    """

    def __init__(self, upstream: Upstream, meaning: Callable[[RpcError], UpstreamError]) -> None:
        self._upstream = upstream
        self._meaning = meaning
        self._ids = itertools.count(1)

    async def call(
        self, method: str, params: Sequence[Any], shape: type[T], effort: Effort, check: Callable[[T], None]
    ) -> T:
        """Ask; `check` raises for a result that another node must be asked for."""
        request = self._request(method, params)

        def read(reply: Reply) -> T:
            self._require_ok(reply)
            response = self._upstream.decode(reply.body, _Response)
            result = self._result(response, shape)
            if response.id != request["id"] and not (isinstance(result, RpcError) and response.id is None):
                raise self._upstream.misfit("$.id: not the request's own")
            if isinstance(result, RpcError):
                raise self._raised(result)
            check(result)
            return result

        return await self._upstream.ask(self._post(method, request), read, effort)

    async def batch(
        self, method: str, many: Sequence[Sequence[Any]], shape: type[T], effort: Effort
    ) -> Sequence[T | RpcError | UpstreamError] | None:
        """Ask many at once; the results have the order of the questions, whatever order they came in.

        Gives None where the node takes no batches.
        """
        requests = [self._request(method, params) for params in many]

        def read(reply: Reply) -> Sequence[T | RpcError | UpstreamError] | None:
            if reply.status in _BATCH_REFUSALS:
                return None
            self._require_ok(reply)
            if not reply.body.lstrip().startswith(b"["):
                self._raise_unless_about_batches(reply)
                return None
            responses = self._upstream.decode(reply.body, list[_Response])
            return self._in_order(requests, responses, shape)

        return await self._upstream.ask(self._post(method, requests), read, effort)

    def _in_order(
        self, requests: Sequence[Mapping[str, Any]], responses: Sequence[_Response], shape: type[T]
    ) -> Sequence[T | RpcError | UpstreamError]:
        found: dict[int | str | None, T | RpcError | UpstreamError] = {}
        for response in responses:
            again = response.id in found
            found[response.id] = self._twice() if again else self._item(response, shape)
        return [found.get(request["id"]) or self._missing() for request in requests]

    def _raise_unless_about_batches(self, reply: Reply) -> None:
        if not reply.body.strip():
            return
        response = self._upstream.decode(reply.body, _Response)
        if response.error is not None:
            error = self._raised(RpcError(response.error.code, response.error.message))
            if isinstance(error, UpstreamError):
                raise error

    def _raised(self, error: RpcError) -> RpcError | UpstreamError:
        meaning = self._meaning(error)
        return meaning if meaning.retryable else error

    def _item(self, response: _Response, shape: type[T]) -> T | RpcError | UpstreamError:
        try:
            result = self._result(response, shape)
        except UpstreamError as error:
            return error
        return self._raised(result) if isinstance(result, RpcError) else result

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

    def _post(self, method: str, message: object) -> Call:
        return Call(method, body=msgspec.json.encode(message))

    def _require_ok(self, reply: Reply) -> None:
        if reply.status != HTTPStatus.OK:
            raise error_of(self._upstream.provider, reply.status, reply.headers.get("Retry-After"))
