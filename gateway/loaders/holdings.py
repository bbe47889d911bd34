"""Reads what addresses hold, all together: Solana by its node and, where that is not to be had, by bloXroute."""

import asyncio
from collections.abc import Sequence

from gateway.domain import statement as statements
from gateway.domain.address import Address
from gateway.domain.reading import Reading
from gateway.domain.statement import Statement, TokenAccounts
from gateway.domain.token import AccountKey, Commitment
from gateway.loaders.loaders import Ask, Loaders


async def bitcoin_statements(loaders: Loaders, addresses: Sequence[Address], max_age: float | None) -> list[Statement]:
    """Tell of each Bitcoin address what runes it holds, in order."""
    readings = await asyncio.gather(*(loaders.runes_by_address.load(Ask(each, max_age)) for each in addresses))
    return [statements.of_runes(*pair) for pair in zip(addresses, readings, strict=True)]


async def solana_statements(loaders: Loaders, addresses: Sequence[Address], max_age: float | None) -> list[Statement]:
    """Tell of each Solana address what tokens it holds, in order.

    bloXroute is asked of those that the node has failed on, or not answered by half of the request's time: later,
    nobody could be asked any more.
    """
    asks = [Ask(AccountKey(address, Commitment.FINALIZED), max_age) for address in addresses]
    owned = [asyncio.ensure_future(loaders.token_accounts_by_owner.load(ask)) for ask in asks]
    itself = [asyncio.ensure_future(loaders.token_account_itself.load(ask)) for ask in asks]
    if owned:
        await asyncio.wait(owned, timeout=loaders.deadline.remaining() / 2)
    missing = [address for address, reading in zip(addresses, owned, strict=True) if not _is_read(reading)]
    told = await asyncio.gather(*(loaders.tokens_by_owner.load(Ask(address, max_age)) for address in missing))
    stand_ins = dict(zip(missing, told, strict=True))
    pairs = zip(addresses, await asyncio.gather(*owned), await asyncio.gather(*itself), strict=True)
    return [statements.of_solana(*pair, stand_ins.get(pair[0])) for pair in pairs]


def _is_read(reading: "asyncio.Future[Reading[TokenAccounts]]") -> bool:
    return reading.done() and reading.result().value is not None
