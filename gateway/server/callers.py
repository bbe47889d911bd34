"""Who is asking: keys of the form `<name>.<secret>`, of which only a digest is stored."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from gateway.domain.caller import Caller, Scope


@dataclass(frozen=True, slots=True)
class KnownCaller:
    """A caller as the operator set it up; `key_sha256` is the hex digest of the secret part of its key."""

    caller: Caller
    key_sha256: str


class BadKey(Exception):
    """A key that opens nothing; the message says what a key looks like, and nothing of which part was wrong."""


# Compared where the name is unknown, so that the time taken tells nothing about names.
_NOBODY = "0" * 64


class Callers:
    """Tells callers by their keys, and treats who brings none as the operator wants."""

    def __init__(self, known: Mapping[str, KnownCaller], anonymous: frozenset[Scope]) -> None:
        self._known = dict(known)
        self._anonymous = Caller(None, anonymous)

    def identify(self, authorization: str | None) -> Caller:
        """Read an `Authorization` header; raises `BadKey` for one that is not a known caller's key."""
        if authorization is None:
            return self._anonymous
        scheme, _, key = authorization.strip().partition(" ")
        name, _, secret = key.strip().partition(".")
        known = self._known.get(name)
        digest = sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
        matches = hmac.compare_digest(digest, known.key_sha256 if known else _NOBODY)
        if scheme.lower() != "bearer" or known is None or not matches:
            raise BadKey("This key is not known here. A key is sent as `Authorization: Bearer <name>.<secret>`.")
        return known.caller
