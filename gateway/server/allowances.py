"""What callers' operations may still cost: one moving window for each caller."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MovingWindowSupport, Storage
from limits.aio.strategies import MovingWindowRateLimiter

from gateway.domain.caller import Allowance, Caller
from gateway.replicas.link import StoreLost
from gateway.schema.errors import CallerError, ErrorCode
from gateway.upstream.sharing import Sharing

_NAMESPACE = "caller"


def retry_after(answer: Mapping[str, Any]) -> dict[str, str]:
    """Give the header that says when to ask again, where an answer says that its caller has no cost left for now."""
    codes = ((error.get("extensions") or {}) for error in answer.get("errors") or ())
    waits = [
        each["retryAfter"]
        for each in codes
        if each.get("code") == ErrorCode.RATE_LIMITED and "cost" in each and "retryAfter" in each
    ]
    return {"Retry-After": str(max(waits))} if waits else {}


class Allowances:
    """Counts by caller; all who bring no key count as one, for an address behind a proxy tells nobody apart."""

    def __init__(self, storage: Storage, sharing: Sharing | None = None) -> None:
        """`storage` counts in this process; with `sharing` all replicas count together."""
        self._local = _Counter(storage)
        self._sharing = sharing
        self._shared = _Counter(sharing.storage) if sharing else self._local

    async def take(self, caller: Caller, cost: int) -> int | None:
        """Take a cost, and give what remains, None without an allowance; or take nothing, and raise `RATE_LIMITED`.

        While the store is lost each replica lets its share through: nobody is turned away for want of a store.
        """
        allowance = caller.allowance
        if allowance is None:
            return None
        if self._sharing is None:
            return await self._local.take(caller, allowance, cost)
        try:
            return await self._sharing.link.run(lambda: self._shared.take(caller, allowance, cost))
        except StoreLost:
            share = max(allowance.cost // max(self._sharing.pulse.replicas, 1), 1)
            return await self._local.take(caller, replace(allowance, cost=share), cost)


class _Counter:
    """Counts in one place."""

    def __init__(self, storage: Storage) -> None:
        self._limiter = MovingWindowRateLimiter(storage)
        # The limiter has refused storages that keep no such windows.
        self._windows = cast("MovingWindowSupport", storage)

    async def take(self, caller: Caller, allowance: Allowance, cost: int) -> int:
        window = RateLimitItemPerSecond(allowance.cost, allowance.seconds, _NAMESPACE)
        taken = await self._limiter.hit(window, caller.mark, cost=cost)
        remaining = (await self._limiter.get_window_stats(window, caller.mark)).remaining
        if taken:
            return remaining
        raise await self._refusal(window, caller, allowance, cost, remaining)

    async def _refusal(
        self, window: RateLimitItem, caller: Caller, allowance: Allowance, cost: int, remaining: int
    ) -> CallerError:
        told = f"This costs {cost}; of {allowance.cost} in {allowance.seconds} s, {remaining} is left"
        if cost > allowance.cost:
            return CallerError(
                ErrorCode.RATE_LIMITED,
                f"{told}. Ask for less: it will never be enough.",
                cost=cost,
                remaining=remaining,
            )
        wait = await self._wait(window, caller, allowance, cost)
        return CallerError(
            ErrorCode.RATE_LIMITED, f"{told}, and enough in {wait} s.", cost=cost, remaining=remaining, retryAfter=wait
        )

    async def _wait(self, window: RateLimitItem, caller: Caller, allowance: Allowance, cost: int) -> int:
        """Find in how many whole seconds enough will have left the window, by looking at ever smaller ends of it."""
        key, most = window.key_for(caller.mark), allowance.cost - cost
        least, enough = 1, allowance.seconds
        while least < enough:
            middle = (least + enough) // 2
            _, spent = await self._windows.get_moving_window(key, allowance.cost, allowance.seconds - middle)
            least, enough = (least, middle) if spent <= most else (middle + 1, enough)
        return least
