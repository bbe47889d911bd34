"""One caller's connection: uvicorn's HTTP/1.1 protocol with a bound on everything that a caller can draw out."""

import asyncio
from enum import Enum
from functools import partial
from typing import Any

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gateway.server.crowd import Crowd
from gateway.server.reason import Reason, written
from gateway.server.traffic import Traffic
from gateway.server.unread import Unread

# Where an upgrade is asked for, these say no more than that.
_OF_UPGRADES = frozenset({b"connection", b"upgrade", b"http2-settings"})


# What an answer without an end is ended by, among the extensions of its scope.
CUT_SHORT = "gateway.cut_short"


class Phase(Enum):
    """How much of a request has come."""

    NONE = 0
    HEAD = 1
    BODY = 2


class _Refused(Exception):
    """Ends the parser's work on what it was given."""


class Connection(HttpToolsProtocol):
    """Keeps a caller to its time and its share.

    uvicorn bounds neither the time that a request may take to come, nor its headers, nor what lies unread.
    """

    def __init__(
        self,
        crowd: "Crowd[Connection]",
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._crowd = crowd
        self._limits = crowd.limits
        self._traffic: Traffic = app_state["traffic"]
        self._phase = Phase.NONE
        self._requests = 0
        # The part of a request that a clock runs for, and the clock.
        self._timed: tuple[int, Phase] | None = None
        self._clock: asyncio.TimerHandle | None = None
        self._unread = Unread(
            self.loop, self._limits, self._unread_size, partial(self.cut, Reason.UNREAD), partial(crowd.shrinks, self)
        )
        self._refused = False
        self._started: RequestResponseCycle | None = None
        self._objection = Reason.MALFORMED
        # Of one request's head, and of what came since the parser last made something of it.
        self._head_size = self._unparsed_size = self._headers = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._traffic.connections.set(len(self.connections))
        # Whatever the kernel does not take at once counts as unread.
        transport.set_write_buffer_limits(high=0)
        if len(self.connections) > self._limits.connections and not self._make_room():
            self._traffic.refused(Reason.TOO_MANY_CONNECTIONS)
            self._refused = True
            self.transport.write(written(Reason.TOO_MANY_CONNECTIONS))
            self.transport.close()
            return
        self._crowd.waits(self)
        self._run_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._abandon()
        super().connection_lost(exc)
        self._traffic.connections.set(len(self.connections))
        self._leave()

    def _leave(self) -> None:
        self._crowd.leaves(self)
        # Else the timer would keep the request and all that hangs on it until it fires.
        self._unset_keepalive_if_required()
        self._stop_clock()
        self._unread.end()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unparsed_size += len(data)
        while data:
            try:
                self.parser.feed_data(data)
                data = b""
            except httptools.HttpParserUpgrade as upgrade:
                if self._should_upgrade():
                    self.handle_websocket_upgrade()
                    return
                data = self._without_upgrade() + data[upgrade.args[0] :]
            except httptools.HttpParserError:
                self._refuse(self._objection)
                return
        if self._unparsed_size > self._limits.head_size:
            self._refuse(Reason.HEAD_TOO_LARGE)
            return
        self._run_clock()

    def _should_upgrade(self) -> bool:
        # Only a GET may become a WebSocket (RFC 6455, section 4.1).
        return super()._should_upgrade() and self.parser.get_method() == b"GET"

    @property
    def _is_upgrade_ignored(self) -> bool:
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _without_upgrade(self) -> bytes:
        """Begin a request anew that asks for an upgrade that is not served, such as to HTTP/2.

        The parser takes what follows for another protocol, and would leave the request without its body.
        """
        head = [self.parser.get_method() + b" " + self.url + b" HTTP/" + self.parser.get_http_version().encode()]
        head += [name + b": " + value for name, value in self.headers if name not in _OF_UPGRADES]
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*head, b"", b""])

    def handle_websocket_upgrade(self) -> None:
        self._leave()
        self.transport.set_write_buffer_limits()
        super().handle_websocket_upgrade()

    def _make_room(self) -> bool:
        longest = self._crowd.longest_waiting()
        if longest is None:
            return False
        longest.cut(Reason.CROWDED_OUT)
        return True

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CUT_SHORT: {"cut": self._cut_short}}
        self._unset_keepalive_if_required()
        self._phase = Phase.HEAD
        self._requests += 1
        self._head_size = self._unparsed_size = self._headers = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._unparsed_size = 0
        if len(self.url) > self._limits.url_size:
            self._object(Reason.URL_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._unparsed_size = 0
        self._head_size += len(name) + len(value)
        self._headers += 1
        if self._head_size > self._limits.head_size or self._headers > self._limits.headers:
            self._object(Reason.HEAD_TOO_LARGE)
        # What follows a body in chunks is no header: nobody has checked it on the way here.
        if self._phase is Phase.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self.parser.get_method() == b"CONNECT":
            self._object(Reason.MALFORMED)
        if self._is_upgrade_ignored:
            return
        if len(self.pipeline) >= self._limits.pipelined:
            self._object(Reason.PIPELINED)
        super().on_headers_complete()
        self._phase = Phase.BODY
        if self._traffic.draining and self._newest is not None:
            self.cycle.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._started = cycle
        super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        self._unparsed_size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_upgrade_ignored:
            return
        super().on_message_complete()
        self._phase = Phase.NONE
        if self._is_answering:
            self._crowd.works(self)
        elif self._newest is not None:
            # The answer went out before the request had come whole.
            self._keep_alive()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._phase is not Phase.NONE:
            # A clock runs for what is coming.
            self._unset_keepalive_if_required()
            self._crowd.waits(self)
        elif not self._is_answering:
            self._crowd.waits(self)

    def _object(self, why: Reason) -> None:
        self._objection = why
        raise _Refused

    def _keep_alive(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _run_clock(self) -> None:
        """Let the clock of what is coming run on, or another one start."""
        part = self._requests, self._phase
        if part == self._timed or self.transport.is_closing():
            return
        self._stop_clock()
        self._timed = part
        if self._phase is Phase.HEAD:
            self._clock = self.loop.call_later(self._limits.head_time, self._refuse, Reason.HEAD_TOO_SLOW)
        elif self._phase is Phase.BODY:
            self._clock = self.loop.call_later(self._limits.body_time, self._refuse, Reason.BODY_TOO_SLOW)
        elif not self._requests:
            self._clock = self.loop.call_later(self._limits.head_time, self.timeout_keep_alive_handler)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._crowd.holds(self, self._unread_size())
        self._unread.begin()
        for slowest in self._crowd.too_slow():
            slowest.cut(Reason.UNREAD)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._crowd.holds(self, 0)
        self._unread.end()

    def _unread_size(self) -> int:
        return self.transport.get_write_buffer_size()

    @property
    def _newest(self) -> RequestResponseCycle | None:
        """Give the request that came last; uvicorn's own type has no room for there being none yet."""
        return self.cycle

    @property
    def _is_answering(self) -> bool:
        return self._newest is not None and not self._newest.response_complete

    @property
    def _may_answer(self) -> bool:
        """Say whether words would reach the caller, and as the answer to what it is sending."""
        if self.transport.is_closing():
            return False
        if self._phase is Phase.BODY:
            return self._is_answering and not self.pipeline and not self.cycle.response_started
        return not self._is_answering

    def _refuse(self, why: Reason) -> None:
        """Say why, where no other answer is under way that it could be taken for, and close."""
        if not why.status or not self._may_answer:
            self.cut(why)
            return
        self._traffic.refused(why)
        self._refused = True
        self._stop_clock()
        self._unset_keepalive_if_required()
        self._abandon()
        self.transport.write(written(why))
        # Closed at once, with bytes of the caller's unread, the kernel would take the answer back.
        self.transport.write_eof()
        self._clock = self.loop.call_later(self._limits.linger, self.transport.abort)

    def _abandon(self) -> None:
        """Let the app see a caller that has gone; uvicorn tells only the newest of several requests."""
        self.pipeline.clear()
        for cycle in (self._started, self._newest):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def cut(self, why: Reason) -> None:
        """Close without a word, whatever is under way."""
        self._traffic.refused(why)
        self._refused = True
        self._crowd.leaves(self)
        self._abandon()
        self.transport.abort()

    def _cut_short(self) -> None:
        """End an answer that goes on, so that its reader can tell that it is not whole."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def cut_off(self) -> None:
        """Close at the end of the time that a stopping gateway has; who has no answer yet may still be given one."""
        if self._is_answering and not self.cycle.response_started:
            self.cycle.keep_alive = False
            return
        self._abandon()
        self.transport.abort()
