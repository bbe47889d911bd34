"""How the gateway listens and how it stops: one configuration of uvicorn, for the command line and for tests."""

import asyncio
import contextlib
import resource
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from types import FrameType
from typing import Any

import structlog
import uvicorn
from starlette.types import ASGIApp

from gateway.server.connection import Connection
from gateway.server.crowd import ConnectionLimits, Crowd
from gateway.server.repeating import RepeatingConnection
from gateway.server.streams.connection import websockets
from gateway.server.traffic import Traffic

log = structlog.get_logger(__name__)

# Connections that may lie unaccepted; as many are accepted in one go.
_BACKLOG = 512
# File descriptors for all else: a backlog, the connections to providers, files.
_DESCRIPTORS_KEPT = _BACKLOG + 1024
# Seconds for those who are cut off to be told, and for the app to close what it opened.
_LAST_WORDS, _CLOSING = 1.0, 5.0
# What the kernel holds of an answer that it has not sent; the rest is the gateway's, and counted.
_UNSENT = 128 * 1024
# Milliseconds after which the kernel gives up a caller that takes nothing.
_UNTAKEN = 30_000


@dataclass(frozen=True, slots=True)
class Stop:
    """How the gateway stops, in seconds.

    It serves on for `drain_for` and says at `/healthz` that it is stopping; then those under way have `grace`.
    """

    grace: float
    drain_for: float = 0


def open_listener(host: str, port: int) -> socket.socket:
    """Take a port; raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, for asyncio turns off delays (TCP_NODELAY) only on sockets whose protocol it can see.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit these; not every system has them.
    for option, value in (("TCP_NOTSENT_LOWAT", _UNSENT), ("TCP_USER_TIMEOUT", _UNTAKEN)):
        if hasattr(socket, option):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    try:
        listener.bind((host, port))
        # Whoever reads the greeting may connect at once: the first requests are held until the app is ready.
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def within_descriptors(limits: ConnectionLimits) -> ConnectionLimits:
    """Raise the process's limit of open files as far as is needed and allowed; where that is too low, keep to it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = limits.connections + _DESCRIPTORS_KEPT
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    allowed = max(soft - _DESCRIPTORS_KEPT, soft // 4)
    if allowed >= limits.connections:
        return limits
    log.warning("http.fewer_connections", wanted=limits.connections, allowed=allowed, descriptors=soft)
    return replace(limits, connections=allowed)


class Server(uvicorn.Server):
    """Stops in bounded time, whatever its callers do; a second signal stops it at once."""

    def __init__(self, app: ASGIApp, limits: ConnectionLimits, stop: Stop) -> None:
        protocol: Any = partial(RepeatingConnection, Crowd(limits))
        config = uvicorn.Config(
            app,
            http=protocol,
            **websockets(limits),
            log_config=None,
            access_log=False,
            server_header=False,
            forwarded_allow_ips="",
            backlog=_BACKLOG,
            timeout_keep_alive=limits.keep_alive,  # type: ignore[arg-type]  # it is only ever added to a clock
        )
        super().__init__(config)
        self._stop = stop
        self._is_told = False
        self._leaves_at: float | None = None

    @property
    def _traffic(self) -> Traffic:
        traffic: Traffic = self.lifespan.state["traffic"]
        return traffic

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a signal handler's signature
        self._captured_signals.append(sig)
        self.force_exit = self._is_told
        self._is_told = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            # An orderly end is a success, and not a death by the signal that asked for it.
            if not self.force_exit:
                self._captured_signals.clear()

    async def on_tick(self, counter: int) -> bool:
        if self._is_told:
            now = asyncio.get_running_loop().time()
            if self._leaves_at is None:
                self._traffic.draining = True
                self._leaves_at = now + self._stop.drain_for
            if self.force_exit or now >= self._leaves_at:
                self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._traffic.draining = True
        self._traffic.closing.set()
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._empty(self._stop.grace)
        if self._is_busy:
            await self._cut_off()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.lifespan.shutdown(), _CLOSING)

    @property
    def _is_busy(self) -> bool:
        return bool(self.server_state.connections or self.server_state.tasks)

    async def _empty(self, seconds: float, *, is_last: bool = False) -> None:
        """Wait until nobody is left, or the time is up, or a second signal came."""
        now = asyncio.get_running_loop().time
        until = now() + seconds
        # uvicorn tells nobody when the last has gone: it is looked for.
        while self._is_busy and now() < until and (is_last or not self.force_exit):  # noqa: ASYNC110 - as said
            await asyncio.sleep(0.02)

    async def _cut_off(self) -> None:
        log.warning(
            "http.cut_off", connections=len(self.server_state.connections), requests=len(self.server_state.tasks)
        )
        for connection in list(self.server_state.connections):
            if isinstance(connection, Connection):
                connection.cut_off()
            else:
                connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await self._empty(_LAST_WORDS, is_last=True)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await self._empty(_LAST_WORDS, is_last=True)
