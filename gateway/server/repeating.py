"""One caller's connection, which answers by itself what it has seen go the whole way, where that is at hand."""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.server import ServerState

from gateway.server.connection import Connection, Phase
from gateway.server.crowd import Crowd
from gateway.server.repeat import Repeat
from gateway.server.straight import Straight


class RepeatingConnection(Connection):
    """Brings what is asked again to the short way, and everything else to the parser."""

    def __init__(
        self,
        crowd: "Crowd[Connection]",
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(crowd, config, server_state, app_state, _loop)
        # None where the app has no short way.
        straight: Straight | None = app_state.get("straight")
        self._repeat = Repeat(straight) if straight else None
        # When the connection last had an answer by it.
        self._answered_at = 0.0

    def data_received(self, data: bytes) -> None:
        repeat = self._repeat if self._is_between_requests else None
        if repeat is not None and self._answers_at_once(repeat, data):
            return
        before = self._requests
        super().data_received(data)
        if repeat is not None:
            self._note_repeat(repeat, data, self._requests - before)

    @property
    def _is_between_requests(self) -> bool:
        """Say whether what comes now is a request's first byte, and nothing that came before waits for an answer."""
        return (
            not self._refused
            and self._phase is Phase.NONE
            and not self._is_answering
            and not self._unparsed_size
            and not self.pipeline
            and not self._traffic.draining
            and not self.flow.write_paused
            and not self.transport.is_closing()
        )

    def _answers_at_once(self, repeat: Repeat, data: bytes) -> bool:
        """Answer what is known and at hand; says whether that was done."""
        answer = repeat.answer(data, self._date)
        if answer is None:
            return False
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        # To the end of the line of those who wait for their callers.
        self._crowd.works(self)
        self._crowd.waits(self)
        self.transport.write(answer)
        return True

    @property
    def _date(self) -> bytes:
        return b"".join(b"%s: %s\r\n" % (name, value) for name, value in self.server_state.default_headers)

    def _note_repeat(self, repeat: Repeat, data: bytes, requests: int) -> None:
        """Let a request be known again that came whole, alone and in one piece."""
        cycle = self._newest
        if cycle is None or requests != 1 or self._phase is not Phase.NONE or cycle.response_complete:
            repeat.forget()
            return
        if cycle.keep_alive and not self.expect_100_continue and not self.parser.should_upgrade():
            repeat.note(data, self.parser.get_method(), self.url, self.headers, len(cycle.body))

    def timeout_keep_alive_handler(self) -> None:
        # An answer at once leaves the clock alone: the time runs from the last of them.
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0 and not self.transport.is_closing():
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
            return
        super().timeout_keep_alive_handler()
