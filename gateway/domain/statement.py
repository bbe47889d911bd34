"""What one account or exchange was read to hold, and what it may hold that was not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.asset import WRAPPED_SOL, Asset, AssetKind, Currency
from gateway.domain.exchange import Exchange, ExchangeWallet
from gateway.domain.problem import Problem
from gateway.domain.reading import Outcome, Reading
from gateway.domain.rune import RuneBalance
from gateway.domain.token import TokenAccount, TokenAccountState, TokenBalance

TokenAccounts = tuple[TokenAccount, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """So much of one asset in one place: an address, a token account or an exchange.

    `account_of` is the owner of the token account that the place is, and None for any other place. One token account
    may be read twice, by its owner and by its own address: `age` is higher for the newer reading.
    """

    asset: Asset
    amount: Amount
    place: str
    account_of: Address | None = None
    age: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Statement:
    """One account or exchange that was asked.

    `unread` lists assets that are known to be there, and not how much of them. Where the outcome is UNAVAILABLE, any
    asset of the kind may be there. `estimated` is the owner of whom bloXroute spoke in the place of Solana RPC.
    """

    kind: AssetKind
    outcome: Outcome
    holdings: tuple[Holding, ...] = ()
    unread: tuple[Asset, ...] = ()
    problems: tuple[Problem, ...] = ()
    estimated: Address | None = None


def of_runes(address: Address, reading: Reading[tuple[RuneBalance, ...]]) -> Statement:
    """Tell of a Bitcoin address what of each rune is confirmed."""
    found = tuple(Holding(each.rune, each.confirmed, address.text) for each in reading.value or ())
    return Statement(AssetKind.RUNE, reading.outcome, found, problems=_problems(reading))


def of_wallets(exchange: Exchange, reading: Reading[tuple[ExchangeWallet, ...]]) -> Statement:
    """Tell of an exchange account the balance of each currency: all its wallets, with what is on hold or borrowed."""
    found = tuple(Holding(Currency(each.currency), each.balance, exchange) for each in reading.value or ())
    return Statement(AssetKind.CURRENCY, reading.outcome, found, problems=_problems(reading))


def of_solana(
    address: Address,
    owned: Reading[TokenAccounts],
    itself: Reading[TokenAccounts],
    told: Reading[tuple[TokenBalance, ...]] | None,
) -> Statement:
    """Tell of a Solana address what the token accounts hold that it owns, and the one that it may be.

    `owned` and `itself` are from Solana RPC; `told` is from bloXroute and stands in where `owned` has no value. Hardly
    any address is both an owner and a token account: where one of the two could not be read, what was found by the
    other settles which it is, and where nothing was found, nothing is known.
    """
    stands_in = owned.value is None and told is not None and told.value is not None
    used = [reading for reading in (told if stands_in else owned, itself) if reading and reading.value is not None]
    asked = (owned, itself) if told is None or owned.value is not None else (owned, itself, told)
    problems = _problems(*asked)
    rows = (told.value or ()) if stands_in and told else ()
    found = (*_accounts(owned), *_accounts(itself), *(_told(address, row) for row in rows if not _is_sol(row)))
    if len(used) == 1 and not found:
        used = []
    if not used:
        return Statement(AssetKind.TOKEN, Outcome.UNAVAILABLE, problems=problems)
    unread = tuple(row.token for row in rows if _is_sol(row))
    outcome = Outcome.STALE if any(each.outcome is Outcome.STALE for each in used) else Outcome.FRESH
    return Statement(AssetKind.TOKEN, outcome, found, unread, problems, address if stands_in else None)


def _accounts(reading: Reading[TokenAccounts]) -> Sequence[Holding]:
    at = reading.provenance.position if reading.provenance else None
    age = (at.value if at else -1, 0 if reading.outcome is Outcome.STALE else 1)
    return [
        Holding(account.token, account.amount, account.address.text, account.owner, age)
        for account in reading.value or ()
        # An account that was only made has no mint yet that it could hold.
        if account.token is not None and account.state is not TokenAccountState.UNINITIALIZED
    ]


def _told(owner: Address, row: TokenBalance) -> Holding:
    return Holding(row.token, row.settled, owner.text)


def _is_sol(row: TokenBalance) -> bool:
    """Say whether a figure may have native SOL in it, which is no token."""
    return row.token.mint.text == WRAPPED_SOL and not row.settled.is_zero


def _problems(*readings: Reading[Any]) -> tuple[Problem, ...]:
    return tuple(reading.problem for reading in readings if reading.problem is not None)
