"""One account as a feed tells it: snapshots and notifications, put in the order of their slots."""

import asyncio
from dataclasses import dataclass
from typing import Final, TypeAlias

from gateway.domain.problem import UpstreamError
from gateway.domain.reading import Absent, Answer, Position
from gateway.domain.sources import Result
from gateway.domain.token import AccountKey, TokenAccount
from gateway.providers.solana.node import Node, position_of
from gateway.providers.solana.snapshots import Snapshots
from gateway.providers.solana.wire import Notification
from gateway.upstream.channel import Event, Inbox, Notice, Ready

OPERATION: Final = "accountSubscribe"
# A snapshot is read at every third beat, sooner where there is a reason.
_EVERY: Final = 3
# Snapshots that may fail in a row while the subscription stands, before it is worth telling.
_TOLERATED: Final = 2


@dataclass(frozen=True, slots=True)
class Beat:
    """A moment to see whether a snapshot is due; numbered, so that all who follow read at the same ones."""

    number: int


@dataclass(frozen=True, slots=True)
class Read:
    """A snapshot that has been read."""

    task: "asyncio.Task[Result[TokenAccount]]"


Heard: TypeAlias = Event | Beat | Read


class Follower:
    """Hears events of one account, and says which results are news."""

    def __init__(self, key: AccountKey, solana: Node, snapshots: Snapshots, inbox: Inbox[Heard]) -> None:
        self._key = key
        self._solana = solana
        self._snapshots = snapshots
        self._inbox = inbox
        self._reading: asyncio.Task[Result[TokenAccount]] | None = None
        self._told: Answer[TokenAccount] | Absent | None = None
        self._floor: Position | None = None
        self._failures = 0
        # Snapshots in a row that did not say of when they are.
        self._unplaced = 0
        # Whether the subscription does not stand, whether a snapshot is due at the next beat, or right after this one.
        self._is_down = True
        self._is_unsettled = True
        self._is_asked_again = False

    def hear(self, event: Heard) -> Result[TokenAccount] | None:
        """Take one event, and give what it is to be told; None where it is no news."""
        match event:
            case Ready():
                self._stands()
                return None
            case Notice():
                return self._notified(event.body)
            case UpstreamError():
                return self._fell(event)
            case Beat():
                if self._is_unsettled or event.number % _EVERY == 0:
                    self._is_unsettled = False
                    self.ask()
                return None
            case Read():
                return self._read(event.task)

    def ask(self) -> None:
        """Have a snapshot read, unless one is being read."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._snapshots.read(self._key, self._floor))
            self._reading.add_done_callback(lambda task: self._inbox.put(Read(task)))

    def ask_anew(self) -> None:
        """Have a snapshot read that begins now: one that is being read may be of before."""
        self._is_asked_again = self._reading is not None
        self.ask()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    def _stands(self) -> None:
        # The node may have taken up the subscription a moment after it said so, and another may have been asked for
        # the snapshot that was behind: the next beat reads once more.
        self._is_down = False
        self._is_unsettled = True
        self.ask_anew()

    def _fell(self, error: UpstreamError) -> UpstreamError | None:
        """Tell once that the subscription fell, not at each attempt to raise it: snapshots are read meanwhile."""
        was_down, self._is_down = self._is_down, True
        return None if was_down else error

    def _notified(self, body: bytes) -> Result[TokenAccount] | None:
        try:
            result = self._decoded(body)
        except UpstreamError:
            # Something has changed, and only a snapshot can tell what.
            self.ask_anew()
            return None
        return result if self._is_news(result) else None

    def _decoded(self, body: bytes) -> Answer[TokenAccount] | Absent:
        sent = self._solana.upstream.decode(body, Notification)
        position = position_of(sent.context)
        if sent.value is None or sent.value.lamports == 0:
            return Absent(OPERATION, position)
        return Answer(self._solana.token_account(self._key.address, sent.value), OPERATION, position)

    def _is_news(self, result: Answer[TokenAccount] | Absent) -> bool:
        """Keep it as what was told last, unless it is from before that, or the same once more."""
        position = result.position
        if result == self._told or (position is not None and position.is_before(self._floor)):
            return False
        self._told = result
        self._floor = position or self._floor
        return True

    def _read(self, task: "asyncio.Task[Result[TokenAccount]]") -> Result[TokenAccount] | None:
        self._reading = None
        result = task.result()
        if self._is_asked_again:
            self._is_asked_again = False
            self.ask()
        if isinstance(result, UpstreamError):
            return self._unread(result)
        is_placed = result.position is not None or self._floor is None or result == self._told
        if not is_placed and self._unplaced < _TOLERATED:
            # Without a slot it may be of before what was told; said again and again, it is believed.
            self._unplaced += 1
            self._is_unsettled = True
            return None
        if result.position is not None and result.position.is_before(self._floor):
            return None
        self._failures = self._unplaced = 0
        whole = self._whole(result)
        self._is_news(whole)
        return whole

    def _unread(self, error: UpstreamError) -> UpstreamError | None:
        self._failures += 1
        self._is_unsettled = True
        is_well = self._told is not None and not self._is_down
        return None if is_well and self._failures <= _TOLERATED else error

    def _whole(self, result: Answer[TokenAccount] | Absent) -> Answer[TokenAccount] | Absent:
        """What was told, with its own position, where the snapshot says the same of the amount and less of the rest."""
        told = self._told
        if not isinstance(result, Answer) or not isinstance(told, Answer) or result.value.token is not None:
            return result
        is_same = (result.value.amount, result.value.ui_amount) == (told.value.amount, told.value.ui_amount)
        return told if is_same else result
