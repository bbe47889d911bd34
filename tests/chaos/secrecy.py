"""What nobody may be told: bodies, URLs and credentials of providers, and another caller's figures."""

from collections.abc import Iterable
from typing import Final

from gateway.sandbox import credentials
from tests.chaos.world import MARKS

_CREDENTIALS: Final = (
    credentials.XVERSE_API_KEY,
    credentials.SOLANA_API_KEY,
    credentials.BLOXROUTE_AUTHORIZATION,
    credentials.SFOX_TOKEN,
    credentials.SFOX_OTHER_TOKEN,
    "demo.sandbox-secret",
    "other.other-secret",
)
# What stands in the bodies that the sandbox answers with when it fails.
_BODIES: Final = (
    "Please wait",
    "this is not JSON",
    "Rate limit exceeded",
    "rate limit exceeded",
    "oo many requests",
    "nternal server error",
    "ervice unavailable",
    "upstream connect error",
    "context deadline exceeded",
    "authorization header is",
    "invalid api key",
    "Node is behind",
    "inimum context slot",
    "Batch requests are not supported",
    "batch requests are disabled",
    "Too many inputs",
    "numSlotsBehind",
)


def told_secrets(said: bytes, urls: Iterable[str], own_token: str | None = None) -> list[str]:
    """Find what may not stand in an answer to the caller whom a token at the exchange belongs to."""
    text = said.decode()
    others = [mark for token, mark in MARKS.items() if token != own_token]
    hosts = [url.removeprefix("http://") for url in urls]
    return [secret for secret in (*_CREDENTIALS, *_BODIES, *hosts, *(f".{mark}" for mark in others)) if secret in text]
