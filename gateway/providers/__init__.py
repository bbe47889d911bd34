"""One file per company: how it is asked, and how its answer becomes domain records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar
from urllib.parse import unquote

import msgspec
from pydantic import AfterValidator, BaseModel, BeforeValidator, HttpUrl, SecretStr, WebsocketUrl
from pydantic_settings import NoDecode

from gateway.domain.provider import Provider
from gateway.domain.sources import Feed, Source
from gateway.upstream.limit import Limit, parse_limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.upstream import Upstream
from gateway.upstream.websocket import Sockets, SocketTerms

S = TypeVar("S", bound=BaseModel)


def _listed(value: object) -> object:
    """Read one URL, several with commas between, or a JSON list of them."""
    if not isinstance(value, str):
        return [value] if isinstance(value, HttpUrl) else value
    if value.lstrip().startswith("["):
        return msgspec.json.decode(value)
    return [each.strip() for each in value.split(",")]


def _can_be_sent(urls: tuple[HttpUrl, ...]) -> tuple[HttpUrl, ...]:
    for url in urls:
        try:
            unquote(f"{url.username}{url.password}").encode("latin-1")
        except UnicodeEncodeError:
            raise ValueError("a name or a password holds a letter that no header can") from None
    return urls


def holds_credential(urls: Sequence[HttpUrl | WebsocketUrl]) -> bool:
    """Say whether a URL has a name or a password, which is sent as `Authorization`."""
    return any(url.username or url.password for url in urls)


def _bare(urls: tuple[HttpUrl, ...]) -> tuple[HttpUrl, ...]:
    if holds_credential(urls):
        raise ValueError("holds a name or a password, which would take the place of the provider's own credential")
    return urls


def _take_websockets(urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for url in urls:
        try:
            WebsocketUrl(url.get_secret_value())
        except ValueError:
            raise ValueError("wants a URL that begins with wss:// or ws://") from None
    return urls


def _limit(value: object) -> object:
    return parse_limit(value) if isinstance(value, str) else value


# The hosts of a provider, in the order in which they are preferred.
Urls = Annotated[tuple[HttpUrl, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_can_be_sent)]
# Those of a provider that is told its own credential in the header which a name and a password would take.
BareUrls = Annotated[Urls, AfterValidator(_bare)]
# Where WebSockets are taken, in that order, too.
WebsocketUrls = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_take_websockets)]
Budgeted = Annotated[Limit | None, NoDecode, BeforeValidator(_limit)]


@dataclass(frozen=True, slots=True)
class CallTerms:
    """How a provider wants to be asked: how often again, how much at once, and how long it stays closed after too much.

    `penalty` is as in `Budget`. With `budget_by_host` each host counts for itself.
    """

    retry: RetryPolicy
    limit: Limit | None
    penalty: Callable[[int, float], float]
    budget_by_host: bool = False


class OpenUpstream(Protocol):
    """Opens the way to a provider's host; what it opens is closed with the process."""

    def __call__(
        self,
        urls: Sequence[str],
        terms: CallTerms,
        *,
        headers: Mapping[str, str] = ...,
        query: Mapping[str, str] = ...,
        configured: bool = ...,
    ) -> Upstream: ...


class OpenSockets(Protocol):
    """Opens the way to a provider's feed: its connections and requests are counted together."""

    def __call__(
        self, terms: SocketTerms, *, headers: Mapping[str, str] = ..., query: Mapping[str, str] = ...
    ) -> Sockets: ...


def _no_feeds(_settings: object, _sources: object, _open_sockets: object) -> Sequence[Feed[Any, Any]]:
    return ()


@dataclass(frozen=True, slots=True)
class Registration(Generic[S]):
    """What a provider's file says of itself: its section of the settings, and how its sources are made.

    `example` is a key that `gateway check` may ask the first source for. `feeds` are made beside the sources, which
    they are given to read from.
    """

    name: str
    provider: Provider
    settings: type[S]
    sources: Callable[[S, OpenUpstream], Sequence[Source[Any, Any]]]
    configured: Callable[[S], bool]
    example: Callable[[S], object]
    feeds: Callable[[S, Sequence[Source[Any, Any]], OpenSockets], Sequence[Feed[Any, Any]]] = _no_feeds
