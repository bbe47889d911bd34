"""One call for each name among all replicas: whoever takes the turn asks, the others wait for what it keeps."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from gateway.domain.clock import Deadline
from gateway.domain.problem import Problem
from gateway.readings.landing import Landing
from gateway.replicas import PREFIX
from gateway.replicas.lease import Leases
from gateway.replicas.link import Link, StoreLost

Asking: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Landing]]]

# Seconds that a turn lasts unless it is renewed: for so long the others wait for a replica that has died.
LEASE: Final = 1.0
_RENEWED: Final = LEASE / 3
# Seconds between two looks of those who wait, at first and at the most.
_FIRST_LOOK, _LAST_LOOK = 0.02, 0.1
# Seconds for which those who wait can still hear how a turn ended.
_REMEMBERED: Final = 3


@dataclass(frozen=True, slots=True)
class _Turn:
    """One replica's turn at some names; `ask` reads and keeps them, `look` finds what others have kept since."""

    ask: Asking
    look: Asking
    deadline: Deadline


class Turns:
    """Turns at names, by leases in the store; where it is lost each replica asks for itself."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._leases = Leases(link, f"{PREFIX}flight:", LEASE)

    async def run(
        self, names: Sequence[str], *, ask: Asking, look: Asking, deadline: Deadline
    ) -> Mapping[str, Landing]:
        """Land each name, by asking or by waiting for who does; leaves out those for which the deadline came first."""
        landed: dict[str, Landing] = {}
        await self._run(names, _Turn(ask, look, deadline), landed)
        return landed

    async def _run(self, names: Sequence[str], turn: _Turn, landed: dict[str, Landing]) -> None:
        token = secrets.token_hex(12)
        try:
            holders = await self._leases.take(names, token)
        except StoreLost:
            landed |= await turn.ask(names)
            return
        mine = [name for name in names if holders[name] == token]
        theirs = {name: holder for name, holder in holders.items() if holder != token}
        async with asyncio.TaskGroup() as group:
            if mine:
                group.create_task(self._ask(mine, token, turn, landed))
            if theirs:
                group.create_task(self._follow(theirs, turn, landed))

    async def _ask(self, names: Sequence[str], token: str, turn: _Turn, landed: dict[str, Landing]) -> None:
        renewal = asyncio.create_task(self._renew(names, token))
        brought: dict[str, Landing] = {}
        try:
            # Between the look that found nothing and this turn, another's may have ended.
            brought |= await turn.look(names)
            if rest := [name for name in names if name not in brought]:
                brought |= await turn.ask(rest)
            landed |= brought
        finally:
            renewal.cancel()
            await self._end(names, token, brought)

    async def _follow(self, holders: dict[str, str], turn: _Turn, landed: dict[str, Landing]) -> None:
        pause = _FIRST_LOOK
        while holders:
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LAST_LOOK)
            if turn.deadline.remaining() == 0:
                return
            try:
                ended = await self._leases.ended(holders)
                found = dict(await turn.look(ended)) if ended else {}
                found |= await self._problems({name: holders[name] for name in ended if name not in found})
            except StoreLost:
                landed |= await turn.ask(list(holders))
                return
            landed |= found
            for name in ended:
                del holders[name]
            if rest := [name for name in ended if name not in found]:
                # Whoever held the turn is gone, and brought nothing.
                await asyncio.gather(self._run(rest, turn, landed), self._follow(holders, turn, landed))
                return

    async def _renew(self, names: Sequence[str], token: str) -> None:
        while True:
            await asyncio.sleep(_RENEWED)
            try:
                await self._leases.renew(names, token)
            except StoreLost:
                return

    async def _end(self, names: Sequence[str], token: str, brought: Mapping[str, Landing]) -> None:
        problems = {name: landing.problem for name, landing in brought.items() if landing.problem is not None}
        with suppress(StoreLost):
            if problems:
                told = msgspec.json.encode(problems)
                await self._link.run(lambda: self._link.client.psetex(_end_key(token), _REMEMBERED * 1000, told))
            await self._leases.end(names, token)

    async def _problems(self, holders: Mapping[str, str]) -> dict[str, Landing]:
        """Hear what trouble ended a turn: it is everyone's who waited for it."""
        if not holders:
            return {}
        tokens = list(dict.fromkeys(holders.values()))
        found: list[Any] = await self._link.run(lambda: self._link.client.mget([_end_key(token) for token in tokens]))
        told = {token: _read(text) for token, text in zip(tokens, found, strict=True)}
        return {
            name: Landing(problem=problem)
            for name, holder in holders.items()
            if (problem := told[holder].get(name)) is not None
        }


def _read(text: bytes | None) -> Mapping[str, Problem]:
    try:
        return {} if text is None else msgspec.json.decode(text, type=dict[str, Problem])
    except msgspec.DecodeError:
        return {}


def _end_key(token: str) -> str:
    return f"{PREFIX}flight-end:{token}"
