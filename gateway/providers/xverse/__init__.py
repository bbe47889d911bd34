"""Xverse (SecretKeyLabs): runes of a Bitcoin address, and what a rune is.

One address per call; `x-api-key` in a header. v2 knows the mempool and is asked first; only v1 knows inscription
ids, and stands in where v2 is switched off. A rune's id is `id` in v1 and `runeId` in v2. v1 ignores paging today
and may honour it later. `batch-info` answers up to ten runes as a bare array in which `divisibility` is a nullable
string and `runeName` is the name *without* bullets. Error bodies are JSON strings, objects, HTML or nothing, so only
the status is believed. Amounts are strings of atomic units throughout.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from gateway.domain.address import Address
from gateway.domain.network import BitcoinNetwork
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.rune import Rune
from gateway.domain.sources import Effort, InscriptionsByAddress, Result, RuneById, Source, Terms
from gateway.providers import Budgeted, CallTerms, OpenUpstream, Registration, Urls
from gateway.providers.xverse.calls import BATCH, Calls
from gateway.providers.xverse.runes import XverseRunes
from gateway.providers.xverse.wire import Info
from gateway.upstream.limit import Limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.secret import Secret

# Seconds; a longer Retry-After is cut to this.
_LONGEST_WAIT = 60.0
# The vendor's own example address, and a test address for the other networks.
_EXAMPLE = "bc1q0egjvlcfq77cxd9kvpgppyuxckzvws46e3sxch"
_TEST_EXAMPLE = "tb1qdkk5ughajfurnz9zmzdak0pqhmt9lhzap3wwg4"
_HOSTS = {
    BitcoinNetwork.MAINNET: "https://api.secretkeylabs.io",
    BitcoinNetwork.TESTNET4: "https://api-testnet4.secretkeylabs.io",
    BitcoinNetwork.SIGNET: "https://api-signet.secretkeylabs.io",
}


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks Xverse."""

    url: Urls | None = Field(
        None, repr=False, description="hosts to ask, best first; by default the vendor's for the network"
    )
    api_key: Secret | None = Field(None, description="the key sent as x-api-key; without it the provider is off")
    network: BitcoinNetwork = Field(BitcoinNetwork.MAINNET, description="mainnet, testnet4 or signet")
    v2: bool = Field(default=True, description="ask v2, which knows the mempool; false asks v1 alone")
    fresh_for: float = Field(10, ge=0, description="seconds for which balances may be repeated")
    budget: Budgeted = Field(Limit(2, 1), description="calls in a time, such as 2/second; none sets no limit")


class XverseInscriptions(InscriptionsByAddress):
    """Inscription ids of an address's runes: v1 alone tells them."""

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._calls = calls
        # What a rune is does not change; only which runes the address holds does.
        self.terms = Terms(Provider.XVERSE, "inscriptions_by_address", settings.network, 60, max_keys=1)

    async def answers(self, keys: Sequence[Address], effort: Effort) -> Sequence[Result[Mapping[str, str]]]:
        return [await self._answer(address, effort) for address in keys]

    async def _answer(self, address: Address, effort: Effort) -> Answer[Mapping[str, str]]:
        rows, height = await self._calls.v1(address, effort)
        ids = {row.id: row.inscription_id for row in rows if row.inscription_id}
        position = Position(PositionKind.BLOCK_HEIGHT, height)
        return Answer(ids, "GET /v1/ordinals/address/{address}/runes", position)


class XverseRuneInfo(RuneById):
    """What a rune is, ten ids to a call."""

    def __init__(self, settings: Settings, calls: Calls) -> None:
        self._calls = calls
        # Immutable after etching; a day bounds only how long an unknown id stays unknown.
        self.terms = Terms(Provider.XVERSE, "rune_by_id", settings.network, 86_400, BATCH)

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[Rune]]:
        infos = await self._calls.infos(keys, effort)
        return [self._answer(infos.get(key)) for key in keys]

    def _answer(self, info: Info | None) -> Result[Rune]:
        operation = "GET /v1/runes/batch-info"
        if info is None:
            return Absent(operation)
        try:
            # Here, as in v1, a rune without a divisibility has none.
            scale = self._calls.divisibility(0 if info.divisibility is None else info.divisibility)
            rune = self._calls.rune(info, self._calls.id_of(info), info.spaced_rune_name, scale)
            return Answer(rune, operation)
        except UpstreamError as error:
            return error


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    urls = [str(url) for url in settings.url] if settings.url else [_HOSTS[settings.network]]
    retry = RetryPolicy(3, first_wait=1, told=lambda seconds: min(seconds, _LONGEST_WAIT))
    terms = CallTerms(retry, settings.budget, penalty=lambda step, _: 2.0 ** min(step, 5))
    calls = Calls(open_upstream(urls, terms, headers={"x-api-key": key}, configured=bool(key)))
    return XverseRunes(settings, calls), XverseInscriptions(settings, calls), XverseRuneInfo(settings, calls)


def _example(settings: Settings) -> Address:
    return Address.parse(_EXAMPLE if settings.network is BitcoinNetwork.MAINNET else _TEST_EXAMPLE)


REGISTRATION = Registration(
    name="xverse",
    provider=Provider.XVERSE,
    settings=Settings,
    sources=_sources,
    configured=lambda settings: bool(settings.api_key),
    example=_example,
)
