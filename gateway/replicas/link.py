"""The way to the shared store: every command is bounded in time, and while the store is lost none is sent."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from gateway.domain.clock import Clock
from gateway.replicas.address import StoreAddress

if TYPE_CHECKING:
    # The client takes 6 MB, which nobody needs who has no store: whoever opens one loads it.
    from redis.asyncio import BlockingConnectionPool, Redis

T = TypeVar("T")

log = structlog.get_logger(__name__)

# Seconds that a command may take: a store in the same place answers in a thousandth of them, but on a busy machine.
PATIENCE = 0.5
# Past this, it was this process that was late and not the store.
_OVERSLEPT = 0.6
_CONNECTIONS = 32
# What the client's own timeouts are set to: they cannot tell a late store from a late process, so they come last.
_LAST_RESORT = 5.0


class StoreLost(Exception):
    """The store cannot be asked now; whoever asked goes on without it."""


def pool_options(address: StoreAddress) -> dict[str, Any]:
    """Give the options of the connections: no retries, for there are commands that may not run twice."""
    from redis.asyncio.retry import Retry  # noqa: PLC0415 - a store is opened
    from redis.backoff import NoBackoff  # noqa: PLC0415 - likewise

    options: dict[str, Any] = {
        "timeout": _LAST_RESORT,
        "socket_timeout": _LAST_RESORT,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "username": address.user,
    }
    if address.tls:
        options["ssl_ca_certs"] = str(address.authorities) if address.authorities else None
    return options


def pool_class() -> "type[BlockingConnectionPool]":
    from redis.asyncio import BlockingConnectionPool  # noqa: PLC0415 - a store is opened

    return BlockingConnectionPool


def connections() -> int:
    return _CONNECTIONS


class Link:
    """One replica's way to the store; raises `StoreLost` and nothing else of the store's."""

    patience = PATIENCE

    def __init__(self, client: "Redis", clock: Clock) -> None:
        self.client = client
        self._clock = clock
        self._is_up = False
        # Before the first answer, what other replicas did with the store is as unknown as right after a loss.
        self._contact = clock.monotonic()
        self._told: str | None = None

    @property
    def is_up(self) -> bool:
        return self._is_up

    @property
    def reason(self) -> str | None:
        """Why the store is lost, in words for the operator; None where it is not."""
        return self._told

    @property
    def was_lost(self) -> bool:
        """Whether the store was had, or looked for, and is not there."""
        return self._told is not None

    def since_contact(self) -> float:
        """Seconds since the store last answered, or since the start where it never did."""
        return self._clock.monotonic() - self._contact

    async def run(self, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command; raises `StoreLost` at once where the store is lost, else when this command fails."""
        if not self._is_up:
            raise StoreLost
        return await self._bounded(command)

    async def knock(self, command: Callable[[], Awaitable[T]]) -> T:
        """Run a command even where the store is lost: if it goes well the store is found."""
        answer = await self._bounded(command)
        if not self._is_up:
            self._is_up = True
            if self._told is not None:
                log.warning("store.found")
            self._told = None
        return answer

    async def _bounded(self, command: Callable[[], Awaitable[T]]) -> T:
        try:
            answer = await _within(self.patience, command())
        except _troubles() as trouble:
            self._lose(trouble)
            raise StoreLost from None
        self._contact = self._clock.monotonic()
        return answer

    def _lose(self, trouble: Exception) -> None:
        self._is_up = False
        # The text of an error may name a host or a key; a changed reason is news, the same one is not.
        reason = _reason(trouble)
        if reason != self._told:
            log.warning("store.lost", reason=reason)
            self._told = reason

    async def close(self) -> None:
        self._is_up = False
        await self.client.aclose()


async def _within(patience: float, command: Awaitable[T]) -> T:
    """Wait for an answer; raises `TimeoutError` only where it is the store that is late."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(command)
    started = loop.time()
    try:
        await asyncio.wait({task}, timeout=patience)
        if not task.done() and loop.time() - started > _OVERSLEPT:
            # The answer may have come while this process was busy with something else.
            await asyncio.wait({task}, timeout=patience)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        # However a command ends that is not waited for any more, asyncio wants someone to have looked at it.
        task.add_done_callback(_look)
        task.cancel()


def _look(task: "asyncio.Future[T]") -> None:
    if not task.cancelled():
        task.exception()


def _troubles() -> tuple[type[Exception], ...]:
    """Name what goes wrong with a store."""
    from redis.exceptions import RedisError  # noqa: PLC0415 - loaded since the store was opened

    return RedisError, OSError, TimeoutError


def _reason(trouble: Exception) -> str:
    from redis.exceptions import (  # noqa: PLC0415 - loaded since the store was opened
        AuthenticationError,
        AuthorizationError,
        NoPermissionError,
        OutOfMemoryError,
    )

    if isinstance(trouble, (AuthenticationError, AuthorizationError, NoPermissionError)):
        return "it refuses the user or the password, or what they may do"
    if isinstance(trouble, TimeoutError) or "timeout" in type(trouble).__name__.lower():
        return "it does not answer in time"
    # A script's error is of another class, and tells it in its text.
    if isinstance(trouble, OutOfMemoryError) or "OOM " in str(trouble):
        return "its memory is full"
    return type(trouble).__name__
