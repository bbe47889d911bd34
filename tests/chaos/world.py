"""Changes what the sandbox's world holds, at random, and writes each change down before anyone can see it."""

import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Final

from gateway.sandbox import Sandbox, addresses, credentials
from gateway.sandbox.books.exchange import AMOUNTS
from gateway.sandbox.books.solana import TokenAccount
from gateway.sandbox.books.trader import TraderRow
from tests.chaos.history import Course, Held, History, Runes, Tokens, Wallets

HOLDERS: Final = (
    addresses.RUNES_HOLDER,
    addresses.DOCUMENTED_HOLDER,
    addresses.LEGACY_HOLDER,
    addresses.EMPTY_HOLDER,
    *addresses.GENERATED_HOLDERS,
)
CHANGING_ACCOUNTS: Final = (
    addresses.TOKEN_ACCOUNT,
    addresses.USDC_ACCOUNT,
    addresses.FROZEN_ACCOUNT,
    addresses.WRAPPED_SOL_ACCOUNT,
    addresses.ZERO_ACCOUNT,
    *addresses.GENERATED_TOKEN_ACCOUNTS[:20],
)
CLOSING_ACCOUNTS: Final = addresses.GENERATED_TOKEN_ACCOUNTS[20:30]
STEADY_ACCOUNTS: Final = (
    addresses.SCALED_ACCOUNT,
    addresses.WIDEST_ACCOUNT,
    addresses.DEEPEST_ACCOUNT,
    addresses.UNINITIALIZED_ACCOUNT,
    addresses.DELEGATED_ACCOUNT,
    addresses.TINY_ACCOUNT,
    addresses.INFINITE_ACCOUNT,
    addresses.UNPRINTABLE_ACCOUNT,
)
# Nobody knows them: what is first asked about them has no older reading to stand in.
EMPTY_OWNERS: Final = (addresses.OWNER_OF_NONE, *addresses.GENERATED_TOKEN_ACCOUNTS[100:140])
# Digits that stand in every figure of one sFOX account, and in nobody else's.
MARKS: Final = {credentials.SFOX_TOKEN: "313370313", credentials.SFOX_OTHER_TOKEN: "424240424"}
_MINTS: Final = (addresses.USDC_MINT, addresses.WRAPPED_SOL_MINT, addresses.CENTS_MINT)
_SIZES: Final = (1, 10**6, 10**12)


class World:
    """The sandbox's four books; no figure is ever used twice, so that each tells when it was true."""

    def __init__(self, sandbox: Sandbox, random: Random) -> None:
        self.history = History()
        self._ledger = sandbox.ledger
        self._random = random
        self._serial = 1_000_000
        # A change shows to `processed` first, and to the others as slots go by.
        self._ledger.solana.lag_behind(lag=True)
        self._begin()

    def change(self) -> None:
        """Change one thing somewhere."""
        ways: tuple[Callable[[], None], ...] = (
            self._change_runes,
            self._change_account,
            self._let_slots_go_by,
            self._change_tokens,
            self._change_wallets,
        )
        self._random.choice(ways)()

    def _begin(self) -> None:
        history, ledger = self.history, self._ledger
        history.runes = {address: Course(self._runes(address)) for address in HOLDERS}
        history.tokens = {owner: Course(self._tokens(owner)) for owner in (addresses.OWNER, *EMPTY_OWNERS)}
        for token in MARKS:
            for currency, _ in ledger.exchange.rows(token):
                self._mark_wallet(token, currency)
            history.wallets[token] = Course(self._wallets(token))
        absent = (addresses.CLOSED_ACCOUNT, addresses.NEVER_CREATED)
        for address in (*CHANGING_ACCOUNTS, *CLOSING_ACCOUNTS, *STEADY_ACCOUNTS, *absent):
            held = self._held(address)
            history.accounts[address] = Course(held)
            if held is not None:
                history.owned[held.owner].add(address)
        history.slots.turn(0, ledger.solana.slot)

    def _fresh(self) -> int:
        self._serial += self._random.randint(1, 9)
        return self._serial

    def _change_runes(self) -> None:
        address = self._random.choice([each for each in HOLDERS if each != addresses.EMPTY_HOLDER])
        held = [*self._runes(address)]
        rune = self._ledger.bitcoin.rune(self._random.choice(held))
        assert rune is not None
        confirmed = self._fresh() * self._random.choice(_SIZES)
        incoming, outgoing = self._random.randint(0, 10**6), self._random.randint(0, 10**5)
        available = confirmed - self._random.randint(0, 10**6)
        # Now and then nothing is left: a true zero.
        figures = (0, 0, 0, 0) if self._random.random() < 0.1 else (confirmed, available, incoming, outgoing)
        names = ("confirmed", "available", "incoming", "outgoing")
        self._ledger.bitcoin.change(address, rune, **dict(zip(names, figures, strict=True)))
        self.history.runes[address].turn(self._ledger.bitcoin.height, self._runes(address))

    def _change_account(self) -> None:
        book = self._ledger.solana
        closes = self._random.random() < 0.1
        address = self._random.choice(CLOSING_ACCOUNTS if closes else CHANGING_ACCOUNTS)
        account = book.account(address, "processed")
        if isinstance(account, TokenAccount):
            book.record(address, None if closes else replace(account, amount=self._fresh() * self._size()))
            self.history.accounts[address].turn(book.slot, self._held(address))
            self.history.slots.turn(time.time(), book.slot)

    def _let_slots_go_by(self) -> None:
        self._ledger.solana.advance(self._random.randint(1, 40))
        self.history.slots.turn(time.time(), self._ledger.solana.slot)

    def _change_tokens(self) -> None:
        # Within the fifteen digits that a double keeps.
        tail = self._random.choice(("", "e-9", "e+12", f".{self._random.randint(1, 999):03}"))
        row = TraderRow(
            mint=self._random.choice(_MINTS),
            symbol=self._random.choice(("", "TKN")),
            settled=Decimal(f"{self._fresh()}{tail}"),
            unsettled=Decimal(self._random.choice((0, self._fresh()))),
        )
        self._ledger.trader.change(addresses.OWNER, row)
        self.history.tokens[addresses.OWNER].turn(time.time(), self._tokens(addresses.OWNER))

    def _change_wallets(self) -> None:
        token = self._random.choice(list(MARKS))
        currency = self._random.choice([currency for currency, _ in self._ledger.exchange.rows(token)])
        self._mark_wallet(token, currency)
        self.history.wallets[token].turn(time.time(), self._wallets(token))

    def _mark_wallet(self, token: str, currency: str) -> None:
        figure = f"{self._fresh()}.{MARKS[token]}{self._random.randint(1, 9)}"
        shown = {"balance": figure, "available": figure + self._random.choice(("e0", "E-1"))}
        self._ledger.exchange.change(token, currency, shown)

    def _size(self) -> int:
        return self._random.choice(_SIZES)

    def _runes(self, address: str) -> Runes:
        return {
            each.rune: (each.confirmed, each.available, each.incoming, each.outgoing)
            for each in self._ledger.bitcoin.holdings(address)
        }

    def _held(self, address: str) -> Held | None:
        account = self._ledger.solana.account(address, "processed")
        if not isinstance(account, TokenAccount):
            return None
        native = account.rent_exempt_reserve is not None
        return Held(account.amount, account.mint, account.owner, account.program, account.state, native)

    def _tokens(self, owner: str) -> Tokens:
        rows = self._ledger.trader.rows(owner)
        return {row.mint: (Fraction(row.settled), Fraction(row.unsettled), Fraction(row.open_orders)) for row in rows}

    def _wallets(self, token: str) -> Wallets:
        rows = self._ledger.exchange.rows(token)
        return {
            currency.upper(): {name: Fraction(amounts[name]) for name in AMOUNTS if name in amounts}
            for currency, amounts in rows
        }
