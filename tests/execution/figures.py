"""Whom the tests of execution ask about, and what is read of them."""

from decimal import Decimal
from typing import Any, Final

from gateway.domain.address import Address
from gateway.domain.amount import Amount, Precision
from gateway.domain.caller import Caller, Scope
from gateway.domain.exchange import Credential, Exchange, ExchangeWallet
from gateway.domain.rune import PendingRuneAmounts, Rune, RuneBalance
from gateway.domain.token import Token, TokenAccount, TokenAccountState, TokenBalance
from tests.execution.source import Fate
from tests.sums.readings import solana, taproot

HOLDERS: Final = {fate: taproot(1000 + fate.value) for fate in Fate}
OWNERS: Final = {fate: solana(2000 + fate.value) for fate in Fate}
ACCOUNTS: Final = {fate: solana(3000 + fate.value) for fate in Fate}
MINTS: Final = tuple(solana(4000 + number) for number in range(3))
# Seen by no source, nor named by any fate.
STRANGER: Final = solana(5000)

RUNES: Final = (
    Rune("840001:1", "ALPHA•COIN", "₳", 2, "ab" * 32 + "i0"),
    Rune("840002:2", "WIDEST•RUNE", "¤", 38),
    Rune("840003:3", 'GOOD•"DOG"•\u2028', "🐕", 0),
)
RUNE_IDS: Final = {RUNES[0].id: Fate.READ, "840009:9": Fate.ABSENT, "840008:8": Fate.DOWN, "840007:7": Fate.STALE}

_BOTH = frozenset(Scope)
CREDENTIALS: Final = {fate: Credential(f"token of {fate.name}", f"fingerprint of {fate.name}") for fate in Fate}
ANONYMOUS: Final = Caller(None, frozenset({Scope.BALANCES_READ}))
NOBODY: Final = Caller("nobody", frozenset())
PENNILESS: Final = Caller("penniless", _BOTH)
HOLDING: Final = {
    fate: Caller(f"caller-{fate.value}", _BOTH, {Exchange.SFOX: credential}) for fate, credential in CREDENTIALS.items()
}
CALLERS: Final = (ANONYMOUS, *HOLDING.values(), PENNILESS, NOBODY)


def runes(_: Address, fate: Fate, times: int) -> Any:
    if fate is Fate.EMPTY:
        return ()
    found = []
    for number, rune in enumerate(RUNES):
        confirmed = Amount.of_atomic(10**number * times, rune.divisibility)
        if fate is Fate.BARE:
            found.append(RuneBalance(rune, confirmed))
            continue
        widest = Amount.of_atomic(2**128 - 1 - times, rune.divisibility)
        less = Amount.of_atomic(-times, rune.divisibility)
        pending = PendingRuneAmounts(confirmed, widest, less)
        found.append(RuneBalance(rune, confirmed, widest, None if number else less, pending))
    return tuple(found)


def inscriptions(_: Address, fate: Fate, times: int) -> Any:
    return {} if fate is Fate.EMPTY else {RUNES[1].id: f"{times:064}i1"}


def rune(key: str, _: Fate, times: int) -> Any:
    return Rune(key, f"TIMES•{times}", "¤", times % 39)


def _token_account(place: Address, times: int, owner: Address | None = None) -> TokenAccount:
    amount = Amount.of_atomic(2**64 - times, 9)
    token = Token(MINTS[0], "USD\u2022C" if times % 2 else None, 9)
    return TokenAccount(place, amount, Decimal("1E+2") * times, token, owner, TokenAccountState.FROZEN, times % 2 == 0)


def token_account(key: Any, fate: Fate, times: int) -> Any:
    if fate is Fate.BARE:
        return TokenAccount(key.address, Amount.of_atomic(0, 255), None)
    return _token_account(key.address, times, OWNERS[Fate.READ])


def token_accounts(key: Any, fate: Fate, times: int) -> Any:
    if fate is Fate.EMPTY:
        return ()
    if fate is Fate.BARE:
        return (TokenAccount(ACCOUNTS[fate], Amount.of_atomic(times, 0), None),)
    return tuple(_token_account(ACCOUNTS[each], times + each.value, key.address) for each in Fate)


def itself(key: Any, fate: Fate, times: int) -> Any:
    return () if fate is Fate.EMPTY else (_token_account(key.address, times),)


def tokens(_: Address, fate: Fate, times: int) -> Any:
    if fate is Fate.EMPTY:
        return ()
    some = Amount.of_decimal(Decimal("0.10000000000000000000001") * times, Precision.PROVIDER_FLOAT)
    none = Amount.of_decimal(Decimal(0), Precision.PROVIDER_FLOAT)
    symbol = None if fate is Fate.BARE else "SOL"
    return tuple(TokenBalance(Token(mint, symbol), some, none, none) for mint in MINTS)


def wallets(_: Credential, fate: Fate, times: int) -> Any:
    if fate is Fate.EMPTY:
        return ()
    some = Amount.of_decimal(Decimal("-0.5") * times)
    if fate is Fate.BARE:
        return (ExchangeWallet("BTC", some, some),)
    return tuple(ExchangeWallet(code, some, some, some, some, some, some, some) for code in ("USD", "BTC", "ETH"))
