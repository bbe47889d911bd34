"""The calls that an operation may make necessary upstream: who is asked about which keys, each key once."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from gateway.domain.address import Address, NotAnAddress
from gateway.schema.cost import Question

# The keys of a question and an age, by the moment in which they are asked.
_Moments = dict[str, set[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Manner:
    """How a field asks: the age that it accepts and the commitment that it wants, as they were written.

    What differs in age is asked apart. What differs in commitment may be asked together, but not in one call.
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

    def ask(self, question: Question, keys: Iterable[str], manner: Manner) -> None:
        moments = self._named.setdefault((question, manner.age), {})
        moments.setdefault(manner.moment, set()).update((manner.commitment, key) for key in keys)

    def ask_unnamed(self, question: Question, many: int, of: int, manner: Manner) -> None:
        """Note so many keys that only the answer will tell; asked again `of` the same ones, they are counted once."""
        self._unnamed[question, manner, of] = many

    def calls(self) -> int:
        """Count the calls at the most, where nothing is known yet and every provider answers at once."""
        unnamed = sum(question.calls * many for (question, _, _), many in self._unnamed.items())
        asked = (keys for moments in self._named.values() for keys in moments.values())
        parsed = {key: _address(key) for keys in asked for _, key in keys}
        return unnamed + sum(_most(question, moments, parsed) for (question, _), moments in self._named.items())


def _most(question: Question, moments: _Moments, parsed: dict[str, Address | None]) -> int:
    apart = sum(_calls(question, keys, parsed) for keys in moments.values())
    return max(apart, _calls(question, set().union(*moments.values()), parsed))


def _calls(question: Question, keys: set[tuple[str, str]], parsed: dict[str, Address | None]) -> int:
    if question.chain is not None:
        found = ((commitment, parsed[key]) for commitment, key in keys)
        asked: set[tuple[str, Any]] = {
            (commitment, address) for commitment, address in found if address and address.chain is question.chain
        }
    else:
        asked = {*keys}
    commitments = [commitment for commitment, _ in asked]
    # Keys are dealt out to calls as they come, so that every call may have to be made for each commitment.
    batches = ceil(len(asked) / question.together)
    return question.calls * sum(min(commitments.count(each), batches) for each in set(commitments))


def _address(key: str) -> Address | None:
    try:
        return Address.parse(key)
    except NotAnAddress:
        return None
