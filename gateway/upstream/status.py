"""What an HTTP status from a provider means, whatever the body says."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider

# Longer waits than this are not worth telling anyone: the provider is out of order, or lying.
MAX_RETRY_AFTER = 3600

_CODES = MappingProxyType(
    {
        HTTPStatus.BAD_REQUEST: ProblemCode.REJECTED,
        HTTPStatus.UNAUTHORIZED: ProblemCode.UPSTREAM_UNAUTHENTICATED,
        HTTPStatus.FORBIDDEN: ProblemCode.UPSTREAM_FORBIDDEN,
        # Never "nothing there": a mistyped path must not look like an empty account.
        HTTPStatus.NOT_FOUND: ProblemCode.REJECTED,
        HTTPStatus.REQUEST_TIMEOUT: ProblemCode.UNAVAILABLE,
        HTTPStatus.CONFLICT: ProblemCode.REJECTED,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ProblemCode.REJECTED,
        HTTPStatus.UNPROCESSABLE_ENTITY: ProblemCode.REJECTED,
        HTTPStatus.TOO_MANY_REQUESTS: ProblemCode.RATE_LIMITED,
        # gRPC gateways write "client cancelled" as 499.
        499: ProblemCode.UNAVAILABLE,
        HTTPStatus.NOT_IMPLEMENTED: ProblemCode.PROTOCOL,
    }
)
_NO_OVERRIDES: Mapping[int, ProblemCode] = MappingProxyType({})


def retry_after(value: str | None) -> int | None:
    """Read whole seconds from a `Retry-After` header; other forms and absurd waits count as not given."""
    if value is None or not value.isascii() or not value.isdigit() or len(value) > len(str(MAX_RETRY_AFTER)):
        return None
    seconds = int(value)
    return seconds if seconds <= MAX_RETRY_AFTER else None


def error_of(
    provider: Provider,
    status: int,
    wait: str | None = None,
    overrides: Mapping[int, ProblemCode] = _NO_OVERRIDES,
) -> UpstreamError:
    """Give the error that a status other than 200 stands for; `wait` is the `Retry-After` header."""
    server_fault = ProblemCode.UNAVAILABLE if status >= HTTPStatus.INTERNAL_SERVER_ERROR else ProblemCode.PROTOCOL
    code = overrides.get(status) or _CODES.get(status) or server_fault
    return UpstreamError(code, provider, detail=f"HTTP status {status}", retry_after=retry_after(wait))
