"""What a backend of aiocache is made of, loaded without the clients of stores that it looks for."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _passing_over(name: str) -> Iterator[None]:
    """Let a package that is not loaded yet seem not to be installed."""
    if name in sys.modules:
        yield
        return
    # What Python's own documentation says of None here: importing it raises `ModuleNotFoundError`.
    sys.modules[name] = None  # type: ignore[assignment]  # the stubs know modules alone
    try:
        yield
    finally:
        del sys.modules[name]


# aiocache loads redis-py where it is installed, 6 MB that nobody needs who shares no store. Who does loads it by name.
with _passing_over("redis"):
    from aiocache.base import BaseCache
    from aiocache.serializers import NullSerializer

__all__ = ["BaseCache", "NullSerializer"]
