"""JSON-RPC as agave's server reads it: strict about members, and silent to notifications."""

from dataclasses import dataclass
from typing import Final

import msgspec

from gateway.sandbox.wire import Json

_MEMBERS = {"jsonrpc", "method", "params", "id"}
_ID_LIMIT = 2**64
_UNSUPPORTED_VERSION = "Unsupported JSON-RPC protocol version"


class RpcError(Exception):
    """What the node says instead of a result."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def shown(self) -> dict[str, Json]:
        told = {"code": self.code, "message": self.message}
        return told if self.data is None else {**told, "data": self.data}


INVALID_REQUEST: Final = (-32600, "Invalid request")
METHOD_NOT_FOUND: Final = (-32601, "Method not found")
PARSE_ERROR: Final = (-32700, "Parse error")


def invalid_params(message: str, data: Json = None) -> RpcError:
    return RpcError(-32602, message, data)


@dataclass(frozen=True, slots=True)
class RpcCall:
    """One call of a request; a notification gets no reply. `refusal` is set when the call is none."""

    method: str
    params: list[Json] | dict[str, Json]
    id: Json
    notification: bool = False
    refusal: RpcError | None = None


def read(body: bytes) -> RpcCall | list[RpcCall]:
    """A single call or a batch; raise RpcError when the body is no JSON."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RpcError(*PARSE_ERROR) from None
    return [_call(item) for item in told] if isinstance(told, list) else _call(told)


def result(call: RpcCall, answer: Json) -> dict[str, Json]:
    return {"jsonrpc": "2.0", "result": answer, "id": call.id}


def error(call_id: Json, refused: RpcError) -> dict[str, Json]:
    return {"jsonrpc": "2.0", "error": refused.shown(), "id": call_id}


def _call(told: Json) -> RpcCall:
    if not isinstance(told, dict):
        return _invalid(None)
    call_id, notification = told.get("id"), "id" not in told
    readable = (
        set(told) <= _MEMBERS
        and _is_id(call_id)
        and isinstance(told.get("method"), str)
        and isinstance(told.get("params"), list | dict | None)
        and told.get("jsonrpc") in ("2.0", None)
    )
    if not readable:
        return _invalid(call_id if _is_id(call_id) else None)
    refusal = None if told.get("jsonrpc") else RpcError(INVALID_REQUEST[0], _UNSUPPORTED_VERSION)
    params = told.get("params")
    return RpcCall(told["method"], [] if params is None else params, call_id, notification, refusal)


def _invalid(call_id: Json) -> RpcCall:
    return RpcCall("", [], call_id, refusal=RpcError(*INVALID_REQUEST))


def _is_id(told: Json) -> bool:
    return told is None or isinstance(told, str) or (type(told) is int and 0 <= told < _ID_LIMIT)
