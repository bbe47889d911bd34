"""Readings made by hand, of every outcome, and what they are read of."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from gateway.domain.address import Address
from gateway.domain.amount import Amount, Precision
from gateway.domain.exchange import ExchangeWallet
from gateway.domain.problem import Problem, ProblemCode
from gateway.domain.provider import Provider
from gateway.domain.reading import Outcome, Position, PositionKind, Provenance, Reading, ServedFrom
from gateway.domain.rune import PendingRuneAmounts, Rune, RuneBalance
from gateway.domain.token import Token, TokenAccount, TokenAccountState, TokenBalance
from tests.domain.writer import base58, segwit

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_references = itertools.count()


def solana(number: int) -> Address:
    """Give an owner, a mint or a token account; the same one for the same number."""
    return Address.parse(base58(b"\1" + number.to_bytes(31)))


def taproot(number: int) -> Address:
    return Address.parse(segwit("bc", 1, number.to_bytes(32)))


def key_hash(number: int) -> Address:
    """Give an address that is not a taproot address."""
    return Address.parse(segwit("bc", 0, number.to_bytes(20)))


def provenance(provider: Provider, at: int | None = None) -> Provenance:
    position = None if at is None else Position(PositionKind.SLOT, at)
    return Provenance(provider, "asked", _NOON, ServedFrom.UPSTREAM, position)


def problem(provider: Provider, code: ProblemCode = ProblemCode.UNAVAILABLE) -> Problem:
    retryable = code is ProblemCode.UNAVAILABLE
    return Problem(code, provider, "as told", retryable, None, f"reference {next(_references)}")


def fresh(value: Any, provider: Provider = Provider.SOLANA_RPC, at: int | None = None) -> Reading[Any]:
    return Reading(Outcome.FRESH, tuple(value), provenance=provenance(provider, at))


def stale(value: Any, provider: Provider = Provider.SOLANA_RPC, at: int | None = None) -> Reading[Any]:
    return Reading(Outcome.STALE, tuple(value), problem(provider), provenance(provider, at))


def unavailable(provider: Provider = Provider.SOLANA_RPC) -> Reading[Any]:
    return Reading(Outcome.UNAVAILABLE, problem=problem(provider))


def absent(provider: Provider = Provider.XVERSE) -> Reading[Any]:
    return Reading(Outcome.ABSENT, provenance=provenance(provider))


def rune(number: int, divisibility: int = 0, name: str | None = None) -> Rune:
    letters = name or f"RUNE•{chr(ord('A') + number % 26)}"
    return Rune(f"{840_000 + number}:1", letters, "¤", divisibility)


def rune_balance(of: Rune, confirmed: int, *, incoming: int | None = None, outgoing: int = 0) -> RuneBalance:
    """Give a balance; with what is pending where `incoming` is told."""
    amounts = [None if each is None else Amount.of_atomic(each, of.divisibility) for each in (incoming, outgoing)]
    pending = None
    if incoming is not None and amounts[0] and amounts[1]:
        pending = PendingRuneAmounts(amounts[0], amounts[1], Amount.of_atomic(incoming - outgoing, of.divisibility))
    return RuneBalance(of, Amount.of_atomic(confirmed, of.divisibility), pending=pending)


def token_account(
    place: Address,
    mint: Address,
    atomic: int,
    decimals: int = 0,
    *,
    owner: Address | None = None,
    state: TokenAccountState = TokenAccountState.INITIALIZED,
    shown: str | None = "",
) -> TokenAccount:
    """Give an account; `shown` is what a wallet shows, the plain figure where it is left out, None where untold."""
    amount = Amount.of_atomic(atomic, decimals)
    ui_amount = None if shown is None else Decimal(shown or amount.text())
    return TokenAccount(place, amount, ui_amount, Token(mint, decimals=decimals), owner or solana(999), state)


def told_balance(mint: Address, settled: str, symbol: str | None = None) -> TokenBalance:
    figure = Amount.of_decimal(Decimal(settled), Precision.PROVIDER_FLOAT)
    other = Amount.of_decimal(Decimal("12.5"), Precision.PROVIDER_FLOAT)
    return TokenBalance(Token(mint, symbol=symbol), figure, other, other)


def wallet(currency: str, balance: str, available: str = "0") -> ExchangeWallet:
    return ExchangeWallet(currency, Amount.of_decimal(Decimal(balance)), Amount.of_decimal(Decimal(available)))
