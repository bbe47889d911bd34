"""Xverse (SecretKeyLabs): runes of a Bitcoin address, and what a rune is.

One address per call; `x-api-key` in a header. v2 knows the mempool and is asked first; only v1 knows inscription
ids, and stands in where v2 is switched off. A rune's id is `id` in v1 and `runeId` in v2. v1 ignores paging today
and may honour it later. `batch-info` answers up to ten runes as a bare array in which `divisibility` is a nullable
string and `runeName` is the name *without* bullets. Error bodies are JSON strings, objects, HTML or nothing, so only
the status is believed. Amounts are strings of atomic units throughout.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from pydantic import BaseModel, Field

from gateway.domain import rune as runes
from gateway.domain.address import Address
from gateway.domain.amount import Amount, NotAnAmount, signed, unsigned
from gateway.domain.network import BitcoinNetwork
from gateway.domain.problem import UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Absent, Answer, Position, PositionKind
from gateway.domain.rune import PendingRuneAmounts, Rune, RuneBalance
from gateway.domain.sources import Effort, InscriptionsByAddress, Result, RuneById, RunesByAddress, Source, Terms
from gateway.providers import Budgeted, CallTerms, OpenUpstream, Registration, Urls
from gateway.upstream.limit import Limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.secret import Secret
from gateway.upstream.upstream import Call, Upstream

_V1_PAGE = 60
_V1_MOST_PAGES = 200
_BATCH = 10
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


class _Pending(msgspec.Struct, rename="camel"):
    incoming_amount: str
    outgoing_amount: str
    net_amount: str


class _V2Row(msgspec.Struct, rename="camel"):
    rune_id: str
    rune_name: str
    confirmed_balance: str
    available_balance: str
    projected_balance: str
    pending_balance: _Pending
    divisibility: int | str | None = None
    symbol: str | None = None


class _V2(msgspec.Struct, rename="camel"):
    balances: list[_V2Row]
    indexer_height: Annotated[int, msgspec.Meta(ge=0)]


class _V1Row(msgspec.Struct, rename="camel"):
    id: str
    rune_name: str
    amount: str
    divisibility: int | str | None = None
    symbol: str | None = None
    inscription_id: str | None = None


class _V1(msgspec.Struct, rename="camel"):
    items: list[_V1Row]
    total: Annotated[int, msgspec.Meta(ge=0)]
    indexer_height: Annotated[int, msgspec.Meta(ge=0)]


class _Info(msgspec.Struct, rename="camel"):
    spaced_rune_name: str
    rune_id: str | None = None
    id: str | None = None
    divisibility: int | str | None = None
    symbol: str | None = None
    inscription_id: str | None = None


class _Xverse:
    """Xverse's calls, and the rules its fields must keep."""

    def __init__(self, upstream: Upstream) -> None:
        self.upstream = upstream

    async def v2(self, address: Address, effort: Effort) -> _V2:
        call = Call("GET /v2/runes/address/{address}/balance", f"v2/runes/address/{address}/balance")
        return await self.upstream.json(call, _V2, effort)

    async def v1(self, address: Address, effort: Effort) -> tuple[list[_V1Row], int]:
        """Read every page that `total` promises, and the lowest height among them."""
        rows: dict[str, _V1Row] = {}
        heights: list[int] = []
        for _ in range(_V1_MOST_PAGES):
            page = await self._v1_page(address, len(rows), effort)
            heights.append(page.indexer_height)
            # A server that ignores paging repeats itself: no new id means that there is nothing more to come.
            fresh = [row for row in page.items if row.id not in rows]
            self.once(row.id for row in page.items)
            rows.update((row.id, row) for row in fresh)
            if len(rows) >= page.total:
                return list(rows.values()), min(heights)
            if not fresh:
                break
        raise self.upstream.misfit("$.total: more items promised than sent")

    async def _v1_page(self, address: Address, offset: int, effort: Effort) -> _V1:
        call = Call(
            "GET /v1/ordinals/address/{address}/runes",
            f"v1/ordinals/address/{address}/runes",
            query={"offset": str(offset), "limit": str(_V1_PAGE)},
        )
        return await self.upstream.json(call, _V1, effort)

    async def infos(self, ids: Sequence[str], effort: Effort) -> dict[str, _Info]:
        """Ask what at most ten runes are, by id or by name; an unknown one is left out of the answer."""
        call = Call("GET /v1/runes/batch-info", "v1/runes/batch-info", query={"runeIds": ",".join(ids)})
        rows = await self.upstream.json(call, list[_Info], effort)
        self.once(self.id_of(row) for row in rows)
        infos: dict[str, _Info] = {}
        for row in rows:
            asked = {self.id_of(row), runes.unspaced(row.spaced_rune_name)} & set(ids)
            if not asked:
                raise self.upstream.misfit("$[...].runeId: not one that was asked for")
            infos.update(dict.fromkeys(asked, row))
        return infos

    def id_of(self, row: _Info) -> str:
        return row.rune_id or row.id or ""

    def once(self, ids: Iterable[str]) -> None:
        seen: set[str] = set()
        for id_ in ids:
            if id_ in seen:
                raise self.upstream.misfit("$: one rune listed twice")
            seen.add(id_)

    def rune(self, row: _V2Row | _V1Row | _Info, id_: str, name: str, divisibility: int) -> Rune:
        if not runes.is_rune_id(id_):
            raise self.upstream.misfit("rune id: not of the form block:tx")
        inscription = None if isinstance(row, _V2Row) else row.inscription_id
        return Rune(id_, name, row.symbol or runes.DEFAULT_SYMBOL, divisibility, inscription)

    def divisibility(self, value: int | str) -> int:
        """Read 0 to 38 from a number or a string of digits."""
        if isinstance(value, str):
            value = int(value) if value.isascii() and value.isdigit() and len(value) <= 2 else -1  # noqa: PLR2004 - 38 has two digits
        if not 0 <= value <= runes.MAX_DIVISIBILITY:
            raise self.upstream.misfit("divisibility: not from 0 to 38")
        return value

    def amount(self, field: str, text: str, scale: int) -> Amount:
        try:
            return Amount.of_atomic(unsigned(text, runes.AMOUNT_BITS), scale)
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"{field}: expected {wanted}") from None

    def pending(self, row: _Pending, scale: int) -> PendingRuneAmounts:
        try:
            return PendingRuneAmounts(
                Amount.of_atomic(unsigned(row.incoming_amount, runes.PENDING_BITS), scale),
                Amount.of_atomic(unsigned(row.outgoing_amount, runes.PENDING_BITS), scale),
                Amount.of_atomic(signed(row.net_amount, runes.PENDING_BITS), scale),
            )
        except NotAnAmount as wanted:
            raise self.upstream.misfit(f"pendingBalance: expected {wanted}") from None


class XverseRunes(RunesByAddress):
    """Runes of an address, by v2 or by v1 alone."""

    def __init__(self, settings: Settings, xverse: _Xverse) -> None:
        version = "v2" if settings.v2 else "v1"
        self._xverse = xverse
        self._v2 = settings.v2
        self.terms = Terms(
            Provider.XVERSE, "runes_by_address", f"{settings.network}/{version}", settings.fresh_for, max_keys=1
        )

    async def answers(self, keys: Sequence[Address], effort: Effort) -> Sequence[Result[tuple[RuneBalance, ...]]]:
        read = self._by_v2 if self._v2 else self._by_v1
        return [await read(address, effort) for address in keys]

    async def _by_v2(self, address: Address, effort: Effort) -> Answer[tuple[RuneBalance, ...]]:
        page = await self._xverse.v2(address, effort)
        self._xverse.once(row.rune_id for row in page.balances)
        scales = await self._scales(page.balances, effort)
        balances = tuple(self._v2_balance(row, scales[row.rune_id]) for row in page.balances)
        position = Position(PositionKind.BLOCK_HEIGHT, page.indexer_height)
        return Answer(balances, "GET /v2/runes/address/{address}/balance", position)

    async def _scales(self, rows: Sequence[_V2Row], effort: Effort) -> dict[str, int]:
        """Give each rune's divisibility, asking for those that v2 left out: it may not be guessed."""
        known = {
            row.rune_id: self._xverse.divisibility(row.divisibility) for row in rows if row.divisibility is not None
        }
        unknown = [row.rune_id for row in rows if row.divisibility is None]
        for start in range(0, len(unknown), _BATCH):
            chunk = unknown[start : start + _BATCH]
            infos = await self._xverse.infos(chunk, effort)
            for id_ in chunk:
                info = infos.get(id_)
                if info is None or info.divisibility is None:
                    raise self._xverse.upstream.misfit("$.balances[...].divisibility: missing, and not told elsewhere")
                known[id_] = self._xverse.divisibility(info.divisibility)
        return known

    def _v2_balance(self, row: _V2Row, scale: int) -> RuneBalance:
        amount = self._xverse.amount
        pending = self._xverse.pending(row.pending_balance, scale)
        confirmed = amount("confirmedBalance", row.confirmed_balance, scale)
        spendable = amount("availableBalance", row.available_balance, scale)
        projected = amount("projectedBalance", row.projected_balance, scale)
        if projected.integer != confirmed.integer + pending.net.integer:
            self._xverse.upstream.breach("projected = confirmed + net")
        if spendable.integer > confirmed.integer:
            self._xverse.upstream.breach("available <= confirmed")
        return RuneBalance(
            self._xverse.rune(row, row.rune_id, row.rune_name, scale), confirmed, spendable, projected, pending
        )

    async def _by_v1(self, address: Address, effort: Effort) -> Answer[tuple[RuneBalance, ...]]:
        rows, height = await self._xverse.v1(address, effort)
        balances = tuple(self._v1_balance(row) for row in rows)
        position = Position(PositionKind.BLOCK_HEIGHT, height)
        return Answer(balances, "GET /v1/ordinals/address/{address}/runes", position)

    def _v1_balance(self, row: _V1Row) -> RuneBalance:
        # v1 documents an absent divisibility as the default, 0; v2 does not.
        scale = self._xverse.divisibility(0 if row.divisibility is None else row.divisibility)
        rune = self._xverse.rune(row, row.id, row.rune_name, scale)
        return RuneBalance(rune, self._xverse.amount("amount", row.amount, scale))


class XverseInscriptions(InscriptionsByAddress):
    """Inscription ids of an address's runes: v1 alone tells them."""

    def __init__(self, settings: Settings, xverse: _Xverse) -> None:
        self._xverse = xverse
        # What a rune is does not change; only which runes the address holds does.
        self.terms = Terms(Provider.XVERSE, "inscriptions_by_address", settings.network, 60, max_keys=1)

    async def answers(self, keys: Sequence[Address], effort: Effort) -> Sequence[Result[Mapping[str, str]]]:
        return [await self._answer(address, effort) for address in keys]

    async def _answer(self, address: Address, effort: Effort) -> Answer[Mapping[str, str]]:
        rows, height = await self._xverse.v1(address, effort)
        ids = {row.id: row.inscription_id for row in rows if row.inscription_id}
        position = Position(PositionKind.BLOCK_HEIGHT, height)
        return Answer(ids, "GET /v1/ordinals/address/{address}/runes", position)


class XverseRuneInfo(RuneById):
    """What a rune is, ten ids to a call."""

    def __init__(self, settings: Settings, xverse: _Xverse) -> None:
        self._xverse = xverse
        # Immutable after etching; a day bounds only how long an unknown id stays unknown.
        self.terms = Terms(Provider.XVERSE, "rune_by_id", settings.network, 86_400, _BATCH)

    async def answers(self, keys: Sequence[str], effort: Effort) -> Sequence[Result[Rune]]:
        infos = await self._xverse.infos(keys, effort)
        return [self._answer(infos.get(key)) for key in keys]

    def _answer(self, info: _Info | None) -> Result[Rune]:
        operation = "GET /v1/runes/batch-info"
        if info is None:
            return Absent(operation)
        try:
            # Here, as in v1, a rune without a divisibility has none.
            scale = self._xverse.divisibility(0 if info.divisibility is None else info.divisibility)
            rune = self._xverse.rune(info, self._xverse.id_of(info), info.spaced_rune_name, scale)
            return Answer(rune, operation)
        except UpstreamError as error:
            return error


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    key = settings.api_key.get_secret_value() if settings.api_key else ""
    urls = [str(url) for url in settings.url] if settings.url else [_HOSTS[settings.network]]
    retry = RetryPolicy(3, first_wait=1, told=lambda seconds: min(seconds, _LONGEST_WAIT))
    terms = CallTerms(retry, settings.budget, penalty=lambda step, _: 2.0 ** min(step, 5))
    xverse = _Xverse(open_upstream(urls, terms, headers={"x-api-key": key}, configured=bool(key)))
    return XverseRunes(settings, xverse), XverseInscriptions(settings, xverse), XverseRuneInfo(settings, xverse)


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
