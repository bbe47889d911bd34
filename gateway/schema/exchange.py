"""Wallets of the caller's own account at an exchange."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import exchange as exchanges
from gateway.domain.caller import Caller, Scope
from gateway.domain.exchange import Credential, Exchange
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.reading import Outcome
from gateway.domain.reading import Reading as DomainReading
from gateway.loaders.loaders import Ask
from gateway.schema.amount import Amount, dressed
from gateway.schema.connection import ConnectionOf, Manner
from gateway.schema.context import PROVIDERS, Context, Info, checked_age
from gateway.schema.errors import bad_input, upstream_trouble
from gateway.schema.page import PageInfo, PageRequest, page_request
from gateway.schema.reading import Reading

# What `read_wallets` asks of a caller, told to routers; settings never let a caller without a key have this scope.
SCOPES: list[list[str]] = [[Scope.EXCHANGE_READ]]
Wallets = DomainReading[tuple[exchanges.ExchangeWallet, ...]]


async def read_wallets(context: Context, exchange: Exchange, max_age: int | None = None) -> Wallets:
    """Read the account that the asking caller's own credential opens; no other can be named."""
    context.require(Scope.EXCHANGE_READ)
    credential = own_credential(context, exchange)
    if credential is None:
        return unconfigured(context, exchange)
    return await context.loaders.wallets_by_credential.load(Ask(credential, checked_age(max_age)))


def own_credential(context: Context, exchange: Exchange) -> Credential | None:
    """Give what opens the asking caller's own account; None where it has none."""
    return context.caller.credentials.get(exchange)


def unconfigured(context: Context, exchange: Exchange) -> Wallets:
    """Say that the caller has no account at the exchange."""
    error = UpstreamError(
        ProblemCode.NOT_CONFIGURED,
        PROVIDERS[exchange],
        message="This caller has no account at the exchange.",
        detail=f"no api token for the caller {context.caller.name}",
    )
    reading: Wallets = DomainReading(Outcome.UNAVAILABLE, problem=context.health.failed("wallets_by_credential", error))
    context.loaders.freshness.note(reading, private=True)
    return reading


@federated(keys=["code"], description="What an exchange counts in: a coin or a state's money.")
class Currency:
    """A currency, named by its code."""

    code: strawberry.ID = strawberry.field(description="Upper case, such as BTC.")

    @classmethod
    def resolve_reference(cls, _info: Info, code: str) -> Self:
        return cls(code=strawberry.ID(code))


@federated(
    keys=["id"],
    authenticated=True,
    requires_scopes=SCOPES,
    description="One currency in the caller's own account at an exchange.",
)
class ExchangeWallet:
    """A wallet, dressed."""

    id: strawberry.ID = strawberry.field(description="Opaque; resolves only for the caller whose account it is.")
    exchange: Exchange = strawberry.field(description="Where the account is.")
    currency: Currency = strawberry.field(description="What the figures count.")
    balance: Amount = strawberry.field(description="All wallets together.")
    available: Amount = strawberry.field(description="Free to trade or withdraw.")
    held: Amount | None = strawberry.field(description="On hold, such as a deposit that has not settled.")
    trading: Amount | None = strawberry.field(description="In the trading wallet.")
    lending: Amount | None = strawberry.field(description="In the lending wallet.")
    borrow: Amount | None = strawberry.field(description="In the borrow wallet; may be negative.")
    collateral: Amount | None = strawberry.field(description="In the collateral wallet.")

    @classmethod
    def of(cls, caller: Caller, exchange: Exchange, wallet: exchanges.ExchangeWallet) -> Self:
        return cls(
            id=_wallet_id(caller, exchange, wallet.currency),
            exchange=exchange,
            currency=Currency(code=strawberry.ID(wallet.currency)),
            balance=Amount.of(wallet.balance),
            available=Amount.of(wallet.available),
            held=dressed(wallet.held),
            trading=dressed(wallet.trading),
            lending=dressed(wallet.lending),
            borrow=dressed(wallet.borrow),
            collateral=dressed(wallet.collateral),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:  # noqa: A002 - the key's own name
        """Find a wallet again for the caller whose it is; for anyone else there is none."""
        context = info.context
        context.require(Scope.EXCHANGE_READ)
        exchange, currency = _named(context.caller, id)
        if exchange is None:
            return None
        reading = await read_wallets(context, exchange)
        if reading.value is None and reading.problem is not None:
            raise upstream_trouble(reading.problem)
        found = (wallet for wallet in reading.value or () if wallet.currency == currency)
        return next((cls.of(context.caller, exchange, wallet) for wallet in found), None)


def _wallet_id(caller: Caller, exchange: Exchange, currency: str) -> strawberry.ID:
    plain = f"{exchange}\n{caller.mark}\n{currency}"
    return strawberry.ID(base64.urlsafe_b64encode(plain.encode()).decode().rstrip("="))


def _named(caller: Caller, id_: str) -> tuple[Exchange | None, str]:
    """Take a wallet's id apart; it names nothing for a caller whose it is not."""
    try:
        plain = base64.urlsafe_b64decode(id_ + "=" * (-len(id_) % 4)).decode()
        exchange, mark, currency = plain.split("\n")
        return (Exchange(exchange) if mark == caller.mark else None), currency
    except (binascii.Error, ValueError):
        raise bad_input("This is not an exchange wallet's id.") from None


@strawberry.type(description="One wallet in a list.")
class ExchangeWalletEdge:
    """An edge."""

    cursor: str = strawberry.field(description="Its place in the list: give it as `after`.")
    node: ExchangeWallet = strawberry.field(description="The wallet.")


@strawberry.type(description="Wallets of the caller's account at an exchange, as they were read.")
class ExchangeWalletConnection(Reading):
    """A page of wallets with the reading it is cut from."""

    nodes: list[ExchangeWallet] | None = strawberry.field(
        description="Null when the outcome is UNAVAILABLE, never to mean none."
    )
    edges: list[ExchangeWalletEdge] | None = strawberry.field(description="The same with cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(
        description="All that match, not only this page. Null when the outcome is UNAVAILABLE."
    )


WALLETS_CUT = ConnectionOf(ExchangeWalletConnection, ExchangeWalletEdge)


def wallet_page(
    context: Context, exchange: Exchange, reading: Wallets, currencies: Sequence[str] | None, request: PageRequest
) -> ExchangeWalletConnection:
    wanted = None if currencies is None else {code.upper() for code in currencies}
    return WALLETS_CUT.cut(
        reading,
        context,
        request,
        Manner(
            order=lambda wallet: (wallet.currency,),
            lets_through=None if wanted is None else lambda wallet: wallet.currency in wanted,
            node=lambda wallet, _: ExchangeWallet.of(context.caller, exchange, wallet),
        ),
    )


@dataclass(frozen=True, slots=True)
class WalletsAsked:
    """The asking caller's own wallets, as they are asked for."""

    exchange: Exchange
    currencies: Sequence[str] | None
    request: PageRequest
    age: int | None

    @classmethod
    def checked(
        cls,
        context: Context,
        exchange: Exchange,
        currencies: Sequence[str] | None,
        first: int | None,
        after: str | None,
        max_age: int | None,
    ) -> Self:
        return cls(exchange, currencies, page_request(first, after, context.limits), max_age)

    async def load(self, context: Context) -> ExchangeWalletConnection:
        return self._page(context, await read_wallets(context, self.exchange, self.age))

    def at_hand(self, context: Context) -> ExchangeWalletConnection | None:
        """Give what `load` would, without waiting; None where that is not at hand."""
        context.require(Scope.EXCHANGE_READ)
        credential = own_credential(context, self.exchange)
        found = credential and context.loaders.wallets_by_credential.at_hand([credential], checked_age(self.age))
        return self._page(context, found[0]) if found else None

    def _page(self, context: Context, reading: Wallets) -> ExchangeWalletConnection:
        return wallet_page(context, self.exchange, reading, self.currencies, self.request)
