"""What a provider tells by itself: who listens, and what waits to go out to each of them. It knows no sockets."""

from asyncio import Queue
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from gateway.sandbox.wire import Call, Json


@dataclass(frozen=True, slots=True)
class Said:
    """A text message; `late` is in seconds."""

    text: str
    late: float = 0


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to a ping, in its turn."""

    echo: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connection closes with a code, or breaks where there is none."""

    code: int | None


Outgoing: TypeAlias = Said | Pong | Ended


@dataclass(slots=True)
class Connection:
    """One caller's WebSocket: what waits to go out, in its order, until the connection is silenced."""

    number: int
    caller: str
    waiting: Queue[Outgoing] = field(default_factory=Queue)
    is_silent: bool = False

    def put(self, outgoing: Outgoing) -> None:
        if not self.is_silent:
            self.waiting.put_nowait(outgoing)

    def end(self, code: int | None = None) -> None:
        """Let what waits go out, and nothing after it."""
        self.waiting.put_nowait(Ended(code))
        self.is_silent = True


class Feed(Protocol):
    """A provider's WebSocket."""

    def is_asked(self, call: Call) -> bool:
        """Whether a call wants to open a connection."""

    def open(self, caller: str) -> Connection:
        """Let a caller in; raise Refusal where the vendor would not."""

    def hear(self, connection: Connection, text: str) -> None: ...

    def leave(self, connection: Connection) -> None: ...

    def end(self) -> None:
        """Break every connection."""

    def reset(self) -> None:
        """Close every connection, and forget who was kept out."""

    def shown(self) -> Json: ...
