"""All connections of one server: which of them wait for their caller, and which is given up when there are too many."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may take, and all of them together; times are in seconds, sizes in bytes."""

    # Connections at once; past it the one that has waited longest for its caller is closed.
    connections: int = 4096
    # From a connection's beginning to its first byte, and from there to the end of the headers.
    head_time: float = 10
    # From the end of the headers to the end of the body.
    body_time: float = 20
    # From an answer to the next request.
    keep_alive: float = 5
    # A caller reads so many bytes of its answer in each such time, or is cut off.
    unread_time: float = 10
    # Small beside the steps in which the kernel takes more, which are about 64 KiB.
    least_read: int = 32 * 1024
    # Of all answers together, what may lie unread.
    unread_size: int = 64 * 1024 * 1024
    head_size: int = 32 * 1024
    url_size: int = 16 * 1024
    headers: int = 100
    # Requests that were sent before an answer to an earlier one came.
    pipelined: int = 16
    # For which a refused caller may go on sending, so that it reads why before the connection is reset.
    linger: float = 1


class Crowd(Generic[C]):
    """The connections of one server; a connection *waits* when the next step is its caller's."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        # Both in the order in which the waiting began.
        self._waiting: dict[C, None] = {}
        self._unread: dict[C, int] = {}
        self._unread_size = 0

    def waits(self, connection: C) -> None:
        self._waiting.setdefault(connection)

    def works(self, connection: C) -> None:
        self._waiting.pop(connection, None)

    def longest_waiting(self) -> C | None:
        return next(iter(self._waiting), None)

    def holds(self, connection: C, size: int) -> None:
        """Note how many bytes a caller has yet to read; none where it has read them all."""
        self._unread_size += size - self._unread.pop(connection, 0)
        if size:
            self._unread[connection] = size

    def shrinks(self, connection: C, size: int) -> None:
        """Note that a caller has read some, without losing its place among those who read slowly."""
        self._unread_size += size - self._unread.get(connection, 0)
        self._unread[connection] = size

    def too_slow(self) -> Iterator[C]:
        """Give the slowest readers, as long as more lies unread than may."""
        while self._unread_size > self.limits.unread_size:
            slowest = next(iter(self._unread))
            self.holds(slowest, 0)
            yield slowest

    def leaves(self, connection: C) -> None:
        self.works(connection)
        self.holds(connection, 0)
