import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from data.stats.picture.breaks import CLASSES, class_breaks, classes_of

amounts = hnp.arrays(
    np.float64, st.integers(0, 60), elements=st.just(0.0) | st.just(np.nan) | st.floats(1e-4, 1e6) | st.integers(0, 9)
)


@given(amounts)
@example(np.array([1e-4]))
@example(np.array([450_001.0]))
def test_edges_ascend_and_enclose_every_value(values: np.ndarray):
    breaks = class_breaks(values)
    known = values[~np.isnan(values)]
    assert (breaks == []) == (len(known) == 0)
    assert breaks == sorted(set(breaks))
    assert len(breaks) <= CLASSES + 1
    if len(known):
        assert breaks[0] <= known.min()
        assert breaks[-1] >= known.max()


@given(amounts)
def test_a_value_lies_in_its_class(values: np.ndarray):
    breaks = class_breaks(values)
    for value, found in zip(values.tolist(), classes_of(values, breaks), strict=True):
        if math.isnan(value):
            assert found is None
        else:
            assert breaks[found] <= value <= breaks[found + 1]


def test_bounds_are_quantiles_to_two_digits():
    assert class_breaks(np.arange(0, 1001.0)) == [0.0, 170.0, 330.0, 500.0, 670.0, 830.0, 1000.0]


def test_small_changes_keep_the_bounds_and_large_ones_do_not():
    before = class_breaks(np.arange(0, 1001.0))
    assert class_breaks(np.arange(0, 1001.0) * 1.1, before) == [*before[:-1], 1100.0]
    assert class_breaks(np.arange(0, 1001.0) * 3, before) == class_breaks(np.arange(0, 1001.0) * 3)


def test_bounds_stay_while_nothing_is_known():
    assert class_breaks(np.array([np.nan]), [0.0, 1.0, 2.0]) == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(("values", "breaks"), [([0.0, 0.0], [0.0, 1.0]), ([1.0, 1.0], [0.0, 1.0]), ([], [])])
def test_few_values_give_one_class_or_none(values: list[float], breaks: list[float]):
    assert class_breaks(np.array(values)) == breaks


def test_equal_amounts_do_not_look_like_nothing() -> None:
    values = np.array([0.0, 30.0, 0.0, np.nan])
    assert classes_of(values, class_breaks(values)) == [0, 1, 0, None]
