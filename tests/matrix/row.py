"""What a row of a matrix says: how a provider answers, and what a caller then sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeAlias

import msgspec

# Stands in bodies, headers, URLs and credentials, and may come out nowhere.
CANARY = "canary-5f3a9c"


class Ending(Enum):
    """How an answer ends on the wire."""

    WHOLE = auto()
    CUT = auto()  # half of the body, then the connection closes
    DISCONNECT = auto()  # closed before any byte


@dataclass(frozen=True, slots=True)
class Asked:
    """One request; `tree` is its JSON, None where it has no body."""

    path: str
    query: Mapping[str, str]
    tree: Any


@dataclass(frozen=True, slots=True)
class Told:
    """One answer, to the byte; it is held back until `after` requests have come."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.WHOLE
    after: int = 0


Script: TypeAlias = Callable[[Asked], Told]


def json_of(tree: Any, **more: Any) -> Told:
    """Answer with a tree as JSON."""
    return Told(body=msgspec.json.encode(tree), headers={"Content-Type": "application/json"}, **more)


def always(told: Told) -> Script:
    return lambda _: told


@dataclass(frozen=True, slots=True)
class End:
    """How a reading ends: its outcome, and its problem where it has one."""

    outcome: str
    code: str | None = None
    retryable: bool | None = None


FRESH = End("FRESH")
ABSENT = End("ABSENT")
REJECTED = End("UNAVAILABLE", "REJECTED", retryable=False)
UNAUTHENTICATED = End("UNAVAILABLE", "UPSTREAM_UNAUTHENTICATED", retryable=False)
FORBIDDEN = End("UNAVAILABLE", "UPSTREAM_FORBIDDEN", retryable=False)
PROTOCOL = End("UNAVAILABLE", "PROTOCOL", retryable=False)
INTERNAL = End("UNAVAILABLE", "INTERNAL", retryable=False)
UNAVAILABLE = End("UNAVAILABLE", "UNAVAILABLE", retryable=True)
RATE_LIMITED = End("UNAVAILABLE", "RATE_LIMITED", retryable=True)
BEHIND = End("UNAVAILABLE", "BEHIND", retryable=True)


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks; `provider` is whose answers the row tells, by its name in the settings.

    `read` finds the reading in the response, or the extensions of an error, and the figures in short.
    """

    provider: str
    query: str
    read: Callable[[Any], tuple[Mapping[str, Any], list[str]]]
    variables: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `before` calls lead up to the one that decides, and that one is made again `retries` times at most.

    `retry_after` is what the caller is told when there was no time left to try again; `figures` are what an accepted
    answer shows. `names` is what the log and the metric of drift say of an answer that was refused.
    """

    name: str
    question: Question
    script: Script
    end: End
    retries: int = 0
    before: int = 0
    retry_after: int | None = None
    figures: tuple[str, ...] | None = None
    names: str = ""
