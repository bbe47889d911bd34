"""Where the shared store is, and what opens it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

_TLS = {"redis": False, "valkey": False, "rediss": True, "valkeys": True}
_WANTED = "wants redis://[user:password@]host[:port][/database], or rediss:// for TLS"
_DATABASE = re.compile(r"/?|/[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoreAddress:
    """A store's place and credentials; it never prints the latter."""

    host: str
    port: int
    database: int = 0
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    tls: bool = False
    # Who signed the store's certificate; None for those whom the machine trusts.
    authorities: Path | None = None

    @classmethod
    def parse(cls, url: str, authorities: Path | None = None) -> Self:
        """Read a URL; raises `ValueError`, whose message repeats nothing of it."""
        try:
            parts = urlsplit(url)
            port = parts.port or 6379
        except ValueError:
            raise ValueError(_WANTED) from None
        if parts.scheme not in _TLS or not parts.hostname or not _DATABASE.fullmatch(parts.path) or parts.query:
            raise ValueError(_WANTED)
        return cls(
            parts.hostname,
            port,
            int(parts.path.strip("/") or 0),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            _TLS[parts.scheme],
            authorities,
        )
