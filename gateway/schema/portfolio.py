"""Totals over accounts and exchanges, each with what it leaves open."""

import asyncio
from collections.abc import Sequence
from typing import Self

import strawberry

from gateway.domain import portfolio as portfolios
from gateway.domain import statement as statements
from gateway.domain.address import Address, Chain
from gateway.domain.asset import Asset as DomainAsset
from gateway.domain.asset import AssetId, AssetKind
from gateway.domain.caller import Scope
from gateway.domain.exchange import Exchange
from gateway.domain.problem import Problem as DomainProblem
from gateway.domain.problem import ProblemCode, UpstreamError
from gateway.domain.provider import Provider
from gateway.domain.statement import Statement
from gateway.loaders.holdings import bitcoin_statements, solana_statements
from gateway.schema.account import Account
from gateway.schema.amount import Amount
from gateway.schema.asset import Asset, dressed_asset
from gateway.schema.context import Context, Info, checked_age
from gateway.schema.cost import A_PAGE, ACCOUNTS_ASKED_ABOUT
from gateway.schema.exchange import read_wallets
from gateway.schema.reading import Problem

# Whose word it is how many digits a unit of an asset has.
_TELLERS = {AssetKind.RUNE: Provider.XVERSE, AssetKind.TOKEN: Provider.SOLANA_RPC}


@strawberry.type(description="All that was read of one asset, added up.")
class AssetTotal:
    """A total, dressed."""

    asset: Asset = strawberry.field(
        description="What was added up. Wrapped SOL is the token of its mint; native SOL is no token and is not read. "
        "Assets of one name on a chain and at an exchange are two."
    )
    total: Amount = strawberry.field(
        description="The exact sum: of runes, what is confirmed; of tokens, what the token accounts hold, frozen ones "
        "included; of currencies, the balance, which is all wallets together: with what is on hold, less what is "
        "borrowed. What is unsettled or in open orders on OpenBook is not in it: Solana RPC does not see it. Its "
        "precision is PROVIDER_FLOAT, and its atomic null, where bloXroute stood in for Solana RPC."
    )
    lower_bound: bool = strawberry.field(
        description="True when a source that may hold more of this asset could not be read: the total is then at least "
        "this, unless what was not read is owed. A stale reading was read."
    )
    positions: int = strawberry.field(
        description="How many accounts and wallets were added up, those at zero included. A token account counts once, "
        "however it was found; where bloXroute stood in, all that an owner has of a mint counts as one."
    )

    @classmethod
    def of(cls, total: portfolios.AssetTotal, holders: dict[str, Address]) -> Self:
        holder = holders.get(total.places[0]) if total.places else None
        return cls(
            asset=dressed_asset(total.asset, holder),
            total=Amount.of(total.total),
            lower_bound=total.is_lower_bound,
            positions=len(total.places),
        )


@strawberry.type(
    description="How much of what was asked for was read. Each different account and exchange counts once."
)
class Coverage:
    """Coverage, dressed."""

    expected: int = strawberry.field(
        description="Different accounts and exchanges asked; the four figures below add up to it."
    )
    fresh: int = strawberry.field(description="Read within the age the caller accepts.")
    stale: int = strawberry.field(description="Read earlier, and added up as it was then.")
    absent: int = strawberry.field(description="Read to be nothing at all.")
    unavailable: int = strawberry.field(
        description="Not read. A Solana address of which nothing was found counts here as well, unless it was read "
        "both as an owner and as a token account."
    )
    complete: bool = strawberry.field(
        description="Whether all that was asked for was read, fresh or stale, and is in the totals. An asset that is "
        "not listed is then held nowhere; otherwise nothing is known of it."
    )
    problems: list[Problem] = strawberry.field(
        description="What was met, each once: also where a stale figure or another provider stood in.",
        directives=[A_PAGE],
    )


@strawberry.type(description="What several accounts and exchanges hold together.")
class Portfolio:
    """A portfolio, dressed."""

    totals: list[AssetTotal] = strawberry.field(
        description="One for each asset that was read: runes by id, tokens by mint, currencies by code.",
        directives=[A_PAGE],
    )
    coverage: Coverage = strawberry.field(description="How much of it was read.")
    accounts: list[Account] = strawberry.field(
        description="Each different account once, in the order asked.", directives=[ACCOUNTS_ASKED_ABOUT]
    )

    @classmethod
    async def read(
        cls, info: Info, addresses: Sequence[Address], exchanges: Sequence[Exchange], max_age: int | None
    ) -> Self:
        """Read everything together; whoever may not read a part of it is refused before anyone is asked."""
        context = info.context
        if exchanges:
            context.require(Scope.EXCHANGE_READ)
        different = list(dict.fromkeys(addresses))
        accounts = [Account.checked(info, address) for address in different]
        found = await _statements(context, different, list(dict.fromkeys(exchanges)), checked_age(max_age))
        summed = portfolios.portfolio(found)
        clashes = [_clash(context, asset) for asset in summed.clashes]
        holders = {address.text: address for address in different}
        return cls(
            totals=[AssetTotal.of(total, holders) for total in summed.totals],
            coverage=_coverage(summed.coverage, clashes),
            accounts=accounts,
        )


async def _statements(
    context: Context, addresses: Sequence[Address], exchanges: Sequence[Exchange], max_age: int | None
) -> list[Statement]:
    def on(chain: Chain) -> list[Address]:
        return [address for address in addresses if address.chain is chain]

    runes, tokens, *wallets = await asyncio.gather(
        bitcoin_statements(context.loaders, on(Chain.BITCOIN), max_age),
        solana_statements(context.loaders, on(Chain.SOLANA), max_age),
        *(_wallets(context, exchange, max_age) for exchange in exchanges),
    )
    return [*runes, *tokens, *(statement for each in wallets for statement in each)]


async def _wallets(context: Context, exchange: Exchange, max_age: int | None) -> list[Statement]:
    return [statements.of_wallets(exchange, await read_wallets(context, exchange, max_age))]


def _clash(context: Context, asset: DomainAsset) -> DomainProblem:
    """Report an asset whose amounts cannot be added: a wrong total is worse than none."""
    id_ = AssetId.of(asset)
    error = UpstreamError(
        ProblemCode.PROTOCOL,
        _TELLERS[id_.kind],
        message=f"What one whole unit of {id_.name} is was told in two ways, so its amounts were not added.",
        detail="one asset with two scales",
    )
    return context.health.failed("portfolio", error)


def _coverage(coverage: portfolios.Coverage, clashes: Sequence[DomainProblem]) -> Coverage:
    return Coverage(
        expected=coverage.expected,
        fresh=coverage.fresh,
        stale=coverage.stale,
        absent=coverage.absent,
        unavailable=coverage.unavailable,
        complete=coverage.is_complete,
        problems=[Problem.of(problem) for problem in (*coverage.problems, *clashes)],
    )
