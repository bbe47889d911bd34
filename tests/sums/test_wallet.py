"""A wallet's rows: every quirk accepted, nonsense refused by its place."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.provider import Provider
from gateway.domain.rune import Rune
from gateway.domain.wallet import NotAWalletRune, WalletAnswer, WalletRune
from tests.sums.readings import provenance, taproot

ROW = WalletRune("SANDBOX•ALPHA•COIN", 150_000_001, 5, "₳", f"{'9f' * 32}i0", 100_000_000, "840123:17")
U128_MAX = 2**128 - 1


def answer(*rows: WalletRune) -> WalletAnswer:
    return WalletAnswer.of(rows, taproot(1), provenance(Provider.WALLET))


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        WalletRune("A", 0),
        WalletRune("Z" * 28, U128_MAX, 38, "🐕", None, U128_MAX),
        replace(ROW, symbol=None, inscription_id=None, spendable=None, id=None),
        replace(ROW, name="AAAAAAAAAAAAAAAAZSLFFIYLSID"),
        # What is not documented is not refused.
        replace(ROW, id="nonsense"),
        # Nor is it known what a newer wallet means by it.
        replace(ROW, amount=1, spendable=2),
    ],
)
def test_what_wallets_send_is_accepted(row: WalletRune) -> None:
    assert answer(row).rows == {row.key: row}


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (replace(ROW, name=""), "runeName"),
        (replace(ROW, name="•A"), "runeName"),
        (replace(ROW, name="A•"), "runeName"),
        (replace(ROW, name="A••B"), "runeName"),
        (replace(ROW, name="lower"), "runeName"),
        (replace(ROW, name="A,840123:17"), "runeName"),
        (replace(ROW, name="A B"), "runeName"),
        (replace(ROW, name="А"), "runeName"),  # noqa: RUF001 - a Cyrillic letter
        (replace(ROW, name="A\n"), "runeName"),
        (replace(ROW, name="A" * 29), "runeName"),
        (replace(ROW, amount=-1), "amount"),
        (replace(ROW, amount=U128_MAX + 1), "amount"),
        (replace(ROW, spendable=-1), "spendableBalance"),
        (replace(ROW, spendable=U128_MAX + 1), "spendableBalance"),
        (replace(ROW, divisibility=-1), "divisibility"),
        (replace(ROW, divisibility=39), "divisibility"),
        (replace(ROW, symbol=""), "symbol"),
        (replace(ROW, symbol="AB"), "symbol"),
        (replace(ROW, inscription_id="9f"), "inscriptionId"),
        (replace(ROW, inscription_id=f"{'9f' * 32}i0\n"), "inscriptionId"),
    ],
)
def test_what_no_wallet_sends_is_refused_by_its_place_and_its_field(row: WalletRune, wanted: str) -> None:
    with pytest.raises(NotAWalletRune, match=rf"^wallet\[1\]: {wanted} is "):
        answer(WalletRune("FIRST", 1), row)


def test_one_rune_listed_twice_is_refused_however_it_is_spelt() -> None:
    with pytest.raises(NotAWalletRune, match=r"^wallet\[1\]: this rune is listed twice$"):
        answer(WalletRune("AB", 1), WalletRune("A•B", 1))


@given(st.text(max_size=40))
def test_a_name_that_is_let_through_holds_nothing_but_letters_and_spacers(name: str) -> None:
    fault = replace(ROW, name=name).fault()
    assert fault is not None or set(name) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ•.")


def test_a_row_with_an_id_and_a_divisibility_names_a_rune_by_itself() -> None:
    assert ROW.as_rune() == Rune("840123:17", "SANDBOX•ALPHA•COIN", "₳", 5, f"{'9f' * 32}i0")
    bare = replace(ROW, symbol=None, inscription_id=None).as_rune()
    assert bare is not None
    assert bare.symbol == "¤"


@pytest.mark.parametrize("row", [replace(ROW, id=None), replace(ROW, id="nonsense"), replace(ROW, divisibility=None)])
def test_a_row_that_says_too_little_names_none(row: WalletRune) -> None:
    assert row.as_rune() is None
