"""Rounded shares of one whole add up to the whole."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.shares import shares_of

COUNTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


def units(shares: np.ndarray, decimals: int) -> list[int]:
    return [round(share * 10**decimals) for share in shares.tolist()]


@given(COUNTS, st.integers(0, 9))
def test_they_add_up_and_none_is_a_unit_away_from_its_own_share(counts: list[int], decimals: int) -> None:
    shares = shares_of(counts, decimals)
    if not sum(counts):
        assert np.isnan(shares).all()
        return
    whole = 10**decimals
    found = units(shares, decimals)
    exact = [Fraction(count, sum(counts)) * whole for count in counts]
    assert sum(found) == whole
    assert all(abs(unit - share) < 1 for unit, share in zip(found, exact, strict=True))
    # No other shares that add up are nearer to the exact ones: who got more had lost at least as much by the cut.
    lost = [share - int(share) for share in exact]
    more = [one for one, unit, share in zip(lost, found, exact, strict=True) if unit > share]
    less = [one for one, unit, share in zip(lost, found, exact, strict=True) if unit < share]
    assert not more or not less or min(more) >= max(less)


def test_of_equal_parts_the_first_gets_more() -> None:
    assert shares_of([1, 1, 1], 3).tolist() == [0.334, 0.333, 0.333]
    assert shares_of([0, 1, 0, 1, 1], 3).tolist() == [0, 0.334, 0, 0.333, 0.333]
    assert shares_of([1] * 7, 3).tolist() == [0.143] * 6 + [0.142]


def test_parts_that_round_to_more_than_the_whole() -> None:
    # 66.65 + 33.35: rounded one by one they would be 66.7 and 33.4, or by way of floats one of them.
    assert sum(units(shares_of([1333, 667], 3), 3)) == 1000
    assert shares_of([1333, 667], 3).tolist() == [0.667, 0.333]


def test_many_places_at_once_and_places_without_cases() -> None:
    shares = shares_of([[2, 1, 0], [0, 0, 0], [5, 5, 5]], 3)
    assert shares[0].tolist() == [0.667, 0.333, 0]
    assert np.isnan(shares[1]).all()
    assert shares[2].tolist() == [0.334, 0.333, 0.333]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9).filter(lambda parts: sum(parts) > 1e-6))
def test_weights_that_are_no_counts(parts: list[float]) -> None:
    assert sum(units(shares_of(parts, 3), 3)) == 1000


def test_decimals_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="10 decimals: give 0 to 9"):
        shares_of([1], 10)
