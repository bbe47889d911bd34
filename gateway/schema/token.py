"""SPL tokens, and what an owner holds of each mint as bloXroute reports it."""

from collections.abc import Callable
from typing import Self

import strawberry
from strawberry.federation import type as federated

from gateway.domain import token as tokens
from gateway.domain.address import Address
from gateway.domain.caller import Scope
from gateway.schema.amount import Amount
from gateway.schema.context import Info
from gateway.schema.page import PageInfo
from gateway.schema.reading import Reading


@federated(keys=["mint"], description="An SPL token, named by its mint.")
class Token:
    """A token, dressed."""

    mint: Address = strawberry.field(description="The account that issues it, and its identity.")
    symbol: str | None = strawberry.field(description="Null where no provider has said; never guessed.")
    decimals: int | None = strawberry.field(description="Null where no provider has said; never guessed.")

    @classmethod
    def of(cls, token: tokens.Token) -> Self:
        return cls(mint=token.mint, symbol=token.symbol, decimals=token.decimals)

    @classmethod
    def resolve_reference(cls, info: Info, mint: Address) -> Self:
        """A mint by itself: no provider is asked, so symbol and decimals stay unsaid."""
        info.context.require(Scope.BALANCES_READ)
        info.context.check_solana(mint)
        return cls(mint=mint, symbol=None, decimals=None)


@strawberry.type(description="What one owner holds of one mint, as bloXroute's Trader API reports it.")
class TokenBalance:
    """A balance by mint, dressed."""

    token: Token = strawberry.field(description="Of which token.")
    settled: Amount = strawberry.field(description="Available. What most callers want.")
    unsettled: Amount = strawberry.field(description="OpenBook only.")
    open_orders: Amount = strawberry.field(description="OpenBook only.")

    @classmethod
    def of(cls, balance: tokens.TokenBalance) -> Self:
        return cls(
            token=Token.of(balance.token),
            settled=Amount.of(balance.settled),
            unsettled=Amount.of(balance.unsettled),
            open_orders=Amount.of(balance.open_orders),
        )


@strawberry.input(description="Which tokens to list; all that is given must hold.")
class TokenFilter:
    """A choice among an owner's tokens, made by the gateway."""

    mints: list[Address] | None = strawberry.field(default=None, description="By mint.")
    symbols: list[str] | None = strawberry.field(default=None, description="As the provider spells them, in any case.")
    non_zero: bool | None = strawberry.field(
        default=None, description="True leaves out tokens of which nothing is held, settled or not; false keeps those."
    )

    def chooses(self) -> Callable[[tokens.TokenBalance], bool]:
        """Give the choice; what is looked for is made ready once, and not for each token."""
        mints = None if self.mints is None else frozenset(self.mints)
        symbols = None if self.symbols is None else frozenset(symbol.casefold() for symbol in self.symbols)

        def lets_through(balance: tokens.TokenBalance) -> bool:
            if mints is not None and balance.token.mint not in mints:
                return False
            if symbols is not None and (balance.token.symbol or "").casefold() not in symbols:
                return False
            zero = balance.settled.is_zero and balance.unsettled.is_zero and balance.open_orders.is_zero
            return self.non_zero is None or self.non_zero is not zero

        return lets_through


@strawberry.type(description="One token in a list.")
class TokenEdge:
    """An edge."""

    cursor: str = strawberry.field(description="Its place in the list: give it as `after`.")
    node: TokenBalance = strawberry.field(description="The balance.")


@strawberry.type(description="Tokens of one owner, as they were read.")
class TokenConnection(Reading):
    """A page of tokens with the reading it is cut from."""

    nodes: list[TokenBalance] | None = strawberry.field(
        description="Null when the outcome is UNAVAILABLE, never to mean none."
    )
    edges: list[TokenEdge] | None = strawberry.field(description="The same with cursors.")
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(
        description="All that match the filter, not only this page. Null when the outcome is UNAVAILABLE."
    )
