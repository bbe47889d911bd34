"""The capabilities a provider may serve, one protocol each; a provider inherits those it has.

The contract of every source: `answers(keys, effort)` is given at most `max_keys` different keys and gives back one
result for each, in the same order: an `Answer`, `Absent` where the provider says that nothing is there, or an
`UpstreamError` in place of what could not be had. It may raise one `UpstreamError` for all of them. It ends before the
effort's deadline. It keeps nothing between calls that a caller could see: ages and older answers are the readings'
business.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias, TypeVar, get_args, get_origin

from gateway.domain.address import Address
from gateway.domain.clock import Deadline
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position
from gateway.domain.rune import Rune, RuneBalance
from gateway.domain.token import AccountKey, TokenAccount, TokenBalance

K_contra = TypeVar("K_contra", contravariant=True)
V = TypeVar("V")
V_co = TypeVar("V_co", covariant=True)

Result: TypeAlias = Answer[V] | Absent | UpstreamError


@dataclass(frozen=True, slots=True)
class Terms:
    """How a capability is asked for: who serves it, what sets it apart, and for how long an answer holds.

    `scope` is everything besides the key that changes the answer, such as the network. `fresh_for` is in seconds.
    """

    provider: Provider
    capability: str
    scope: str
    fresh_for: float
    max_keys: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How much an answer is worth: until when, and whether to wait for a budget that is spent.

    `floors` holds, by key, the position of the newest answer known: an answer from before it is no news. A source
    whose provider can be told so tells it; to the others it means nothing.
    """

    deadline: Deadline
    may_wait: bool = True
    floors: Mapping[Any, Position] = field(default_factory=dict)


class Source(Protocol[K_contra, V_co]):
    """Whatever can be asked for values by key."""

    terms: Terms

    async def answers(self, keys: Sequence[K_contra], effort: Effort) -> "Sequence[Result[V_co]]": ...


class Feed(Protocol[K_contra, V_co]):
    """Whatever tells a key's value as it changes; it stands beside a source with the same terms.

    `follow(key)` tells the present value first, and then each change; the same value again, with a later position or
    none, at least every `heartbeat` seconds for as long as the feed is well. Trouble is told as an `UpstreamError` and
    is no end: the feed goes on trying by itself, and tells the value anew once it is well again. It ends only when its
    iterator is closed or cancelled, and leaves nothing open then. Values are whole, not differences. It never tells a
    position before one that it has told.
    """

    terms: Terms
    heartbeat: float

    def follow(self, key: K_contra) -> "AsyncIterator[Result[V_co]]": ...


def key_type(capability: Any) -> Any:
    """Give the type of the keys that a capability's sources are asked for."""
    return _types(capability)[0]


def value_type(capability: Any) -> Any:
    """Give the type of the values that a capability's sources answer with."""
    return _types(capability)[1]


def _types(capability: Any) -> tuple[Any, ...]:
    (source,) = (each for each in capability.__orig_bases__ if get_origin(each) is Source)
    return get_args(source)


class RunesByAddress(Source[Address, tuple[RuneBalance, ...]], Protocol):
    """Runes that a Bitcoin address owns."""


class InscriptionsByAddress(Source[Address, Mapping[str, str]], Protocol):
    """Inscription ids, by rune id, of the runes that a Bitcoin address owns."""


class RuneById(Source[str, Rune], Protocol):
    """What a rune is, by `block:tx` or by its name without spacers; absent where no such rune was etched."""


class TokenAccountByAddress(Source[AccountKey, TokenAccount], Protocol):
    """A token account, by its own address; absent where it was never made or is closed."""


class TokenAccountsByOwner(Source[AccountKey, tuple[TokenAccount, ...]], Protocol):
    """Token accounts that an owner controls, under every token program."""


class TokenAccountItself(Source[AccountKey, tuple[TokenAccount, ...]], Protocol):
    """The token account that an address is: one, or none where it is something else or nothing at all."""


class TokensByOwner(Source[Address, tuple[TokenBalance, ...]], Protocol):
    """What an owner holds of each mint."""


class WalletsByCredential(Source[Credential, tuple[ExchangeWallet, ...]], Protocol):
    """Wallets of the exchange account that a credential opens."""
