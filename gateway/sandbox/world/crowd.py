"""A crowd: as many holders as are wanted, each with figures of its own, where the world's own are too few."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.sandbox import addresses
from gateway.sandbox.books.bitcoin import Rune, RuneBalance
from gateway.sandbox.books.solana import TokenAccount

_FIRST_BLOCK: Final = 910_000
_LETTERS: Final = 26
_DIVISIBILITIES: Final = 9
# Every fifth figure needs more than 64 bits.
_WIDE_EVERY: Final = 5
_WIDE: Final = 10**18
_HOLDER, _RUNE = 1_000_000_007, 10_007


def runes(count: int) -> Sequence[Rune]:
    return tuple(
        Rune(
            id=f"{_FIRST_BLOCK + n}:7", name=f"CROWDED•RUNE•{_letters(n)}", divisibility=n % _DIVISIBILITIES, symbol="$"
        )
        for n in range(count)
    )


def holdings(holders: int, held: Sequence[Rune]) -> Mapping[str, Sequence[RuneBalance]]:
    """Let every holder have some of each rune; a little of it is being spent."""
    return {
        address: tuple(_balance(number, place, rune) for place, rune in enumerate(held))
        for number, address in enumerate(addresses.crowd_holders(holders))
    }


def token_accounts(count: int) -> Mapping[str, TokenAccount]:
    return {
        address: TokenAccount(
            program=addresses.TOKEN_PROGRAM,
            mint=addresses.USDC_MINT,
            owner=addresses.OWNER_OF_CROWD,
            amount=_HOLDER * (number + 1),
        )
        for number, address in enumerate(addresses.crowd_token_accounts(count))
    }


def _balance(number: int, place: int, rune: Rune) -> RuneBalance:
    confirmed = (number + 1) * _HOLDER + place * _RUNE
    if place % _WIDE_EVERY == _WIDE_EVERY - 1:
        confirmed *= _WIDE
    leaving = place + 1
    return RuneBalance(rune=rune.id, confirmed=confirmed, available=confirmed - leaving, outgoing=leaving)


def _letters(number: int) -> str:
    """Three letters, in the order of the alphabet."""
    first, rest = divmod(number, _LETTERS**2)
    return "".join(chr(ord("A") + place) for place in (first, *divmod(rest, _LETTERS)))
