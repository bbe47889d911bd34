"""A subscription to one thing and those who follow it, whatever becomes of the sockets under it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeAlias, TypeVar

from gateway.domain.problem import UpstreamError

E = TypeVar("E")

# Events that wait for a follower who is slow; past it all count as missed.
_WAITING: Final = 64


@dataclass(frozen=True, slots=True)
class Topic:
    """What to subscribe to, and how to end it; equal topics are one subscription."""

    subscribe: str
    unsubscribe: str
    # Encoded, so that equal ones are equal; they hold an address.
    params: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """The subscription stands, perhaps again: what was before it was not told, and has to be read."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification's `result`, not decoded yet."""

    body: bytes = field(repr=False)


Event: TypeAlias = Ready | Notice | UpstreamError


class Inbox(Generic[E]):
    """What one follower has yet to hear, in order."""

    def __init__(self) -> None:
        self._waiting: deque[E] = deque()
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: E) -> None:
        self._waiting.append(event)
        self._news.set()

    def clear(self) -> None:
        self._waiting.clear()

    async def next(self) -> E:
        while not self._waiting:
            self._news.clear()
            await self._news.wait()
        return self._waiting.popleft()


class Channel:
    """One topic's subscription: its followers, and how it stands."""

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.refusals = 0
        self._inboxes: list[Inbox[Any]] = []
        self._latest: Ready | UpstreamError | None = None

    def __repr__(self) -> str:
        return f"<Channel {self.topic.subscribe}>"

    @property
    def is_followed(self) -> bool:
        return bool(self._inboxes)

    def admit(self, inbox: Inbox[Any]) -> None:
        """Let one more follow, and tell it how the subscription stands."""
        self._inboxes.append(inbox)
        if self._latest is not None:
            inbox.put(self._latest)

    def leave(self, inbox: Inbox[Any]) -> None:
        self._inboxes.remove(inbox)

    def stand(self, how: Ready | UpstreamError) -> None:
        """Tell everyone that the subscription stands, or why it does not."""
        self._latest = how
        if isinstance(how, Ready):
            self.refusals = 0
        self._tell(how)

    def notify(self, body: bytes) -> None:
        self._tell(Notice(body))

    def _tell(self, event: Event) -> None:
        for inbox in self._inboxes:
            if len(inbox) >= _WAITING and self._latest is not None:
                inbox.clear()
                inbox.put(self._latest)
            inbox.put(event)
