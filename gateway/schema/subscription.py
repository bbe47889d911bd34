"""What can be listened to: the present state first, then every change."""

from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from gateway.domain.address import Address, Chain
from gateway.domain.caller import Scope
from gateway.domain.exchange import Exchange
from gateway.domain.reading import Reading
from gateway.domain.token import AccountKey, Commitment
from gateway.readings.live import Live
from gateway.schema.account import AtCommitment
from gateway.schema.asked import rune_page
from gateway.schema.context import Context, Info
from gateway.schema.errors import bad_input
from gateway.schema.exchange import ExchangeWalletConnection, own_credential, unconfigured, wallet_page
from gateway.schema.page import PageRequest
from gateway.schema.rune import RuneConnection
from gateway.schema.token_account import TokenAccount, held_token_account

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


async def _events(context: Context, live: Live[K, V], key: K) -> AsyncGenerator[Reading[V], None]:
    """Listen; what an event's fields ask further is asked anew for each event."""
    async with aclosing(live.listen(key)) as readings:
        async for reading in readings:
            context.renew()
            yield reading


def _whole(context: Context) -> PageRequest:
    """Ask for as much of a list as one response may hold."""
    return PageRequest(context.limits.max_page_size, None)


@strawberry.type(
    description="Each sends the present state first, then every change. Trouble upstream arrives as an outcome, and "
    "the subscription goes on."
)
class Subscription:
    """Root fields; each event is a reading like any other."""

    @strawberry.subscription(description="Runes that an address owns: as many as a page may hold.")
    async def runes(
        self, info: Info, address: Annotated[Address, strawberry.argument(description="A Bitcoin address.")]
    ) -> AsyncGenerator[RuneConnection, None]:
        context = info.context
        context.require(Scope.BALANCES_READ)
        context.check_network(address)
        if address.chain is not Chain.BITCOIN:
            raise bad_input("Expected a Bitcoin address.")
        async with aclosing(_events(context, context.listening.runes_by_address, address)) as readings:
            async for reading in readings:
                yield rune_page(context, address, reading, _whole(context))

    @strawberry.subscription(description="One SPL or Token-2022 account, by its own address.")
    async def token_account(
        self,
        info: Info,
        address: Annotated[Address, strawberry.argument(description="The token account's address, not its owner's.")],
        commitment: AtCommitment = Commitment.CONFIRMED,
    ) -> AsyncGenerator[TokenAccount, None]:
        context = info.context
        context.require(Scope.BALANCES_READ)
        context.check_solana(address)
        key = AccountKey(address, commitment)
        async with aclosing(_events(context, context.listening.token_account_by_address, key)) as readings:
            async for reading in readings:
                yield held_token_account(context, key, reading, reading.value)

    # Not declared `@requiresScopes` as the query's field is: Grafbase's router asks for a root field's scopes with
    # `@skip`, which no subscription may have there. What is in the wallets is declared by itself.
    @strawberry.subscription(description="The caller's own wallets at an exchange. Needs a caller who may read them.")
    async def exchange_wallets(
        self,
        info: Info,
        exchange: Annotated[Exchange, strawberry.argument(description="Where the account is.")] = Exchange.SFOX,
    ) -> AsyncGenerator[ExchangeWalletConnection, None]:
        context = info.context
        context.require(Scope.EXCHANGE_READ)
        credential = own_credential(context, exchange)
        if credential is None:
            yield wallet_page(context, exchange, unconfigured(context, exchange), None, _whole(context))
            return
        async with aclosing(_events(context, context.listening.wallets_by_credential, credential)) as readings:
            async for reading in readings:
                yield wallet_page(context, exchange, reading, None, _whole(context))
