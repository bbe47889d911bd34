"""Who is asking, and what that caller may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.exchange import Credential, Exchange


class Scope(StrEnum):
    """What a caller may be allowed to do."""

    BALANCES_READ = "balances:read"
    EXCHANGE_READ = "exchange:read"


_NONE: Mapping[Exchange, Credential] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller by name, None where it gave no key; its exchange credentials are its own and serve nobody else."""

    name: str | None
    scopes: frozenset[Scope]
    credentials: Mapping[Exchange, Credential] = field(default_factory=lambda: _NONE)
