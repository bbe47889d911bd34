"""Who is asking: keys of the form `<name>.<secret>`, of which only digests are stored, or an issuer's tokens."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from gateway.domain.caller import Caller


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller as the operator set it up; a digest is the hex SHA-256 of the secret part of a key, at most two live."""

    caller: Caller
    digests: tuple[str, ...]


class BadKey(Exception):
    """A key that opens nothing; the message says what a key looks like, and nothing of which part was wrong."""

    challenge = "Bearer"

    def __init__(
        self, message: str = "This key is not known here. A key is sent as `Authorization: Bearer <name>.<secret>`."
    ) -> None:
        super().__init__(message)


class BadToken(BadKey):
    """A token that opens nothing; the reason is told, for whoever made it to mend."""

    challenge = 'Bearer error="invalid_token"'

    def __init__(self, reason: str) -> None:
        super().__init__(f"This token is not accepted: {reason}.")


class CannotTell(Exception):
    """Who is asking cannot be found out for now; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TokenReader(Protocol):
    """Tells callers by their tokens."""

    async def caller(self, token: str) -> Caller:
        """Raises `BadToken` or `CannotTell`."""

    async def aclose(self) -> None: ...


# Compared where the name is unknown, so that the time taken tells nothing about names.
_NOBODY = "0" * 64
_KEYS = 2
# A token's first part is the base64url of a JSON object, which no caller's name is.
_NAME = re.compile(r"[a-z0-9_-]*", re.ASCII)
_TOKEN_DOTS = 2


class Callers:
    """Tells callers by their keys and tokens, and treats who brings none as the operator wants."""

    def __init__(self, known: Mapping[str, KnownCaller], anonymous: Caller, tokens: TokenReader | None = None) -> None:
        """Without `tokens` every token is a key that is not known."""
        self._known = dict(known)
        self._anonymous = anonymous
        self._tokens = tokens

    async def identify(self, authorization: str | None) -> Caller:
        """Read the value of an `Authorization` header, from wherever it came.

        Raises `BadKey` for what is neither a known caller's key nor a good token, `CannotTell` where nobody can say.
        """
        if authorization is None:
            return self._anonymous
        scheme, _, shown = authorization.strip().partition(" ")
        shown = shown.strip()
        if scheme.lower() != "bearer":
            raise BadKey
        if self._tokens and shown.count(".") == _TOKEN_DOTS and not _NAME.fullmatch(shown.partition(".")[0]):
            return await self._tokens.caller(shown)
        return self._named(shown)

    def at_once(self, authorization: str | None) -> Caller | None:
        """Give a caller that can be told without waiting, and for good: one who brings no key, or a known one."""
        if authorization is None:
            return self._anonymous
        scheme, _, shown = authorization.strip().partition(" ")
        try:
            return self._named(shown.strip()) if scheme.lower() == "bearer" else None
        except BadKey:
            return None

    async def aclose(self) -> None:
        """Let go of what is under way; nobody can be identified by a token afterwards."""
        if self._tokens:
            await self._tokens.aclose()

    def _named(self, key: str) -> Caller:
        name, _, secret = key.partition(".")
        known = self._known.get(name)
        digest = sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        stored = ((known.digests if known else ()) + (_NOBODY,) * _KEYS)[:_KEYS]
        # Each is compared, whichever is the one.
        matches = [hmac.compare_digest(digest, each) for each in stored]
        if known is None or not any(matches):
            raise BadKey
        return known.caller
