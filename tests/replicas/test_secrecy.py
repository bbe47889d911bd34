"""Whoever has the store in hand learns no address, no credential and no caller from its keys."""

import base64
import hashlib
import urllib.parse
import zlib
from collections.abc import Iterable

import pytest

from gateway.sandbox import addresses, credentials, open_sandbox
from tests.end_to_end.asking import QUESTIONS
from tests.replicas.question import holder, token_account
from tests.replicas.replica import SECRET, running_replicas
from tests.running import DEMO_KEY, OTHER_KEY
from tests.stores.engine import Engine
from tests.stores.process import StoreProcess

# This is the gateway's own doing, whichever engine it is; that both serve it is shown elsewhere.
pytestmark = pytest.mark.parametrize("engine", [Engine.VALKEY], indirect=True)

_CREDENTIALS = (
    credentials.XVERSE_API_KEY,
    credentials.SOLANA_API_KEY,
    credentials.BLOXROUTE_AUTHORIZATION,
    credentials.SFOX_TOKEN,
    credentials.SFOX_OTHER_TOKEN,
    DEMO_KEY,
    DEMO_KEY.partition(".")[2],
    OTHER_KEY.partition(".")[2],
    SECRET,
)
_ASKED_FOR = (
    addresses.RUNES_HOLDER,
    addresses.TOKEN_ACCOUNT,
    addresses.OWNER,
    *addresses.GENERATED_HOLDERS[:3],
    *addresses.GENERATED_TOKEN_ACCOUNTS[:3],
)


async def _stored(store: StoreProcess) -> dict[str, bytes]:
    """Give what the store holds after every question was asked, some while the provider failed, by two callers."""
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as (one, other):
        for question in QUESTIONS:
            await one.read(question)
            await other.read(question, key=OTHER_KEY)
        for number in range(3):
            await one.read(holder(number))
            await one.read(token_account(number))
        for provider in ("xverse", "solana", "bloxroute", "sfox"):
            await one.gateway.fail(provider, "429", 1)
        for question in QUESTIONS:
            await one.read(question, max_age=0)
        return await store.dump()


def _disguises(secret: str) -> Iterable[bytes]:
    """Give a secret as itself, in the usual encodings, and under the usual hashes without a key."""
    raw = secret.encode()
    yield from (raw, raw.hex().encode(), raw[::-1], urllib.parse.quote(secret, safe="").encode())
    # What is encoded in the middle of something else is cut where its bytes meet those of three.
    for cut in range(3):
        middle = raw[cut : cut + (len(raw) - cut) // 3 * 3]
        yield from (base64.b64encode(middle), base64.urlsafe_b64encode(middle))
    yield base64.b32encode(raw).rstrip(b"=")
    for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
        # A key may be cut short; what is left of it must not be a plain hash either.
        digest = hashlib.new(name, raw)
        yield from (digest.hexdigest()[:16].encode(), base64.urlsafe_b64encode(digest.digest())[:12])


async def test_no_key_tells_an_address_a_credential_or_a_caller_in_any_disguise(store: StoreProcess) -> None:
    stored = await _stored(store)
    assert len(stored) > 20
    for key in stored:
        assert key.startswith("balance-gateway:")
        for secret in (*_CREDENTIALS, *_ASKED_FOR):
            for disguise in _disguises(secret):
                assert disguise.lower() not in key.lower().encode(), (key, disguise)


async def test_no_credential_is_written_anywhere_in_the_store(store: StoreProcess) -> None:
    for key, value in (await _stored(store)).items():
        for text in (value, _inflated(value)):
            for secret in _CREDENTIALS:
                for disguise in _disguises(secret):
                    assert disguise not in text, key


async def test_replicas_with_another_secret_find_nothing_of_these(store: StoreProcess) -> None:
    question = token_account(0)
    async with open_sandbox(limits=False) as sandbox:
        for secret in (SECRET, SECRET[::-1]):
            async with running_replicas(1, sandbox, store, GATEWAY_CACHE__SECRET=secret) as (replica,):
                reading = await replica.read(question)
                assert reading["provenance"]["servedFrom"] == "UPSTREAM"


async def test_two_callers_with_accounts_of_their_own_see_their_own_figures_at_every_replica(
    store: StoreProcess,
) -> None:
    wallets = QUESTIONS[-1]
    async with open_sandbox(limits=False) as sandbox, running_replicas(2, sandbox, store) as replicas:
        figures: dict[str, set[object]] = {DEMO_KEY: set(), OTHER_KEY: set()}
        for replica in replicas:
            for key, found in figures.items():
                found.add(wallets.figure_of(await replica.read(wallets, key=key)))
        assert [len(found) for found in figures.values()] == [1, 1]
        assert figures[DEMO_KEY] != figures[OTHER_KEY]


def _inflated(value: bytes) -> bytes:
    """Give what is compressed in a value; nothing where nothing is. The engine writes a few bytes before a text."""
    for start in range(6):
        try:
            return zlib.decompressobj().decompress(value[start:])
        except zlib.error:
            continue
    return b""
