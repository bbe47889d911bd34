"""Who is asking, and what that caller may read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from gateway.domain.exchange import Credential, Exchange

# Stands between an issuer and its subject, and in no name of a key.
_BETWEEN = "#"


class Scope(StrEnum):
    """What a caller may be allowed to do."""

    BALANCES_READ = "balances:read"
    EXCHANGE_READ = "exchange:read"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a caller's operations may cost in any stretch of so many seconds."""

    cost: int
    seconds: int


_NONE: Mapping[Exchange, Credential] = MappingProxyType({})


def issued_name(issuer: str, subject: str) -> str:
    """Name a caller by who vouches for it; no key has such a name."""
    return f"{issuer}{_BETWEEN}{subject}"


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller by name, None where it gave no key; its exchange credentials are its own and serve nobody else.

    Without an `allowance` its operations may cost whatever they do; callers without a name share theirs.
    What it showed is good until `expires_at`, in seconds since 1970, and for good where that is None.
    """

    name: str | None
    scopes: frozenset[Scope]
    credentials: Mapping[Exchange, Credential] = field(default_factory=lambda: _NONE)
    allowance: Allowance | None = None
    expires_at: float | None = None

    @property
    def mark(self) -> str:
        """Tell this caller from all others where strangers may read it: a subject may be a person's address."""
        name = self.name or ""
        # The sign keeps a digest from being the name of a key.
        return name if _BETWEEN not in name else _BETWEEN + sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
