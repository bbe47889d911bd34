"""bloXroute's Trader API: what an owner holds of each mint, with what is open on OpenBook.

`Authorization` carries the portal's raw value, without `Bearer`. Amounts are doubles in whole units, so their last
digits may be lost at the provider: they are labelled, and decimals and atomic units stay unknown. The API sends
lowerCamelCase; its documentation, its examples and older generations spell the same fields in other ways and send
amounts as strings, and all of them are understood, canonical first. A 200 that holds `code`, `message` and `details`
is an error. NaN and infinity come as strings and are refused.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Self

import msgspec
from pydantic import BaseModel, Field, HttpUrl, model_validator

from gateway.domain.address import Address, solana_key
from gateway.domain.amount import Amount, NotAnAmount, Precision
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Effort, Result, Source, Terms, TokensByOwner
from gateway.domain.token import Token, TokenBalance
from gateway.providers import BareUrls, Budgeted, CallTerms, OpenUpstream, Registration
from gateway.upstream.decoding import Undecodable, decimal_of, decode
from gateway.upstream.limit import Limit
from gateway.upstream.retry import RetryPolicy
from gateway.upstream.secret import Secret
from gateway.upstream.session import Reply
from gateway.upstream.status import error_of, retry_after
from gateway.upstream.upstream import Call, Upstream
from gateway.upstream.window import next_minute

_OPERATION = "GET /api/v2/balance"
_EXAMPLE = "11111111111111111111111111111111"
_ALREADY_EXISTS = 6
# gRPC codes inside a 200; others than these are none that say anything of a read.
_GRPC_CODES = MappingProxyType(
    {
        1: ProblemCode.UNAVAILABLE,
        2: ProblemCode.UNAVAILABLE,
        3: ProblemCode.REJECTED,
        4: ProblemCode.UNAVAILABLE,
        5: ProblemCode.REJECTED,
        _ALREADY_EXISTS: ProblemCode.REJECTED,
        7: ProblemCode.UPSTREAM_FORBIDDEN,
        8: ProblemCode.RATE_LIMITED,
        9: ProblemCode.REJECTED,
        10: ProblemCode.UNAVAILABLE,
        11: ProblemCode.REJECTED,
        13: ProblemCode.UNAVAILABLE,
        14: ProblemCode.UNAVAILABLE,
        15: ProblemCode.UNAVAILABLE,
        16: ProblemCode.UPSTREAM_UNAUTHENTICATED,
    }
)
# Each field under its canonical name, the documentation's, and those of older generations, in this order.
_MINT = ("tokenMint", "tokenMin", "token_mint", "address")
_SETTLED = ("settledAmount", "settled_amount", "walletAmount")
_UNSETTLED = ("unsettledAmount", "unsettled_amount")
_OPEN_ORDERS = ("openOrdersAmount", "openOrderAmount", "open_orders_amount")


class Settings(BaseModel, extra="forbid"):
    """How the gateway asks bloXroute."""

    url: BareUrls = Field(
        (HttpUrl("https://ny.solana.dex.blxrbdn.com"), HttpUrl("https://uk.solana.dex.blxrbdn.com")),
        repr=False,
        description="hosts to ask, best first; only ny and uk serve balances",
    )
    authorization: Secret | None = Field(None, description="the portal's header value; without it the provider is off")
    fresh_for: float = Field(10, ge=0, description="seconds for which balances may be repeated")
    budget: Budgeted = Field(Limit(60, 60), description="credits in a minute of the wall clock; none sets no limit")
    cost: int = Field(1, ge=1, description="credits that reading a balance costs, from 1 to 5")

    @model_validator(mode="after")
    def _budget_buys_a_call(self) -> Self:
        if self.budget is not None and self.budget.calls < self.cost:
            raise ValueError("the budget is less than what one call costs; raise budget, or lower cost")
        return self


class _Balance(msgspec.Struct):
    tokens: list[dict[str, msgspec.Raw]] | None = None
    code: int | None = None
    message: str | None = None
    details: msgspec.Raw = msgspec.Raw(b"")

    @property
    def is_error(self) -> bool:
        """All three of an error's fields make one, as in the vendor's own client."""
        return self.code is not None and self.message is not None and bytes(self.details) != b""


class BloxrouteTokens(TokensByOwner):
    """What an owner holds of each mint: one owner to a call."""

    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self._upstream = upstream
        self.terms = Terms(Provider.BLOXROUTE, "tokens_by_owner", "mainnet", settings.fresh_for, max_keys=1)

    async def answers(self, keys: Sequence[Address], effort: Effort) -> Sequence[Result[tuple[TokenBalance, ...]]]:
        return [await self._answer(owner, effort) for owner in keys]

    async def _answer(self, owner: Address, effort: Effort) -> Answer[tuple[TokenBalance, ...]]:
        call = Call(_OPERATION, "api/v2/balance", query={"ownerAddress": owner.text})
        tokens = await self._upstream.ask(call, self._read, effort)
        balances = tuple(self._balance(row) for row in tokens)
        # Whether two rows of one mint are two accounts or an error is nowhere said, so neither is added nor dropped.
        if len({balance.token.mint for balance in balances}) < len(balances):
            raise self._upstream.misfit("$.tokens: one mint listed twice")
        return Answer(balances, _OPERATION)

    def _read(self, reply: Reply) -> list[dict[str, msgspec.Raw]]:
        wait = reply.headers.get("Retry-After")
        if reply.status != HTTPStatus.OK:
            statuses: dict[int, ProblemCode] = {HTTPStatus.CONFLICT: self._conflict(reply.body)}
            raise error_of(Provider.BLOXROUTE, reply.status, wait, statuses)
        sent = self._upstream.decode(reply.body, _Balance)
        if sent.tokens is None or sent.is_error:
            raise self._disguised(sent, wait)
        return sent.tokens

    def _conflict(self, body: bytes) -> ProblemCode:
        """Tell what a 409 is: "already exists" where its body says so, else "aborted", which may pass."""
        try:
            code = decode(body, _Balance).code
        except Undecodable:
            code = None
        return ProblemCode.REJECTED if code == _ALREADY_EXISTS else ProblemCode.UNAVAILABLE

    def _disguised(self, sent: _Balance, wait: str | None) -> UpstreamError:
        """Give the error that a 200 is which holds an error's fields, or no tokens."""
        if sent.code is None:
            return self._upstream.misfit("$.tokens: missing")
        code = _GRPC_CODES.get(sent.code, ProblemCode.PROTOCOL)
        error = self._upstream.error(code, f"gRPC code {sent.code} inside a 200")
        error.retry_after = retry_after(wait)
        return error

    def _balance(self, row: dict[str, msgspec.Raw]) -> TokenBalance:
        mint = solana_key(self._text(row, _MINT))
        if mint is None:
            raise self._upstream.misfit("$.tokens[...].tokenMint: not 32 bytes of base58")
        symbol = self._text(row, ("symbol",)) if "symbol" in row else ""
        return TokenBalance(
            Token(mint, symbol=symbol or None),
            self._amount(row, _SETTLED),
            self._amount(row, _UNSETTLED),
            self._amount(row, _OPEN_ORDERS),
        )

    def _field(self, row: dict[str, msgspec.Raw], names: Sequence[str]) -> msgspec.Raw:
        for name in names:
            if name in row:
                return row[name]
        raise self._upstream.misfit(f"$.tokens[...].{names[0]}: missing")

    def _text(self, row: dict[str, msgspec.Raw], names: Sequence[str]) -> str:
        return self._upstream.decode(bytes(self._field(row, names)), str)

    def _amount(self, row: dict[str, msgspec.Raw], names: Sequence[str]) -> Amount:
        try:
            amount = Amount.of_decimal(decimal_of(self._field(row, names)), Precision.PROVIDER_FLOAT)
        except (Undecodable, NotAnAmount) as wanted:
            raise self._upstream.misfit(f"$.tokens[...].{names[0]}: {wanted}") from None
        if amount.integer < 0:
            raise self._upstream.misfit(f"$.tokens[...].{names[0]}: negative")
        return amount


def _until_credits_return(_: int, now: float) -> float:
    """Wait for the next full minute, and a moment more, so that not all gateways come back at once."""
    return next_minute(now) + random.random()  # noqa: S311 - no secret


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    value = settings.authorization.get_secret_value() if settings.authorization else ""
    given = settings.budget
    limit = replace(given, by_wall_clock=True, cost=settings.cost) if given else None
    terms = CallTerms(RetryPolicy(3, first_wait=0.5), limit, penalty=_until_credits_return)
    urls = [str(url) for url in settings.url]
    upstream = open_upstream(urls, terms, headers={"Authorization": value}, configured=bool(value))
    return (BloxrouteTokens(settings, upstream),)


REGISTRATION = Registration(
    name="bloxroute",
    provider=Provider.BLOXROUTE,
    settings=Settings,
    sources=_sources,
    configured=lambda settings: settings.authorization is not None,
    example=lambda _: Address.parse(_EXAMPLE),
)
