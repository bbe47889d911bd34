"""An issuer of tokens: real keys, a real server that publishes them, and a hand that can sign anything."""

import asyncio
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as new_curve_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as new_rsa_key
from jwt.algorithms import get_default_algorithms

from gateway.domain.clock import Clock
from gateway.sandbox import open_sandbox
from tests.running import Gateway, serving

ISSUER = "https://issuer.test/"
AUDIENCE = "balance-gateway"
_CURVES: Mapping[str, type[SECP256R1 | SECP384R1 | SECP521R1]] = {
    "ES256": SECP256R1,
    "ES384": SECP384R1,
    "ES512": SECP521R1,
}
_ALGORITHMS: Mapping[str, Any] = get_default_algorithms()


def encoded(raw: bytes) -> str:
    """Write bytes as the parts of a token are written."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _json(value: object) -> bytes:
    return value if isinstance(value, bytes) else msgspec.json.encode(value)


@cache
def _private(algorithm: str, bits: int, *_names: str) -> Any:
    if algorithm in _CURVES:
        return new_curve_key(_CURVES[algorithm]())
    return Ed25519PrivateKey.generate() if algorithm == "EdDSA" else new_rsa_key(65537, bits)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key pair with its name and its algorithm; the same name gives the same keys."""

    algorithm: str
    kid: str
    bits: int = 2048

    @property
    def private(self) -> Any:
        return _private(self.algorithm, self.bits, self.kid)

    def jwk(self, **more: object) -> dict[str, Any]:
        """Give the public key as an issuer publishes it; `more` adds to it, and None takes out."""
        public = _ALGORITHMS[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        whole = {**public, "kid": self.kid, "alg": self.algorithm, "use": "sig", **more}
        whole.pop("key_ops", None)
        return {name: value for name, value in (whole | more).items() if value is not None}

    def private_jwk(self) -> dict[str, Any]:
        """Give the whole key, as no issuer should ever publish it."""
        whole: dict[str, Any] = _ALGORITHMS[self.algorithm].to_jwk(self.private, as_dict=True)
        return {name: value for name, value in whole.items() if name != "key_ops"}

    def sign(self, claims: object, **header: object) -> str:
        """Sign claims, or any bytes; `header` adds to the header, and None takes out."""
        whole = {"typ": "JWT", "alg": self.algorithm, "kid": self.kid, **header}
        return self.sign_raw({name: value for name, value in whole.items() if value is not None}, claims)

    def sign_raw(self, header: object, claims: object) -> str:
        """Sign whatever stands for a header and claims."""
        text = f"{encoded(_json(header))}.{encoded(_json(claims))}"
        return f"{text}.{encoded(_ALGORITHMS[self.algorithm].sign(text.encode(), self.private))}"


RSA = Signer("RS256", "rsa")
CURVE = Signer("ES256", "curve")
EDWARDS = Signer("EdDSA", "edwards")
OTHER = Signer("RS256", "other")


def claims_of(**more: object) -> dict[str, object]:
    """Give the claims of a good token; `more` adds to them, and None takes out."""
    now = int(time.time())
    whole = {"iss": ISSUER, "aud": AUDIENCE, "sub": "ann", "iat": now, "exp": now + 300, **more}
    return {name: value for name, value in whole.items() if value is not None}


def token_of(signer: Signer = RSA, **claims: object) -> str:
    return signer.sign(claims_of(**claims))


@dataclass
class Publisher:
    """What the issuer's server does; each change holds from the next request on."""

    url: str = ""
    keys: Sequence[Mapping[str, Any]] = field(default_factory=lambda: [RSA.jwk(), CURVE.jwk(), EDWARDS.jwk()])
    status: int = 200
    body: bytes | None = None
    location: str | None = None
    requests: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    # While it is not set, nothing is answered.
    opened: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, _: web.Request) -> web.Response:
        self.requests += 1
        self.arrived.set()
        await self.opened.wait()
        headers = {"Location": self.location} if self.location else {}
        body = msgspec.json.encode({"keys": self.keys}) if self.body is None else self.body
        return web.Response(status=self.status, body=body, headers=headers)


@asynccontextmanager
async def publishing() -> AsyncIterator[Publisher]:
    """Publish an issuer's keys on loopback."""
    publisher = Publisher()
    publisher.opened.set()
    app = web.Application()
    app.router.add_get("/jwks.json", publisher.answer)
    async with TestServer(app) as server:
        publisher.url = str(server.make_url("/jwks.json"))
        try:
            yield publisher
        finally:
            publisher.opened.set()


@asynccontextmanager
async def believing_gateway(
    publisher: Publisher, clock: Clock | None = None, settings: Mapping[str, str] | None = None, **more: str
) -> AsyncIterator[Gateway]:
    """Start a gateway that believes this issuer; `settings` and `more` add to its own."""
    whole = {
        "GATEWAY_JWT__ISSUER": ISSUER,
        "GATEWAY_JWT__AUDIENCE": AUDIENCE,
        "GATEWAY_JWT__JWKS_URL": publisher.url,
        "GATEWAY_JWT__LEEWAY": "0",
        **(settings or {}),
        **more,
    }
    async with open_sandbox(limits=False) as sandbox, serving(sandbox, clock=clock, **whole) as gateway:
        yield gateway
