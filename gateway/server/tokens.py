"""Callers known by an issuer's signed tokens (JWT, RFC 7519, read by the rules of RFC 8725)."""

import binascii
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    PyJWTError,
)

from gateway.domain.caller import Allowance, Caller, Scope, issued_name
from gateway.domain.exchange import Credential, Exchange
from gateway.server.callers import BadToken, CannotTell
from gateway.server.signing_keys import KeysUnknown, SigningKeys

# Longer ones are not looked into. A `kid` is a name, and never taken for a path, a URL or a query.
LONGEST_TOKEN = 8192
_LONGEST_KID = 256
_LONGEST_SUBJECT = 1024
# What a token may say it is; one made for another purpose says so here.
_TYPES = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})
_REQUIRED = ("exp", "iss", "aud", "sub")
_TIMES = ("exp", "nbf", "iat")
# Told only of tokens whose signature holds.
_REASONS: Mapping[type[PyJWTError], str] = {
    ExpiredSignatureError: "it has expired",
    ImmatureSignatureError: "its time has not come",
    InvalidAudienceError: "it is for another audience",
    InvalidIssuerError: "it is from another issuer",
}


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """What is believed of tokens: whose, meant for whom, signed how; `leeway` is in seconds."""

    issuer: str = field(repr=False)
    audience: str = field(repr=False)
    algorithms: frozenset[str]
    leeway: float
    account_claim: str | None = field(repr=False)


class _Ambiguous(ValueError):
    """JSON that two readers may read as two things."""


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Ambiguous("a name stands twice")
    return found


def _no_constant(_: str) -> Any:
    raise _Ambiguous("NaN and infinity are no numbers")


def _object(text: bytes) -> dict[str, Any]:
    """Read a JSON object strictly; raises `ValueError`."""
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except RecursionError:
        raise _Ambiguous("nested too deeply") from None
    if not isinstance(value, dict):
        raise _Ambiguous("no object")
    return value


class _Reader(jwt.PyJWT):
    """PyJWT with stricter claims: no name twice, and times that are numbers."""

    def _decode_payload(self, decoded: dict[str, Any]) -> dict[str, Any]:
        try:
            claims = _object(decoded["payload"])
        except ValueError:
            raise jwt.DecodeError("Invalid payload string") from None
        for name in _TIMES:
            # True and "1" would pass for numbers.
            if name in claims and type(claims[name]) not in (int, float):
                raise jwt.DecodeError("A time is a number")
        return claims


class Tokens:
    """Tells callers by their tokens; only signed claims decide who they are and what they may read."""

    def __init__(
        self,
        terms: TokenTerms,
        keys: SigningKeys,
        accounts: Mapping[str, Mapping[Exchange, Credential]],
        allowance: Allowance | None,
    ) -> None:
        """`accounts` are those that the account claim may name; `allowance` is each caller's own."""
        self._terms = terms
        self._keys = keys
        self._accounts = dict(accounts)
        self._allowance = allowance
        self._reader = _Reader(options={"require": list(_REQUIRED), "enforce_minimum_key_length": True})

    async def caller(self, token: str) -> Caller:
        """Read a token; raises `BadToken`, or `CannotTell` while the issuer's keys cannot be read."""
        kid, algorithm = self._named(token)
        try:
            key = await self._keys.find(kid, algorithm)
        except KeysUnknown as unknown:
            raise CannotTell("Tokens cannot be checked just now.", unknown.retry_after) from None
        if key is None:
            raise BadToken("it is signed with a key that is not known here")
        return self._caller(self._claims(token, key, algorithm))

    async def aclose(self) -> None:
        await self._keys.aclose()

    def _named(self, token: str) -> tuple[str | None, str]:
        """Take from the unsigned header which key to look for, and nothing else."""
        if len(token) > LONGEST_TOKEN or not token.isascii():
            raise BadToken(f"it has more than {LONGEST_TOKEN} characters, or some outside ASCII")
        head = token.partition(".")[0]
        try:
            header = _object(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        except (binascii.Error, ValueError):
            raise BadToken("it is not well-formed") from None
        kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
        if not isinstance(algorithm, str) or algorithm not in self._terms.algorithms:
            raise BadToken("it is signed by an algorithm that is not accepted")
        # No extension is understood here, so none may be critical.
        is_ours = isinstance(kind, str) and kind.lower() in _TYPES and "crit" not in header and "b64" not in header
        if not is_ours or not isinstance(kid, str | None) or len(kid or "") > _LONGEST_KID:
            raise BadToken("it is of another kind")
        return kid, algorithm

    def _claims(self, token: str, key: jwt.PyJWK, algorithm: str) -> Mapping[str, Any]:
        terms = self._terms
        try:
            return self._reader.decode(
                token, key, [algorithm], audience=terms.audience, issuer=terms.issuer, leeway=terms.leeway
            )
        except PyJWTError as wrong:
            raise BadToken(_REASONS.get(type(wrong), "it is not well-formed, or not signed by its issuer")) from None

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        subject = claims["sub"]
        if not 1 <= len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
            raise BadToken("its subject is empty, too long, or cannot be printed")
        account = claims.get(self._terms.account_claim) if self._terms.account_claim else None
        credentials = self._accounts.get(account, {}) if isinstance(account, str) else {}
        name = issued_name(self._terms.issuer, subject)
        expires_at = claims["exp"] + self._terms.leeway
        return Caller(name, scopes_of(claims), credentials, self._allowance, expires_at)


def scopes_of(claims: Mapping[str, Any]) -> frozenset[Scope]:
    """Read `scope` (RFC 8693: with spaces between), or `scp` in either form; what is not known here gives nothing.

    Raises `BadToken` for one that has neither form.
    """
    given = claims["scope"] if "scope" in claims else claims.get("scp", [])
    words: Iterable[Any] = given.split(" ") if isinstance(given, str) else given
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise BadToken("its scopes are neither text nor a list of texts")
    return frozenset(scope for scope in Scope if scope in words)
