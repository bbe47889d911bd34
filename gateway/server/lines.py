"""The log's line for each request, written with many others in one go where the log is for machines."""

import asyncio
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, TypeAlias

import structlog

log = structlog.get_logger(__name__)

# Takes text that ends a line, to be written as it is.
Write: TypeAlias = Callable[[str], object]

EVENT: Final = "http.request"
# Seconds after which a line is written at the latest, and lines that are written at once.
_LATEST: Final = 0.1
_MOST: Final = 512


class Lines:
    """Writes lines as the log does; with `write` they are gathered meanwhile, so that no request waits for its own."""

    def __init__(self, write: Write | None = None) -> None:
        self._write = write
        self._waiting: list[str] = []
        self._timer: asyncio.TimerHandle | None = None
        # How methods and paths are written: there are few that anyone asks for.
        self._asked: dict[tuple[str, str], str] = {}
        # The last second, and how it is written.
        self._second, self._text = 0, ""

    def note(self, method: str, path: str, status: int, caller: str | None, seconds: float) -> None:
        """Take note of one request: never its query, its addresses or its key."""
        milliseconds = round(seconds * 1000, 1)
        if self._write is None:
            log.info(EVENT, method=method, path=path, status=status, milliseconds=milliseconds, caller=caller)
            return
        who = "null" if caller is None else json.dumps(caller)
        what = self._asked.get((method, path)) or self._told(method, path)
        self._waiting.append(
            f'{what}, "status": {status}, "milliseconds": {milliseconds}, "caller": {who}, '
            f'"event": "{EVENT}", "level": "info", "timestamp": "{self._timestamp()}"}}\n'
        )
        if len(self._waiting) >= _MOST:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LATEST, self.flush)

    def _told(self, method: str, path: str) -> str:
        if len(self._asked) >= _MOST:
            self._asked.clear()
        told = self._asked[method, path] = f'{{"method": {json.dumps(method)}, "path": {json.dumps(path)}'
        return told

    def flush(self) -> None:
        """Write what was gathered."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        if waiting and self._write is not None:
            self._write("".join(waiting))

    def _timestamp(self) -> str:
        now = time.time()
        second = int(now)
        if second != self._second:
            self._second, self._text = second, datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._text}.{int((now - second) * 1_000_000):06d}Z"
