"""Digits become a number that is no larger than it may be, however many there are."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from system.chassis.decimal_numbers import capped


@given(
    st.integers(min_value=0, max_value=10**40),
    st.integers(min_value=1, max_value=2**63),
    st.integers(0, 5),
)
def test_a_number_is_itself_or_the_most(number: int, most: int, zeros: int) -> None:
    assert capped("0" * zeros + str(number), most) == min(number, most)


@pytest.mark.parametrize("length", [sys.get_int_max_str_digits(), 5_000, 1_000_000])
def test_more_digits_than_python_reads_are_the_most_and_zeros_count_for_nothing(
    length: int,
) -> None:
    assert capped("9" * length, 30_000) == 30_000
    assert capped("0" * length + "7", 30_000) == 7
    assert capped("0" * length, 30_000) == 0
