"""sFOX: the wallets of the account that a caller's own api token opens.

One call answers the whole account as a bare array of JSON numbers in whole units, exponents included; strings are
understood as well, as its feed sends them. Only `currency`, `balance` and `available` are always there. Figures may be
negative where something is borrowed, and need not add up: they are shown as they came. Error bodies are undocumented
and may repeat the token, so only the status is believed; an object in place of the array is an error in disguise.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import msgspec
from pydantic import BaseModel, Field, HttpUrl

from gateway.domain.amount import Amount, NotAnAmount
from gateway.domain.exchange import Credential, ExchangeWallet
from gateway.domain.problem import ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Effort, Result, Source, Terms, WalletsByCredential
from gateway.providers import BareUrls, CallTerms, OpenUpstream, Registration
from gateway.upstream.decoding import Undecodable, decimal_of
from gateway.upstream.limit import Limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.upstream import Call, Upstream

_OPERATION = "GET /v1/user/balance"
_NOTHING = msgspec.Raw(b"")
# Five reads of this route in ten seconds. Past it the route stays closed for ten; refused again right after, it is the
# limit of the whole address that was passed, and a minute.
_LIMIT = Limit(5, 10, fails_closed=True)
_PENALTIES = (10.0, 60.0)
# A wrong path or verb is the gateway's fault or the API's change: in no case an empty account.
_STATUSES: Mapping[int, ProblemCode] = MappingProxyType(
    {
        HTTPStatus.NOT_FOUND: ProblemCode.PROTOCOL,
        HTTPStatus.METHOD_NOT_ALLOWED: ProblemCode.PROTOCOL,
        HTTPStatus.NOT_ACCEPTABLE: ProblemCode.PROTOCOL,
    }
)


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks sFOX; the tokens belong to the callers."""

    url: BareUrls = Field((HttpUrl("https://api.sfox.com"),), repr=False, description="hosts to ask, best first")
    fresh_for: float = Field(
        3, ge=0, description="seconds for which wallets may be repeated; sFOX allows 5 reads in 10"
    )


class _Row(msgspec.Struct):
    currency: str
    balance: msgspec.Raw
    available: msgspec.Raw
    held: msgspec.Raw = _NOTHING
    trading_wallet: msgspec.Raw = _NOTHING
    lending_wallet: msgspec.Raw = _NOTHING
    borrow_wallet: msgspec.Raw = _NOTHING
    collateral_wallet: msgspec.Raw = _NOTHING


class SfoxWallets(WalletsByCredential):
    """Wallets of one account: one credential to a call."""

    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self._upstream = upstream
        self.terms = Terms(Provider.SFOX, "wallets_by_credential", "", settings.fresh_for, max_keys=1)

    async def answers(self, keys: Sequence[Credential], effort: Effort) -> Sequence[Result[tuple[ExchangeWallet, ...]]]:
        return [await self._answer(credential, effort) for credential in keys]

    async def _answer(self, credential: Credential, effort: Effort) -> Answer[tuple[ExchangeWallet, ...]]:
        headers = {"Authorization": f"Bearer {credential.secret}"}
        call = Call(_OPERATION, "v1/user/balance", headers=headers, payer=credential.fingerprint)
        rows = await self._upstream.json(call, list[_Row], effort, statuses=_STATUSES)
        wallets = tuple(self._wallet(row) for row in rows)
        # Two rows of one currency: which one holds is nowhere said, and a wrong total is worse than none.
        if len({wallet.currency for wallet in wallets}) < len(wallets):
            raise self._upstream.misfit("$: one currency listed twice")
        return Answer(wallets, _OPERATION)

    def _wallet(self, row: _Row) -> ExchangeWallet:
        if not row.currency.strip():
            raise self._upstream.misfit("$[...].currency: empty")
        wallet = self._read(row)
        held = wallet.held
        if held is not None and _sum(wallet.available, held) != _sum(wallet.balance):
            self._upstream.breach("balance = available + held")
        parts = (wallet.trading, wallet.lending, wallet.borrow, wallet.collateral)
        if None not in parts and _sum(*parts) != _sum(wallet.balance):
            self._upstream.breach("balance = trading + lending + borrow + collateral")
        return wallet

    def _read(self, row: _Row) -> ExchangeWallet:
        return ExchangeWallet(
            # Documented in lower case, seen in upper.
            row.currency.strip().upper(),
            self._amount("balance", row.balance),
            self._amount("available", row.available),
            self._optional("held", row.held),
            self._optional("trading_wallet", row.trading_wallet),
            self._optional("lending_wallet", row.lending_wallet),
            self._optional("borrow_wallet", row.borrow_wallet),
            self._optional("collateral_wallet", row.collateral_wallet),
        )

    def _optional(self, name: str, raw: msgspec.Raw) -> Amount | None:
        return self._amount(name, raw) if bytes(raw) not in (b"", b"null") else None

    def _amount(self, name: str, raw: msgspec.Raw) -> Amount:
        try:
            return Amount.of_decimal(decimal_of(raw))
        except (Undecodable, NotAnAmount) as wanted:
            raise self._upstream.misfit(f"$[...].{name}: {wanted}") from None


def _sum(*amounts: Amount | None) -> Fraction:
    """Add exactly; a missing amount adds nothing."""
    return sum((Fraction(each.integer, 10**each.places) for each in amounts if each is not None), Fraction())


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    terms = CallTerms(RetryPolicy(2, first_wait=1), _LIMIT, penalty=lambda step, _: _PENALTIES[min(step, 1)])
    return (SfoxWallets(settings, open_upstream([str(url) for url in settings.url], terms)),)


REGISTRATION = Registration(
    name="sfox",
    provider=Provider.SFOX,
    settings=Settings,
    sources=_sources,
    # Whether anything can be read depends on the callers, whose tokens the app knows.
    configured=lambda _: True,
    example=lambda _: None,
)
