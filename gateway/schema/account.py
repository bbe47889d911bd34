"""Accounts: owners of balances, by their addresses."""

from typing import Annotated, Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain.address import Address, Chain
from gateway.domain.caller import Scope
from gateway.domain.token import Commitment
from gateway.schema.asked import RunesAsked, TokenAccountsAsked, TokensAsked
from gateway.schema.context import Context, Info
from gateway.schema.cost import PAGED, RUNES, TOKEN_ACCOUNTS, TOKENS, asks
from gateway.schema.rune import RuneConnection, RuneFilter, RuneOrder
from gateway.schema.token import TokenConnection, TokenFilter
from gateway.schema.token_account import TokenAccountConnection

First = Annotated[
    int | None, strawberry.argument(description="How many, at most `limits.maxPageSize`; 100 where left out.")
]
After = Annotated[str | None, strawberry.argument(description="A cursor: what follows it in the list.")]
MaxAge = Annotated[
    int | None,
    strawberry.argument(description="How old the figures may be, in seconds; 0 reads now. By default what suits them."),
]
AtCommitment = Annotated[Commitment, strawberry.argument(description="How settled the slot must be.")]


@federated(keys=["address"], description="An owner of balances on one chain.")
class Account:
    """An account is its address: nothing is read until a field asks for it."""

    id: strawberry.ID = strawberry.field(description="CAIP-10 account id.")
    address: Address = strawberry.field(description="The address, in its canonical form.")
    chain: Chain = strawberry.field(description="The chain it is on.")

    @classmethod
    def of(cls, context: Context, address: Address) -> Self:
        return cls(id=strawberry.ID(context.networks.account_id(address)), address=address, chain=address.chain)

    @classmethod
    def checked(cls, info: Info, address: Address) -> Self:
        """Let a caller have an account who may read balances; raises for an address of another network."""
        info.context.require(Scope.BALANCES_READ)
        info.context.check_network(address)
        return cls.of(info.context, address)

    @classmethod
    def resolve_reference(cls, info: Info, address: Address) -> Self:
        return cls.checked(info, address)

    @strawberry.field(
        description="Runes this address owns. Null on chains without runes.",
        directives=[asks(RUNES, each="Account"), PAGED],
    )
    async def runes(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        filter_: Annotated[
            RuneFilter | None, strawberry.argument(name="filter", description="Which runes to list.")
        ] = None,
        order_by: Annotated[RuneOrder | None, strawberry.argument(description="By name where left out.")] = None,
        max_age: MaxAge = None,
    ) -> RuneConnection | None:
        asked = RunesAsked.checked(info.context, first, after, filter_, order_by, max_age)
        return (await asked.load([self], info.context))[0]

    @strawberry.field(
        description="Tokens this owner holds, by mint, with what is open on OpenBook. From bloXroute. "
        "Null on chains other than Solana.",
        directives=[asks(TOKENS, each="Account"), PAGED],
    )
    async def tokens(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        filter_: Annotated[
            TokenFilter | None, strawberry.argument(name="filter", description="Which tokens to list.")
        ] = None,
        max_age: MaxAge = None,
    ) -> TokenConnection | None:
        asked = TokensAsked.checked(info.context, first, after, filter_, max_age)
        return (await asked.load([self], info.context))[0]

    @strawberry.field(
        description="SPL and Token-2022 accounts this owner controls, exact. From Solana RPC. "
        "Null on chains other than Solana.",
        directives=[asks(TOKEN_ACCOUNTS, each="Account"), PAGED],
    )
    async def token_accounts(
        self,
        info: Info,
        first: First = strawberry.UNSET,
        after: After = None,
        mint: Annotated[Address | None, strawberry.argument(description="Only accounts that hold this mint.")] = None,
        commitment: AtCommitment = Commitment.FINALIZED,
        max_age: MaxAge = None,
    ) -> TokenAccountConnection | None:
        asked = TokenAccountsAsked.checked(info.context, first, after, mint, commitment, max_age)
        return (await asked.load([self], info.context))[0]
