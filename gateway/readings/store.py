"""What was read and when: in memory, and behind it in the tier that replicas share, where there is one."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from gateway.domain.reading import Position
from gateway.readings.entry import Entry
from gateway.readings.memory import BoundedMemory
from gateway.replicas.link import StoreLost

if TYPE_CHECKING:
    # With it comes the store's client, which only those load who have a store.
    from gateway.readings.shelf import Shelf


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What is known under a name: the newest answer at hand, and the highest position that any replica has read."""

    entry: Entry | None = None
    floor: Position | None = None

    @property
    def is_behind(self) -> bool:
        """Whether a newer answer than the one at hand has been served, somewhere."""
        return self.entry is not None and _is_before(self.entry, self.floor)


_NOTHING = Kept()


class Store:
    """Good answers by name; failures are never put here."""

    def __init__(self, memory: BoundedMemory, keep_for: float, shelf: "Shelf | None" = None) -> None:
        """`keep_for`, in seconds, is how long an answer may still stand in for a newer one."""
        self._memory = memory
        self.keep_for = keep_for
        self._shelf = shelf

    def version(self) -> int:
        """Give a number that is another one after each change of what memory has."""
        return self._memory.version

    def at_hand(self, name: str) -> Entry | None:
        """Give what memory has under a name, without waiting; nothing where other replicas may have shown newer."""
        entry = self._memory.peek(name) if self._shelf is None else None
        return entry if isinstance(entry, Entry) else None

    async def get(self, names: Sequence[str], shape: Any) -> list[Kept]:
        """Give what is kept under each name, in order; `shape` is the type of the values.

        With a shared tier its marks are always looked at: another replica may have served a newer answer than the one
        in memory, and no answer goes back behind it.
        """
        if not names:
            return []
        local = await self._local(names)
        if self._shelf is None:
            return [Kept(entry, entry.answer.position) if entry else _NOTHING for entry in local]
        try:
            return await self._shared(self._shelf, names, local, shape)
        except StoreLost:
            # Others may have read it while the store let this one wait.
            return [Kept(entry, entry.answer.position) if entry else _NOTHING for entry in await self._local(names)]

    async def put(
        self, entries: Mapping[str, Entry], shape: Any, *, asked_at: float | None = None
    ) -> list[Kept | None]:
        """Keep answers, but for those from before a position already read: for these, in order, gives what is known.

        `asked_at` is when they were asked for, of those that were: one that does not say of when it is, is from before
        what a feed has told since.
        """
        names = list(entries)
        refused: dict[str, Kept] = {}
        for name, entry, known in zip(names, entries.values(), await self._local(names), strict=True):
            if known is not None and _is_late(entry, known, asked_at):
                refused[name] = Kept(known, known.answer.position)
        if self._shelf is not None and len(refused) < len(names):
            news = {name: entry for name, entry in entries.items() if name not in refused}
            with suppress(StoreLost):
                refused |= await self._share(self._shelf, news, shape, asked_at)
        taken = [(name, entry) for name, entry in entries.items() if name not in refused]
        if taken:
            await self._memory.multi_set(taken, ttl=self.keep_for)
        return [refused.get(name) for name in names]

    async def _share(
        self, shelf: "Shelf", news: Mapping[str, Entry], shape: Any, asked_at: float | None
    ) -> dict[str, Kept]:
        taken = await shelf.put(news, asked_at)
        late = [name for name, newest in zip(news, taken, strict=True) if not newest]
        if not late:
            return {}
        return dict(zip(late, await self._shared(shelf, late, await self._local(late), shape), strict=True))

    async def drop(self, names: Sequence[str]) -> None:
        """Forget what is kept in memory under these names."""
        for name in names:
            await self._memory.delete(name)

    async def _local(self, names: Sequence[str]) -> list[Entry | None]:
        found = await self._memory.multi_get(names)
        return [entry if isinstance(entry, Entry) else None for entry in found]

    async def _remember(self, name: str, entry: Entry) -> None:
        await self._memory.set(name, entry, ttl=self.keep_for)

    async def _shared(
        self, shelf: "Shelf", names: Sequence[str], local: Sequence[Entry | None], shape: Any
    ) -> list[Kept]:
        missing = [name for name, entry in zip(names, local, strict=True) if entry is None]
        marks, texts = await shelf.marks(names, missing)
        written = dict(zip(missing, texts, strict=True))
        outdated = [
            name
            for name, entry, mark in zip(names, local, marks, strict=True)
            if entry is not None and mark is not None and not mark.is_of(entry)
        ]
        if outdated:
            written |= zip(outdated, await shelf.answers(outdated), strict=True)
        kept = []
        for name, entry, mark in zip(names, local, marks, strict=True):
            other = shelf.decode(written.get(name), shape)
            newest = _newer(entry, other)
            if newest is not None and newest is other:
                await self._remember(name, other)
            kept.append(Kept(newest, _higher(mark.position if mark else None, newest)))
        return kept


def _is_before(entry: Entry, position: Position | None) -> bool:
    return entry.answer.position is not None and entry.answer.position.is_before(position)


def _is_late(entry: Entry, known: Entry, asked_at: float | None) -> bool:
    place = known.answer.position
    if entry.answer.position is not None or place is None or asked_at is None:
        return _is_before(entry, place)
    # Where the clock was put back, what is known seems to come from the future, and says nothing.
    return asked_at < known.read_at <= entry.read_at


def _newer(one: Entry | None, other: Entry | None) -> Entry | None:
    """Choose the answer from the later position; where positions do not tell, the one read later.

    `one` is from memory, `other` from the store.
    """
    if one is None or other is None:
        return one or other
    if _is_before(one, other.answer.position):
        return other
    if _is_before(other, one.answer.position):
        return one
    if one.answer == other.answer and one.read_at == other.read_at:
        # Of one answer, the store has the last word on whether a feed stands behind it.
        return other
    return other if other.read_at > one.read_at else one


def _higher(floor: Position | None, entry: Entry | None) -> Position | None:
    position = entry.answer.position if entry else None
    return position if floor is None or floor.is_before(position) else floor
