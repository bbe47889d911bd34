"""One file per company: how it is asked, and how its answer becomes domain records."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from gateway.domain.provider import Provider
from gateway.domain.sources import Source
from gateway.upstream.upstream import Upstream

S = TypeVar("S", bound=BaseModel)


class OpenUpstream(Protocol):
    """Opens the way to a provider's host; what it opens is closed with the process."""

    def __call__(
        self, url: str, *, headers: Mapping[str, str] = ..., query: Mapping[str, str] = ..., configured: bool = ...
    ) -> Upstream: ...


@dataclass(frozen=True, slots=True)
class Registration(Generic[S]):
    """What a provider's file says of itself: its section of the settings, and how its sources are made.

    `example` is a key that `gateway check` may ask the first source for.
    """

    name: str
    provider: Provider
    settings: type[S]
    sources: Callable[[S, OpenUpstream], Sequence[Source[Any, Any]]]
    configured: Callable[[S], bool]
    example: Callable[[S], object]
