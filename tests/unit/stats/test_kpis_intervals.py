import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import QueryInvalid
from data.stats.measures.intervals import deviate, wilson


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_intervals_as_published(hits: int, cases: int, low: float, high: float):
    """R. G. Newcombe, Two-sided confidence intervals for the single proportion, Stat. Med. 17 (1998), table I."""
    found = wilson(hits, cases)
    assert [round(float(bound), 4) for bound in found] == [low, high]


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_bounds_are_where_the_share_would_be_just_as_far_off(cases: int, part: float, confidence: float):
    """Wilson's bounds are the shares p for which the share seen lies z standard errors of p away."""
    hits = round(part * cases)
    low, high = (float(bound) for bound in wilson(hits, cases, confidence))
    assert 0 <= low <= hits / cases <= high <= 1
    z = deviate(confidence)
    for bound in (low, high):
        if 0 < bound < 1:
            assert abs(hits / cases - bound) == pytest.approx(z * (bound * (1 - bound) / cases) ** 0.5, rel=1e-6)


def test_none_of_none_has_no_interval_and_all_of_them_ends_at_one():
    low, high = wilson(np.array([0, 0, 3]), np.array([0, 3, 3]))
    assert np.isnan([low[0], high[0]]).all()
    assert (low[1], high[2]) == (0.0, 1.0)
    assert 0 < high[1] < 1
    assert low[2] == pytest.approx(1 - high[1])
    assert [len(bound) for bound in wilson([], [])] == [0, 0]


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1.0, 95.0, float("nan")])
def test_a_confidence_that_is_none_is_refused(confidence: float):
    with pytest.raises(QueryInvalid, match="confidence"):
        wilson(1, 2, confidence)
