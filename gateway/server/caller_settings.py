"""The settings that say who may ask: callers by their keys, issuers' tokens, and exchange accounts."""

from ipaddress import ip_address
from typing import Annotated, Literal, Self, get_args

from limits import parse_many
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, HttpUrl, StringConstraints, model_validator
from pydantic_settings import NoDecode

from gateway.domain.caller import Allowance, Scope
from gateway.upstream.secret import Secret

# More would make each count slow: a shorter time says the same.
_MOST_ALLOWED = 100_000
_WANTED = f"wants a cost of 1 to {_MOST_ALLOWED} in a time, such as 10000/minute, or none"

CallerName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
# Asymmetric ones alone: with a published key, a symmetric one would let anybody sign.
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)


def parse_allowance(text: object) -> object:
    """Read an allowance such as `10000/minute` or `500/10 seconds`; `none` sets none. Raises `ValueError`."""
    if not isinstance(text, str):
        return text
    if text.strip().lower() == "none":
        return None
    try:
        # Of several every one would have to be kept.
        (item,) = parse_many(text)
    except ValueError:
        raise ValueError(_WANTED) from None
    if not 1 <= item.amount <= _MOST_ALLOWED:
        raise ValueError(_WANTED)
    return Allowance(item.amount, item.get_expiry())


def _listed(value: object) -> object:
    return [each.strip() for each in value.split(",")] if isinstance(value, str) else value


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def _not_in_the_open(url: HttpUrl) -> HttpUrl:
    if url.username or url.password:
        raise ValueError("holds a credential, and keys are public")
    if url.scheme != "https" and not _is_loopback(url.host or ""):
        raise ValueError("whoever sits between could exchange the keys")
    return url


Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]
KeysUrl = Annotated[HttpUrl, AfterValidator(_not_in_the_open)]
Allowed = Annotated[Allowance | None, NoDecode, BeforeValidator(parse_allowance)]


class CallerSettings(BaseModel, extra="forbid"):
    """One caller: what its keys hash to, what it may do, and whose exchange account is its own."""

    key_sha256: Digest = Field(description="hex SHA-256 of the secret part of the caller's key")
    next_key_sha256: Digest | None = Field(
        None, description="the same of a second key, while one takes the other's place"
    )
    scopes: frozenset[Scope] = Field(
        frozenset({Scope.BALANCES_READ}), description='JSON list of "balances:read" and "exchange:read"'
    )
    sfox_token: Secret | None = Field(None, description="the caller's own sFOX api token")
    budget: Allowed = Field(
        None,
        description="what its operations may cost in a time, such as 10000/minute, or none; caller_budget if left out",
    )

    @property
    def digests(self) -> tuple[str, ...]:
        return (self.key_sha256, self.next_key_sha256) if self.next_key_sha256 else (self.key_sha256,)


class ExchangeAccountSettings(BaseModel, extra="forbid"):
    """An account at an exchange that an issuer's tokens may name."""

    sfox_token: Secret = Field(description="the account's sFOX api token")


class JwtSettings(BaseModel, extra="forbid"):
    """Whose tokens are believed, and what in them is looked at; off where nothing is set."""

    issuer: str | None = Field(None, min_length=1, repr=False, description="who signs: the exact `iss` of every token")
    audience: str | None = Field(
        None, min_length=1, repr=False, description="what this gateway is called in a token's `aud`"
    )
    jwks_url: KeysUrl | None = Field(
        None, repr=False, description="where the issuer publishes its keys: https, or http on loopback"
    )
    algorithms: Annotated[frozenset[Algorithm], NoDecode, BeforeValidator(_listed)] = Field(
        frozenset(_ALGORITHMS), min_length=1, description=f"with commas between: {', '.join(_ALGORITHMS)}"
    )
    leeway: float = Field(10, ge=0, le=300, description="seconds by which the issuer's clock may differ")
    account_claim: str | None = Field(
        None, min_length=1, repr=False, description="the claim that names a caller's exchange account"
    )
    fresh_for: float = Field(300, gt=0, description="seconds after which the issuer's keys are read again")
    keep_for: float = Field(3600, ge=0, description="seconds for which known keys are kept while they cannot be read")

    @model_validator(mode="after")
    def _all_or_none(self) -> Self:
        given = {name: getattr(self, name) is not None for name in ("issuer", "audience", "jwks_url")}
        if any(given.values()) and not all(given.values()):
            missing = ", ".join(name for name, has in given.items() if not has)
            raise ValueError(f"issuer, audience and jwks_url belong together; missing: {missing}")
        return self
