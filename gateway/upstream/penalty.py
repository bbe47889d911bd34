"""Penalties: how long a provider stays closed to a credential after it said that its limit was passed."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import msgspec

from gateway.replicas import PREFIX
from gateway.replicas.link import Link, StoreLost


@dataclass(frozen=True, slots=True)
class _Penalty:
    """It ends at `until`, took `seconds`, and was the `step`th in a row; by the wall clock."""

    until: float = -math.inf
    seconds: float = 0.0
    step: int = 0

    @classmethod
    def read(cls, text: bytes | str | None) -> Self | None:
        try:
            return None if text is None else cls(*msgspec.json.decode(text, type=tuple[float, float, int]))
        except msgspec.DecodeError:
            return None

    def written(self) -> bytes:
        return msgspec.json.encode((self.until, self.seconds, self.step))


_NONE = _Penalty()


class Penalties:
    """Penalties by who pays; with a link, what one replica was told all others obey."""

    def __init__(
        self, name: str, length: Callable[[int, float], float], time: Callable[[], float], link: Link | None = None
    ) -> None:
        """`length` gives the seconds of a penalty that the provider does not tell, by its step and its beginning."""
        self._name = name
        self._length = length
        self._time = time
        self._link = link
        self._imposed: dict[str, _Penalty] = {}

    def wait(self, who: str) -> float:
        """Seconds left of a penalty that is known here."""
        return max(self._imposed.get(who, _NONE).until - self._time(), 0.0)

    async def ask(self, who: str) -> float:
        """Seconds left of a penalty, whoever was told of it."""
        if (link := self._link) is not None:
            try:
                told = await link.run(lambda: link.client.get(self._key(who)))
            except StoreLost:
                return self.wait(who)
            penalty = _Penalty.read(told)
            if penalty is not None and penalty.until > self._imposed.get(who, _NONE).until:
                self._imposed[who] = penalty
        return self.wait(who)

    async def begin(self, who: str, told: float | None) -> float:
        """Begin a penalty, or lengthen the one that is on; gives its seconds."""
        now = self._time()
        last = self._imposed.get(who, _NONE)
        if now < last.until:
            # Sent before the penalty began, so it breaks no new rule; but the provider may tell a later end.
            seconds = max(last.until - now, told or 0.0)
            penalty = _Penalty(now + seconds, last.seconds, last.step)
        else:
            # Refused again within as much time as the last penalty took: the next one is on.
            step = last.step + 1 if now - last.until <= last.seconds else 0
            seconds = self._length(step, now) if told is None else told
            penalty = _Penalty(now + seconds, seconds, step)
        self._imposed[who] = penalty
        await self._publish(who, penalty, seconds)
        return seconds

    async def _publish(self, who: str, penalty: _Penalty, seconds: float) -> None:
        if (link := self._link) is None:
            return
        # It is remembered for as long again, in which a further refusal is its next step.
        kept = max(math.ceil((seconds + penalty.seconds) * 1000), 1)
        try:
            await link.run(lambda: link.client.psetex(self._key(who), kept, penalty.written()))
        except StoreLost:
            return

    def _key(self, who: str) -> str:
        return f"{PREFIX}penalty:{self._name}:{who}"
