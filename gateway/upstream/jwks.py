"""Reads the keys that an issuer of tokens publishes (RFC 7517, section 5): public ones, from a URL of the settings."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from gateway.upstream.decoding import Undecodable, decode
from gateway.upstream.session import open_session

# The longest document that an issuer has reason to publish, decompressed, and the most keys in it.
MAX_DOCUMENT = 256 * 1024
MAX_KEYS = 100
_CHUNK = 16 * 1024


class KeysUnread(Exception):
    """An issuer's keys could not be read; the message says why, and holds no URL and nothing that was sent."""


class _Document(msgspec.Struct):
    keys: list[dict[str, Any]]


async def read_keys(url: str, *, seconds: float, user_agent: str) -> Sequence[Mapping[str, Any]]:
    """Read all keys once, within so many seconds and following no redirect; raises `KeysUnread`."""
    try:
        async with (
            open_session(connections=1, user_agent=user_agent) as session,
            session.get(url, timeout=aiohttp.ClientTimeout(total=seconds), allow_redirects=False) as response,
        ):
            if response.status != HTTPStatus.OK:
                raise KeysUnread(f"status {response.status}")
            keys = decode(await _body(response), _Document).keys
    except TimeoutError:
        raise KeysUnread("no answer within the time allowed") from None
    except (aiohttp.ClientError, OSError) as trouble:
        raise KeysUnread(f"connection: {type(trouble.__cause__ or trouble).__name__}") from None
    except Undecodable as trouble:
        raise KeysUnread(f"not a key set: {trouble}") from None
    if len(keys) > MAX_KEYS:
        raise KeysUnread(f"more than {MAX_KEYS} keys")
    return keys


async def _body(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > MAX_DOCUMENT:
            response.close()
            raise KeysUnread(f"more than {MAX_DOCUMENT} bytes")
    return bytes(body)
