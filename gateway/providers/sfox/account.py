"""One account as a feed's connection tells it, merged by currency onto what was read of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.exchange import ExchangeWallet
from gateway.providers.sfox.message import Message
from gateway.upstream.decoding import Undecodable

# Numbers for which a latecomer is known as one.
_MOST_MISSED = 1000


@dataclass(frozen=True, slots=True)
class _Told:
    """A wallet, and the number of the message that told it or that was the last before it was read."""

    sequence: int
    wallet: ExchangeWallet


class Account:
    """Its wallets, and whether they can be vouched for: not before they were read, nor once a message may be missing.

    A message that may be missing makes everything doubtful that was told up to it. What was told after it holds, for
    whatever has changed since would be told by a later message.
    """

    def __init__(self) -> None:
        self.sequence: int | None = None
        # How often, since the last number that came in order, one came that had been passed and was not missing.
        self.disorder = 0
        # Why it must be read; None where it need not be.
        self.doubt: str | None = "nothing is known yet"
        self._doubtful = -1
        self._last: Message | None = None
        self._missing: set[int] = set()
        self._told: dict[str, _Told] = {}

    @property
    def wallets(self) -> tuple[ExchangeWallet, ...]:
        return tuple(each.wallet for each in self._told.values())

    def hear(self, message: Message) -> None:
        """Take in a message of any kind: all are numbered together."""
        self._count(message)
        self._last = message
        if not message.is_about_balances:
            return
        try:
            wallets = message.wallets()
        except Undecodable as wanted:
            self._doubt(f"not understood: {wanted}", message.sequence)
            return
        for wallet in wallets:
            told = self._told.get(wallet.currency)
            if told is None or told.sequence < message.sequence:
                self._told[wallet.currency] = _Told(message.sequence, wallet)

    def misheard(self, wanted: Undecodable) -> None:
        """Take note of what is no message at all."""
        self._doubt(f"not understood: {wanted}", -1 if self.sequence is None else self.sequence)

    def read(self, wallets: Sequence[ExchangeWallet], *, anew: bool = False) -> None:
        """Take in what was read after the last message heard; `anew` where it outweighs whatever was told."""
        sequence = -1 if self.sequence is None else self.sequence
        kept = {} if anew else {name: told for name, told in self._told.items() if told.sequence > self._doubtful}
        self._told = {wallet.currency: kept.pop(wallet.currency, _Told(sequence, wallet)) for wallet in wallets} | kept
        self.doubt = None

    def _count(self, message: Message) -> None:
        last, sequence = self.sequence, message.sequence
        if last is None or sequence == last + 1:
            self.disorder = 0
        elif sequence > last:
            self._doubt("a gap in the numbering", sequence - 1)
            if sequence - last <= _MOST_MISSED:
                recent = {number for number in self._missing if number > sequence - _MOST_MISSED}
                self._missing = recent | set(range(last + 1, sequence))
        elif sequence in self._missing:
            self._missing.remove(sequence)
        elif message != self._last:
            # Neither late nor said twice: the numbering cannot be relied on.
            self.disorder += 1
            self._doubt("disorder in the numbering", last)
        self.sequence = sequence if last is None else max(last, sequence)

    def _doubt(self, reason: str, upto: int) -> None:
        self.doubt = reason
        self._doubtful = max(self._doubtful, upto)
