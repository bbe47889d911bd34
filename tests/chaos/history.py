"""What was true, from which position or moment on: the ledger that the test keeps for itself."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Generic, TypeVar

T = TypeVar("T")

# Confirmed, available, incoming and outgoing, in atomic units, by rune id.
Runes = Mapping[str, tuple[int, int, int, int]]
# Settled, unsettled and in open orders, by mint.
Tokens = Mapping[str, tuple[Fraction, Fraction, Fraction]]
# Figures by their name at the exchange, by currency.
Wallets = Mapping[str, Mapping[str, Fraction]]


@dataclass(frozen=True, slots=True)
class Held:
    """What a token account held, and of which mint for which owner."""

    amount: int
    mint: str
    owner: str
    program: str
    state: str
    is_native: bool


class Course(Generic[T]):
    """States of one thing, each from a place on: a height, a slot, or seconds since 1970."""

    def __init__(self, first: T) -> None:
        self._since: list[float] = [float("-inf")]
        self._states = [first]

    def turn(self, since: float, state: T) -> None:
        self._since.append(since)
        self._states.append(state)

    def at(self, place: float) -> T:
        return self._states[bisect_right(self._since, place) - 1]

    def during(self, start: float, end: float) -> Iterator[T]:
        """Give each state that held at some place from start to end."""
        first, last = (bisect_right(self._since, place) - 1 for place in (start, end))
        yield from self._states[first : last + 1]

    def __iter__(self) -> Iterator[T]:
        return iter(self._states)


@dataclass(slots=True)
class History:
    """By address: runes by height, token accounts by slot; by owner and by api token: by the moment."""

    runes: dict[str, Course[Runes]] = field(default_factory=dict)
    accounts: dict[str, Course[Held | None]] = field(default_factory=dict)
    tokens: dict[str, Course[Tokens]] = field(default_factory=dict)
    wallets: dict[str, Course[Wallets]] = field(default_factory=dict)
    owned: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    # The newest slot, by the moment.
    slots: Course[int] = field(default_factory=lambda: Course(0))

    def accounts_of(self, owner: str, program: str, slot: int) -> dict[str, Held]:
        """Give what an owner controlled under a token program at a slot."""
        states = {address: self.accounts[address].at(slot) for address in self.owned[owner]}
        return {address: held for address, held in states.items() if held is not None and held.program == program}
