"""An upstream by itself, over a session like the app's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.domain.provider import Provider
from gateway.upstream.upstream import Upstream, open_session


@asynccontextmanager
async def open_upstream(
    url: str, *, seconds: float = 20, connections: int = 10, **options: Any
) -> AsyncIterator[Upstream]:
    """Open an upstream; an attempt may take so many seconds."""
    async with open_session(timeout=seconds, connections=connections, user_agent="tests/1") as session:
        yield Upstream(Provider.SOLANA_RPC, url, session, **options)
