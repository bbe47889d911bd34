"""Tokens that nobody may use: each is turned away at the door, and told why without a word of what it holds."""

import hmac
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256

import msgspec
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.callers.issuer import (
    AUDIENCE,
    CURVE,
    EDWARDS,
    OTHER,
    RSA,
    Signer,
    believing_gateway,
    claims_of,
    encoded,
    publishing,
    token_of,
)
from tests.running import DEMO_KEY, Gateway
from tests.server.wire import JSON, post

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = b'{"query": "{ limits { maxDepth } }"}'
SUBJECT = "swordfish-subject"
# Made when the tests are gathered, and still good when the last of them runs.
CLAIMS = claims_of(sub=SUBJECT, exp=int(time.time()) + 86_400)
PEM = RSA.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = RSA.private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
HEADER = {"typ": "JWT", "alg": "RS256", "kid": "rsa"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def believing() -> AsyncIterator[Gateway]:
    """Give a gateway that believes an issuer, and publishes what must never be taken for its keys as well."""
    async with publishing() as publisher:
        publisher.keys = [
            *publisher.keys,
            {"kty": "oct", "kid": "shared", "k": encoded(b"x" * 64), "alg": "HS256", "use": "sig"},
            OTHER.jwk(use="enc", kid="for-secrecy"),
            OTHER.jwk(key_ops=["encrypt"], kid="for-wrapping"),
            {**OTHER.private_jwk(), "kid": "private"},
            OTHER.jwk(kid="twice"),
            RSA.jwk(kid="twice"),
            Signer("RS256", "short", bits=1024).jwk(),
            Signer("ES384", "misnamed").jwk(alg="ES256"),
            OTHER.jwk(kid=7),
            OTHER.jwk(kid="broken", n="!"),
        ]
        async with believing_gateway(publisher) as running:
            yield running


def _forged(alg: str, secret: bytes, digest: str) -> str:
    """Sign with a shared secret, as if what is published were one."""
    text = f"{encoded(msgspec.json.encode({**HEADER, 'alg': alg}))}.{encoded(msgspec.json.encode(CLAIMS))}"
    return f"{text}.{encoded(hmac.new(secret, text.encode(), digest).digest())}"


def _unsigned(alg: str, signature: str = "") -> str:
    return f"{encoded(msgspec.json.encode({**HEADER, 'alg': alg}))}.{encoded(msgspec.json.encode(CLAIMS))}.{signature}"


def _spoilt(token: str, part: int) -> str:
    """Change one byte of a part."""
    parts = token.split(".")
    raw = bytearray(urlsafe_b64decode(parts[part] + "=="))
    raw[len(raw) // 2] ^= 1
    return ".".join([*parts[:part], encoded(bytes(raw)), *parts[part + 1 :]])


def _text(**more: object) -> str:
    return msgspec.json.encode({**CLAIMS, **more}).decode()


GOOD = RSA.sign(CLAIMS)
OTHERS = OTHER.sign(CLAIMS)
NOW = int(time.time())
NO_KEY = "is not known here. A key is sent as `Authorization: Bearer <name>.<secret>`"
# What is told of them, by what they are.
FORGERIES: Mapping[str, Mapping[str, str]] = {
    "it is signed by an algorithm that is not accepted": {
        "none": _unsigned("none"),
        "None": _unsigned("None"),
        "none, with another's signature": _unsigned("none", GOOD.rpartition(".")[2]),
        "no algorithm": RSA.sign(CLAIMS, alg=None),
        "an algorithm that is no text": RSA.sign(CLAIMS, alg=["RS256"]),
        "HS256 with the key as PEM": _forged("HS256", PEM, "sha256"),
        "HS512 with the key as PEM": _forged("HS512", PEM, "sha512"),
        "HS256 with the key as DER": _forged("HS256", DER, "sha256"),
        "HS256 with the modulus": _forged("HS256", urlsafe_b64decode(RSA.jwk()["n"] + "=="), "sha256"),
        "HS256 with a shared key that is published": _forged("HS256", b"x" * 64, "sha256").replace("rsa", "shared"),
    },
    "it is not well-formed, or not signed by its issuer": {
        "no signature": _unsigned("RS256"),
        "HMAC called RS256": _forged("RS256", PEM, "sha256"),
        "an RSA signature called ES256": RSA.sign(CLAIMS, alg="ES256", kid="curve"),
        "a key that is too short": Signer("RS256", "short", bits=1024).sign(CLAIMS),
        "its own key under a known name": OTHER.sign(CLAIMS, jwk=OTHER.jwk(), kid="rsa"),
        "its own certificate": OTHER.sign(CLAIMS, x5c=[encoded(DER)], kid="rsa"),
        "a URL of its own keys": OTHER.sign(CLAIMS, jku="http://127.0.0.1:1/jwks.json", kid="rsa"),
        "changed claims": _spoilt(GOOD, 1),
        "a changed signature": _spoilt(GOOD, 2),
        "another's claims": ".".join([*GOOD.split(".")[:1], token_of(sub="bob").split(".")[1], *GOOD.split(".")[2:]]),
        "junk in the signature": GOOD[:-4] + "!!!!" + GOOD[-4:],
        "a subject given twice": RSA.sign(_text().replace("{", '{"sub":"bob",', 1).encode()),
        "a nested name given twice": RSA.sign(_text(a={"b": 1}).replace('"b":1', '"b":1,"b":2').encode()),
        "NaN for a number": RSA.sign(_text(weight="@").replace('"@"', "NaN").encode()),
        "claims that are no object": RSA.sign(b"[]"),
        "claims that are no JSON": RSA.sign(b"\xff"),
        "deep claims": RSA.sign(b"[" * 2000 + b"]" * 2000),
        "an endless number": RSA.sign(_text(nbf="@").replace('"@"', "9" * 5000).encode()),
        "no end": RSA.sign(claims_of(exp=None)),
        "an end that is text": RSA.sign({**CLAIMS, "exp": str(NOW + 86_400)}),
        "an end that is true": RSA.sign({**CLAIMS, "exp": True}),
        "an end beyond numbers": RSA.sign(_text(exp="@").replace('"@"', "1e999").encode()),
        "no issuer": RSA.sign(claims_of(iss=None)),
        "no audience": RSA.sign(claims_of(aud=None)),
        "no subject": RSA.sign(claims_of(sub=None)),
        "a subject that is a number": RSA.sign({**CLAIMS, "sub": 7}),
    },
    "it is signed with a key that is not known here": {
        "RS256 called PS256": RSA.sign(CLAIMS, alg="PS256"),
        "RS256 called RS512": RSA.sign(CLAIMS, alg="RS512"),
        "ES256 that names the RSA key": CURVE.sign(CLAIMS, kid="rsa"),
        "EdDSA that names the curve": EDWARDS.sign(CLAIMS, kid="curve"),
        "another curve than the algorithm's": Signer("ES384", "misnamed").sign(CLAIMS, alg="ES256"),
        "a key for secrecy": OTHER.sign(CLAIMS, kid="for-secrecy"),
        "a key for wrapping": OTHER.sign(CLAIMS, kid="for-wrapping"),
        "a key whose private part is out": OTHER.sign(CLAIMS, kid="private"),
        "a name that two keys have": OTHER.sign(CLAIMS, kid="twice"),
        "an unknown key": OTHERS,
        "a key that is broken": OTHER.sign(CLAIMS, kid="broken"),
        "no kid, where several keys would do": RSA.sign(CLAIMS, kid=None),
        "its own key": OTHER.sign(CLAIMS, jwk=OTHER.jwk(), kid=None),
        "a kid that is a path": OTHER.sign(CLAIMS, kid="../../../../dev/null"),
        "a kid that is a query": OTHER.sign(CLAIMS, kid="x' UNION SELECT 'key'; --"),
        "a kid that is a URL": OTHER.sign(CLAIMS, kid="http://127.0.0.1:1/"),
        "a kid with a line end": OTHER.sign(CLAIMS, kid="rsa\r\nX: y"),
        "an empty kid": OTHER.sign(CLAIMS, kid=""),
    },
    "it is of another kind": {
        "a long kid": OTHER.sign(CLAIMS, kid="k" * 257),
        "a kid that is a number": OTHER.sign(CLAIMS, kid=7),
        "a kid that is a list": OTHER.sign(CLAIMS, kid=["rsa"]),
        "something critical": RSA.sign(CLAIMS, crit=["exp"], exp=1),
        "something critical that is empty": RSA.sign(CLAIMS, crit=[]),
        "unencoded claims": RSA.sign(CLAIMS, crit=["b64"], b64=False),
        "a token for logging out": RSA.sign(CLAIMS, typ="logout+jwt"),
        "a type that is no text": RSA.sign(CLAIMS, typ=1),
    },
    "it is not well-formed": {
        "a changed header": _spoilt(GOOD, 0),
        "an algorithm given twice": RSA.sign_raw(b'{"alg":"none","alg":"RS256","kid":"rsa"}', CLAIMS),
        "a header that is no object": RSA.sign_raw(b'"RS256"', CLAIMS),
        "a header that is no base64": "Ey!.a.b",
    },
    "it has more than 8192 characters, or some outside ASCII": {
        "a huge token": RSA.sign({**CLAIMS, "padding": "x" * 8192}),
        "letters outside ASCII": "\xc9yJ.a.b",
    },
    "it has expired": {
        "expired": RSA.sign({**CLAIMS, "exp": NOW - 1}),
        "expired for ever": RSA.sign({**CLAIMS, "exp": 0}),
    },
    "its time has not come": {
        "not yet": RSA.sign({**CLAIMS, "nbf": NOW + 86_400}),
        "from the future": RSA.sign({**CLAIMS, "iat": NOW + 86_400}),
    },
    "it is from another issuer": {
        "another issuer": RSA.sign({**CLAIMS, "iss": "https://issuer.test"}),
        "an issuer in a list": RSA.sign({**CLAIMS, "iss": [CLAIMS["iss"]]}),
    },
    "it is for another audience": {
        "another audience": RSA.sign({**CLAIMS, "aud": "balance-gateway2"}),
        "other audiences": RSA.sign({**CLAIMS, "aud": ["a", "b"]}),
        "an audience that is an object": RSA.sign({**CLAIMS, "aud": {AUDIENCE: 1}}),
    },
    "its subject is empty, too long, or cannot be printed": {
        "an empty subject": RSA.sign({**CLAIMS, "sub": ""}),
        "a long subject": RSA.sign({**CLAIMS, "sub": "s" * 1025}),
        "a subject with a line end": RSA.sign({**CLAIMS, "sub": "ann\ndemo"}),
        "a subject that is no unicode": RSA.sign(_text(sub="@").replace("@", "\\ud800").encode()),
    },
    "its scopes are neither text nor a list of texts": {
        "scopes that are a number": RSA.sign({**CLAIMS, "scope": 7}),
        "scopes in a list of numbers": RSA.sign({**CLAIMS, "scp": ["balances:read", 7]}),
    },
    NO_KEY: {
        "five parts, as an encrypted one has": "eyJ.a.b.c.d",
        "nothing but points": "..",
    },
}


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [pytest.param(token, reason, id=name) for reason, group in FORGERIES.items() for name, token in group.items()],
)
async def test_a_token_that_nobody_may_use_is_turned_away(believing: Gateway, forgery: str, reason: str) -> None:
    reply = await post(believing, BODY, {**JSON, "Authorization": f"Bearer {forgery}"})
    assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")
    assert reply.headers["WWW-Authenticate"] == ("Bearer" if reason == NO_KEY else 'Bearer error="invalid_token"')
    # The whole sentence: nothing of what the token holds is in it.
    what = "key" if reason == NO_KEY else "token is not accepted:"
    assert reply.error["message"] == f"This {what} {reason}."


async def test_a_token_with_a_deep_header_is_turned_away(believing: Gateway) -> None:
    header = b'{"alg":' + b"[" * 2000 + b"]" * 2000 + b"}"
    reply = await post(believing, BODY, {**JSON, "Authorization": f"Bearer {RSA.sign_raw(header, CLAIMS)}"})
    assert (reply.status, reply.code) == (401, "UNAUTHENTICATED")
    # How deep Python reads depends on its version.
    try:
        json.loads(header)
        reason = "it is signed by an algorithm that is not accepted"
    except RecursionError:
        reason = "it is not well-formed"
    assert reply.error["message"] == f"This token is not accepted: {reason}."


async def test_what_is_forged_above_differs_from_good_tokens_in_that_alone(believing: Gateway) -> None:
    for good in (
        GOOD,
        CURVE.sign(CLAIMS),
        EDWARDS.sign(CLAIMS),
        RSA.sign(CLAIMS, typ="at+jwt"),
        RSA.sign(CLAIMS, typ=None),
        RSA.sign({**CLAIMS, "nbf": NOW, "exp": NOW + 86_400.5}),
        RSA.sign({**CLAIMS, "aud": ["a", AUDIENCE]}),
        RSA.sign({**CLAIMS, "sub": "s" * 1024}),
        CURVE.sign(CLAIMS, kid=None),
        RSA.sign(CLAIMS, jwk=OTHER.jwk(), jku="http://127.0.0.1:1/"),
    ):
        assert (await believing.ask("{ limits { maxDepth } }", key=good)).data, good


async def test_two_authorizations_are_nobodys(believing: Gateway) -> None:
    for first, second in ((GOOD, DEMO_KEY), (DEMO_KEY, GOOD), (GOOD, GOOD), (DEMO_KEY, DEMO_KEY)):
        headers = [*JSON.items(), ("Authorization", f"Bearer {first}"), ("Authorization", f"Bearer {second}")]
        async with believing.http.post(f"{believing.url}/graphql", data=BODY, headers=headers) as response:
            assert response.status == 401


async def test_a_digest_of_a_key_is_no_key(believing: Gateway) -> None:
    digest = sha256(DEMO_KEY.partition(".")[2].encode()).hexdigest()
    reply = await post(believing, BODY, {**JSON, "Authorization": f"Bearer demo.{digest}"})
    assert reply.status == 401
