"""The calls that an operation may make necessary upstream: who is asked about which keys, each key once."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from gateway.domain.address import Address, NotAnAddress
from gateway.schema.cost import Question

# Keys by the commitment that is wanted of them.
_Asked = dict[str, set[str]]
# What is asked of a question and an age, by the moment in which it is.
_Moments = dict[str, _Asked]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a field asks: the age that it accepts and the commitment that it wants, as they were written.

    What differs in age may be asked together, and is counted apart. What differs in commitment is asked in calls apart.
    What differs in its `moment` may be asked together or apart, as the answers come.
    """

    age: str = ""
    commitment: str = ""
    moment: str = ""


class Ledger:
    """Notes what is asked, and counts the calls."""

    def __init__(self) -> None:
        self._named: dict[tuple[Question, str], _Moments] = {}
        self._unnamed: dict[tuple[Question, Manner, int], int] = {}
        # By the keys that are to be some; None for those that are none.
        self._addresses: dict[str, Address | None] = {}

    def ask(self, question: Question, keys: Iterable[str], manner: Manner) -> None:
        moments = self._named.setdefault((question, manner.age), {})
        moments.setdefault(manner.moment, {}).setdefault(manner.commitment, set()).update(keys)

    def ask_unnamed(self, question: Question, many: int, of: int, manner: Manner) -> None:
        """Note so many keys that only the answer will tell; asked again `of` the same ones, they are counted once."""
        self._unnamed[question, manner, of] = many

    def calls(self) -> int:
        """Count the calls at the most, where nothing is known yet and every provider answers at once."""
        unnamed = sum([question.calls * many for (question, _, _), many in self._unnamed.items()])
        return unnamed + sum([self._most(question, moments) for (question, _), moments in self._named.items()])

    def _most(self, question: Question, moments: _Moments) -> int:
        apart = sum([self._calls(question, asked) for asked in moments.values()])
        if len(moments) == 1:
            return apart
        together: _Asked = {}
        for asked in moments.values():
            for commitment, keys in asked.items():
                together.setdefault(commitment, set()).update(keys)
        return max(apart, self._calls(question, together))

    def _calls(self, question: Question, asked: _Asked) -> int:
        different = [self._different(question, keys) for keys in asked.values()]
        return question.calls * sum([ceil(each / question.together) for each in different])

    def _different(self, question: Question, keys: set[str]) -> int:
        """Count the keys that are asked about: those of a chain are one however they are written."""
        if question.chain is None:
            return len(keys)
        found = [self._address(key) for key in keys]
        return len({each for each in found if each and each.chain is question.chain})

    def _address(self, key: str) -> Address | None:
        if key not in self._addresses:
            self._addresses[key] = _address(key)
        return self._addresses[key]


def _address(key: str) -> Address | None:
    try:
        return Address.parse(key)
    except NotAnAddress:
        return None
