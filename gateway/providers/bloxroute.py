"""bloXroute's Trader API: what an owner holds of each mint, with what is open on OpenBook.

`Authorization` carries the portal's raw value, without `Bearer`. Amounts are doubles in whole units, so their last
digits may be lost at the provider: they are labelled, and decimals and atomic units stay unknown. The API sends
lowerCamelCase; its documentation, its examples and older generations spell the same fields in other ways and send
amounts as strings, and all of them are understood, canonical first. A 200 that holds `code`, `message` and `details`
is an error. NaN and infinity come as strings and are refused.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import msgspec
from pydantic import BaseModel, Field, HttpUrl, SecretStr

from gateway.domain.address import Address, solana_key
from gateway.domain.amount import Amount, NotAnAmount, Precision
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.reading import Answer
from gateway.domain.sources import Result, Source, Terms, TokensByOwner
from gateway.domain.token import Token, TokenBalance
from gateway.providers import OpenUpstream, Registration
from gateway.upstream.decoding import Undecodable, decimal_of
from gateway.upstream.upstream import Call, Upstream

_OPERATION = "GET /api/v2/balance"
_EXAMPLE = "11111111111111111111111111111111"
# gRPC codes inside a 200, and 501 for a method the gateway does not know.
_GRPC_CODES = MappingProxyType(
    {
        3: ProblemCode.REJECTED,
        5: ProblemCode.REJECTED,
        6: ProblemCode.REJECTED,
        7: ProblemCode.UPSTREAM_FORBIDDEN,
        8: ProblemCode.RATE_LIMITED,
        9: ProblemCode.REJECTED,
        11: ProblemCode.REJECTED,
        12: ProblemCode.PROTOCOL,
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

    url: HttpUrl = Field(HttpUrl("https://ny.solana.dex.blxrbdn.com"), description="a full-API region: ny or uk")
    authorization: SecretStr | None = Field(
        None, description="the portal's header value; without it the provider is off"
    )
    fresh_for: float = Field(10, ge=0, description="seconds for which balances may be repeated")


class _Balance(msgspec.Struct):
    tokens: list[dict[str, msgspec.Raw]] | None = None
    code: int | None = None
    message: str | None = None
    details: msgspec.Raw = msgspec.Raw(b"")

    @property
    def is_error(self) -> bool:
        """An error is told by these three together, whatever stands beside them."""
        return self.code is not None and self.message is not None and bool(bytes(self.details))


class BloxrouteTokens(TokensByOwner):
    """What an owner holds of each mint: one owner to a call."""

    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self._upstream = upstream
        self.terms = Terms(Provider.BLOXROUTE, "tokens_by_owner", "mainnet", settings.fresh_for, max_keys=1)

    async def answers(self, keys: Sequence[Address]) -> Sequence[Result[tuple[TokenBalance, ...]]]:
        return [await self._answer(owner) for owner in keys]

    async def _answer(self, owner: Address) -> Answer[tuple[TokenBalance, ...]]:
        call = Call(_OPERATION, "api/v2/balance", query={"ownerAddress": owner.text})
        # 409 is gRPC's "aborted" as well as "already exists"; a read can only meet the first.
        statuses = {409: ProblemCode.UNAVAILABLE}
        sent = await self._upstream.json(call, _Balance, statuses=statuses)
        if sent.tokens is None or sent.is_error:
            raise self._disguised(sent)
        balances = tuple(self._balance(row) for row in sent.tokens)
        # Whether two rows of one mint are two accounts or an error is nowhere said, so neither is added nor dropped.
        if len({balance.token.mint for balance in balances}) < len(balances):
            raise self._upstream.misfit("$.tokens: one mint listed twice")
        return Answer(balances, _OPERATION)

    def _disguised(self, sent: _Balance) -> UpstreamError:
        """Give the error that a 200 is."""
        if sent.code is None:
            return self._upstream.misfit("$.tokens: missing")
        code = _GRPC_CODES.get(sent.code, ProblemCode.UNAVAILABLE)
        return self._upstream.error(code, f"gRPC code {sent.code} inside a 200")

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


def _sources(settings: Settings, open_upstream: OpenUpstream) -> Sequence[Source[Any, Any]]:
    value = settings.authorization.get_secret_value() if settings.authorization else ""
    upstream = open_upstream(str(settings.url), headers={"Authorization": value}, configured=bool(value))
    return (BloxrouteTokens(settings, upstream),)


REGISTRATION = Registration(
    name="bloxroute",
    provider=Provider.BLOXROUTE,
    settings=Settings,
    sources=_sources,
    configured=lambda settings: bool(settings.authorization),
    example=lambda _: Address.parse(_EXAMPLE),
)
