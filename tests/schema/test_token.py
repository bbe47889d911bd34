"""Which tokens are listed."""

from decimal import Decimal

import pytest

from gateway.domain.address import Address
from gateway.domain.amount import Amount
from gateway.domain.token import Token, TokenBalance
from gateway.schema.token import TokenFilter

USDC = Address.parse("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
WSOL = Address.parse("So11111111111111111111111111111111111111112")
OTHER = Address.parse("5xyucW429fmKFNh1UoEH7qtDo38dPPB3ztUuiqjWq3R")


def balance(mint: Address, symbol: str | None, *figures: str) -> TokenBalance:
    settled, unsettled, open_orders = (Amount.of_decimal(Decimal(figure)) for figure in figures)
    return TokenBalance(Token(mint, symbol), settled, unsettled, open_orders)


HELD = [
    balance(USDC, "USDC", "1.5", "0", "0"),
    balance(WSOL, "Sol", "0", "0", "0.0"),
    balance(OTHER, None, "0", "0", "0"),
]


def listed(choice: TokenFilter) -> list[Address]:
    return [each.token.mint for each in HELD if choice.chooses()(each)]


def test_without_a_choice_every_token_is_listed() -> None:
    assert listed(TokenFilter()) == [USDC, WSOL, OTHER]


def test_tokens_are_chosen_by_mint_and_an_empty_choice_lists_none() -> None:
    assert listed(TokenFilter(mints=[WSOL, USDC, WSOL])) == [USDC, WSOL]
    assert listed(TokenFilter(mints=[])) == []


@pytest.mark.parametrize("symbol", ["SOL", "sol", "Sol"])
def test_tokens_are_chosen_by_symbol_in_any_case(symbol: str) -> None:
    assert listed(TokenFilter(symbols=[symbol, "WBTC"])) == [WSOL]


def test_part_of_a_symbol_is_not_the_symbol_and_an_empty_choice_lists_none() -> None:
    assert listed(TokenFilter(symbols=["US", "USDC "])) == []
    assert listed(TokenFilter(symbols=[])) == []


@pytest.mark.parametrize("figures", [("1e-9", "0", "0"), ("0", "1", "0"), ("0", "0", "2")])
def test_a_token_is_held_where_any_of_its_figures_is_not_zero(figures: tuple[str, str, str]) -> None:
    held = balance(USDC, "USDC", *figures)
    assert TokenFilter(non_zero=True).chooses()(held)
    assert not TokenFilter(non_zero=False).chooses()(held)


def test_tokens_are_chosen_by_whether_any_is_held() -> None:
    assert listed(TokenFilter(non_zero=True)) == [USDC]
    assert listed(TokenFilter(non_zero=False)) == [WSOL, OTHER]


def test_all_that_is_chosen_by_must_hold() -> None:
    assert listed(TokenFilter(mints=[USDC, WSOL], symbols=["usdc"], non_zero=True)) == [USDC]
    assert listed(TokenFilter(mints=[WSOL], symbols=["usdc"])) == []
    assert listed(TokenFilter(mints=[WSOL], non_zero=True)) == []
