"""Addition and comparison: exact by integers, whatever the widths, the scales and the order."""

import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.addition import UnlikeScales, added, alike
from gateway.domain.amount import Amount, Precision

U128_MAX = 2**128 - 1

figures = st.builds(
    Amount,
    st.integers(-U128_MAX, U128_MAX),
    st.integers(0, 255),
    is_atomic=st.sampled_from((False,)),
    precision=st.sampled_from(Precision),
)


def worth(amount: Amount) -> Fraction:
    return Fraction(amount.integer, 10**amount.places)


@given(st.lists(figures, max_size=30), st.randoms(use_true_random=False))
def test_a_sum_is_exactly_what_its_figures_are_worth_in_any_order(
    amounts: list[Amount], shuffled: random.Random
) -> None:
    total = added(amounts)
    assert worth(total) == sum((worth(each) for each in amounts), Fraction())
    shuffled.shuffle(amounts)
    assert added(amounts) == total


@given(st.lists(st.integers(0, U128_MAX), min_size=1, max_size=30), st.integers(0, 255))
def test_atomic_amounts_of_one_scale_add_up_to_an_atomic_amount(atoms: list[int], scale: int) -> None:
    assert added([Amount.of_atomic(each, scale) for each in atoms]) == Amount.of_atomic(sum(atoms), scale)


@given(st.lists(figures, min_size=1, max_size=8))
def test_one_float_makes_the_sum_a_float_and_nothing_else_does(amounts: list[Amount]) -> None:
    is_float = any(each.precision is Precision.PROVIDER_FLOAT for each in amounts)
    assert (added(amounts).precision is Precision.PROVIDER_FLOAT) is is_float


def test_with_a_figure_in_whole_units_the_sum_has_no_atomic_unit() -> None:
    told = Amount(15, 1, is_atomic=False, precision=Precision.PROVIDER_FLOAT)
    total = added([Amount.of_atomic(2_000_000, 6), told])
    assert (total.text(), total.atomic, total.scale, total.precision) == ("3.5", None, None, Precision.PROVIDER_FLOAT)


def test_nothing_adds_up_to_zero_of_no_known_unit() -> None:
    assert (added([]).text(), added([]).atomic) == ("0", None)


def test_atomic_amounts_of_two_scales_are_not_added() -> None:
    with pytest.raises(UnlikeScales):
        added([Amount.of_atomic(1, 6), Amount(1, 0, is_atomic=False), Amount.of_atomic(1, 9)])


def test_exact_figures_are_alike_to_the_last_digit_alone() -> None:
    assert alike(Amount.of_atomic(U128_MAX, 0), Amount.of_atomic(U128_MAX * 100, 2))
    assert not alike(Amount.of_atomic(U128_MAX, 0), Amount.of_atomic(U128_MAX - 1, 0))


@given(st.integers(0, 2**64 - 1), st.integers(0, 18))
def test_an_amount_and_what_a_double_makes_of_it_are_alike(atomic: int, scale: int) -> None:
    exact = Amount.of_atomic(atomic, scale)
    # A double keeps 53 bits: what it loses is all that a provider who computes in doubles may be off by.
    lost = max(atomic.bit_length() - 53, 0)
    for kept in (atomic >> lost << lost, (atomic >> lost) + 1 << lost if lost else atomic):
        assert alike(exact, Amount(kept, scale, is_atomic=False, precision=Precision.PROVIDER_FLOAT))


@given(st.integers(10**15, 2**64 - 1), st.integers(0, 18))
def test_a_float_that_is_off_by_more_than_a_double_loses_is_not_alike(atomic: int, scale: int) -> None:
    for off in (atomic + atomic // 10**14, atomic - atomic // 10**14):
        told = Amount(off, scale, is_atomic=False, precision=Precision.PROVIDER_FLOAT)
        assert not alike(Amount.of_atomic(atomic, scale), told)


def test_zero_is_like_zero_alone() -> None:
    zero = Amount(0, 0, is_atomic=False, precision=Precision.PROVIDER_FLOAT)
    assert alike(zero, Amount.of_atomic(0, 9))
    assert not alike(zero, Amount.of_atomic(1, 255))
