"""Why a figure could not be read, in words that are the gateway's own."""

import math
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.provider import Provider


class ProblemCode(StrEnum):
    """What went wrong, told apart by what a caller can do about it."""

    TIMEOUT = "TIMEOUT"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    UPSTREAM_UNAUTHENTICATED = "UPSTREAM_UNAUTHENTICATED"
    UPSTREAM_FORBIDDEN = "UPSTREAM_FORBIDDEN"
    REJECTED = "REJECTED"
    PROTOCOL = "PROTOCOL"
    BEHIND = "BEHIND"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    INTERNAL = "INTERNAL"


_RETRYABLE = frozenset({ProblemCode.TIMEOUT, ProblemCode.RATE_LIMITED, ProblemCode.UNAVAILABLE, ProblemCode.BEHIND})

_MESSAGES = {
    ProblemCode.TIMEOUT: "The provider did not answer before the deadline.",
    ProblemCode.RATE_LIMITED: "The provider's rate limit is reached.",
    ProblemCode.UNAVAILABLE: "The provider is down or unreachable.",
    ProblemCode.UPSTREAM_UNAUTHENTICATED: "The provider did not accept the gateway's credential.",
    ProblemCode.UPSTREAM_FORBIDDEN: "The provider's credential may not read this.",
    ProblemCode.REJECTED: "The provider refused the request itself.",
    ProblemCode.PROTOCOL: "The provider's answer could not be understood.",
    ProblemCode.BEHIND: "The node that answered is behind a position already read.",
    ProblemCode.NOT_CONFIGURED: "This provider is not configured on this gateway.",
    ProblemCode.INTERNAL: "Something unforeseen went wrong in the gateway.",
}


class UpstreamError(Exception):
    """What kept one provider's answer from being had; a value beside the answers, or raised for a whole call.

    `detail` is for the log: it may name a field, a status or a rule, and never quotes a body, a URL or a credential.
    `retry_after` is in seconds.
    """

    def __init__(
        self,
        code: ProblemCode,
        provider: Provider,
        *,
        message: str | None = None,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{provider}: {code}{f' ({detail})' if detail else ''}")
        self.code = code
        self.provider = provider
        self.message = message or _MESSAGES[code]
        self.detail = detail
        self.retry_after = retry_after

    @property
    def retryable(self) -> bool:
        """Whether asking again may help."""
        return self.code in _RETRYABLE


@dataclass(frozen=True, slots=True)
class Problem:
    """An upstream error as callers see it; `reference` names the matching line in the gateway's log."""

    code: ProblemCode
    provider: Provider
    message: str
    retryable: bool
    retry_after: int | None
    reference: str

    @classmethod
    def of(cls, error: UpstreamError, reference: str) -> "Problem":
        wait = None if error.retry_after is None else math.ceil(error.retry_after)
        return cls(error.code, error.provider, error.message, error.retryable, wait, reference)
