"""When to ask again, how long to wait before it, and when to stop: never past the deadline."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.sources import Effort

T = TypeVar("T")

# Up to this part of a wait is added, so that many who failed together do not return together.
_JITTER = 0.25
_WORTH_ASKING_AGAIN = frozenset(
    {ProblemCode.RATE_LIMITED, ProblemCode.UNAVAILABLE, ProblemCode.TIMEOUT, ProblemCode.BEHIND}
)


class Refusal(UpstreamError):
    """An error of the gateway's own in a provider's place: a spent budget, an open circuit. Nobody was asked."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often one call is made again; `first_wait`, in seconds, doubles with each try.

    `told` says what a wait that the provider tells is taken for: itself, less, or None for as good as not told.
    """

    retries: int
    first_wait: float
    told: Callable[[float], float | None] = lambda seconds: seconds

    def wait(self, error: UpstreamError, tries: int) -> float:
        """Seconds to wait after so many tries: as told, else doubling, with jitter."""
        if error.retry_after is not None:
            return error.retry_after
        return self.first_wait * 2.0 ** (tries - 1) * (1 + random.uniform(0, _JITTER))  # noqa: S311 - no secret


def _error(state: RetryCallState) -> UpstreamError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, UpstreamError) else None


def is_worth_asking_again(error: BaseException) -> bool:
    """Say whether another attempt may end otherwise."""
    return isinstance(error, UpstreamError) and not isinstance(error, Refusal) and error.code in _WORTH_ASKING_AGAIN


def retrying(policy: RetryPolicy, effort: Effort, another_host: Callable[[], bool]) -> AsyncRetrying:
    """Drive the attempts of one call; where a host is left that was not tried, the next attempt waits for nothing.

    A rate limit is not waited for where an older answer can stand in.
    """

    def wait(state: RetryCallState) -> float:
        error = _error(state)
        return 0.0 if error is None or another_host() else policy.wait(error, state.attempt_number)

    def stop(state: RetryCallState) -> bool:
        error = _error(state)
        limited = error is not None and error.code is ProblemCode.RATE_LIMITED
        if limited and state.upcoming_sleep > 0 and not effort.may_wait:
            return True
        return state.attempt_number > policy.retries or state.upcoming_sleep >= effort.deadline.remaining()

    return AsyncRetrying(retry=retry_if_exception(is_worth_asking_again), wait=wait, stop=stop, reraise=True)


def after(failed: UpstreamError, attempt: Callable[[], Awaitable[T]]) -> Callable[[], Awaitable[T]]:
    """Give what counts as all attempts of a call whose first has failed already."""
    failures = [failed]

    async def again() -> T:
        if failures:
            raise failures.pop()
        return await attempt()

    return again
